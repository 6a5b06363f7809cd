// Implements the gate's ChildProcesses port: resolves the environment, then starts the child under
// its warden, or connects to the remote server.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "callgate/app/child_process.h"
#include "callgate/app/environment.h"
#include "callgate/gate/gate.h"
#include "callgate/io/lifetime.h"
#include "callgate/remote/http_loop.h"
#include "callgate/remote/remote_server.h"

namespace callgate {

/// Receives what happens to children. Called on the loop's thread.
class ChildListener {
 public:
  virtual ~ChildListener() = default;
  /// `folders`: where the server may look for a relative path.
  virtual void child_up(ChildIndex child, int64_t pid, ServerFolders folders) = 0;
  virtual void child_line(ChildIndex child, std::string line) = 0;
  virtual void child_line_too_long(ChildIndex child, std::string_view head) = 0;
  virtual void child_gone(ChildIndex child, const ChildEnd& end) = 0;
  /// Gets the secret values (name and value) in the child's environment, and the tokens of its
  /// sign-in, which must not reach the record. Called before the child can know a value, because
  /// the child could print it. Each call replaces the values of the last one.
  virtual void child_secrets(ChildIndex child,
                             std::vector<std::pair<std::string, std::string>> values) = 0;
  /// The session with a remote server cannot go on, because a person must sign in first. Never
  /// called from within a function of ProcessChildren.
  virtual void child_needs_sign_in(ChildIndex child) = 0;
  /// Masks the secret values in a text.
  virtual std::string masked(std::string text, Cut cut) = 0;
};

/// Starts at most kStarting children at the same time, because a hundred `npx` that start at once
/// would slow each other down. Used on the loop's thread.
class ProcessChildren final : public ChildProcesses {
 public:
  static constexpr size_t kStarting = 16;
  static constexpr Millis kPlace{10'000};

  /// `listener` must outlive the object.
  ProcessChildren(Loop& loop, ChildListener& listener, Limits limits, std::string run_id,
                  std::string within, ChildLimits child_limits);
  ~ProcessChildren() override;
  EnvironmentOptions environment;  ///< set before the first start()

  void start(ChildIndex child, const ServerConfig& config, const WorkspacePtr& workspace) override;
  bool send(ChildIndex child, std::string bytes) override;
  void stop(ChildIndex child, StopPace pace) override;
  /// Called when the gate process ends. From then on, children get less time to end, including
  /// those that are already being stopped, because the client waits for the end of the gate
  /// process.
  void hurry();
  bool all_gone() const;
  /// Returns the last `stderr_kept` bytes of everything that the child's current process and its
  /// previous process wrote to stderr, with secrets masked.
  std::string kept_stderr(ChildIndex child) const;
  /// Returns the last `stderr_kept` bytes that the child's current process wrote to stderr, with
  /// secrets masked. Returns "" if the child has no process.
  std::string stderr_text(ChildIndex child) const;

 private:
  struct Slot {
    ServerConfig config;
    WorkspacePtr workspace;
    std::vector<std::pair<std::string, std::string>> secrets;  // of its environment
    std::unique_ptr<ChildLink> child;
    std::string stderr_before;  // of the previous process, masked
    Lifetime run;               // of the current start; drops events of earlier starts
    bool busy = false;          // from start() until the process is gone
    bool stopping = false;      // stop() was called since the last start()
    bool starting = false;      // counts in starting_: until its first line, at most kPlace
    std::unique_ptr<Timer> place;
  };
  Slot& slot(ChildIndex child);
  ChildEndTimes end_times(const ServerConfig& config, StopPace pace) const;
  void launch(ChildIndex child);
  void launched(ChildIndex child, ResolvedEnvironment resolved);
  Result<std::unique_ptr<ChildLink>> start_process(ChildIndex child, ResolvedEnvironment resolved);
  Result<std::unique_ptr<ChildLink>> connect(ChildIndex child, ResolvedEnvironment resolved);
  std::unique_ptr<Authorizer> sign_in_of(ChildIndex child, const ResolvedEnvironment& resolved);
  ChildEvents events_of(ChildIndex child, ServerFolders folders);
  void ended(ChildIndex child, ChildEnd end);
  void started(ChildIndex child);
  void next();

  Loop& loop_;
  ChildListener& listener_;
  Limits limits_;
  std::string run_id_, within_;
  ChildLimits child_limits_;
  std::unique_ptr<HttpLoop> http_;  ///< made for the first remote server; outlives all children
  std::vector<Slot> slots_;
  std::vector<std::unique_ptr<ChildLink>> ended_;
  std::vector<ChildIndex> queue_;
  size_t starting_ = 0;
  bool hurried_ = false;
  Lifetime lifetime_;
};

}  // namespace callgate
