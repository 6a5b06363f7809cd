// Builds and owns all parts of one gate process, and starts and ends them in the right order.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "callgate/app/client_entrance.h"
#include "callgate/base/result.h"
#include "callgate/config/config.h"
#include "callgate/gate/gate.h"
#include "callgate/io/descriptor.h"
#include "callgate/io/loop.h"

namespace callgate {

class SecretMasker;

struct GateProcessOptions {
  Config config;
  Places places;
  std::string version;
  /// How this process was started: "stdio", "serve", "shared" or "command".
  std::string how = "command";
  std::vector<std::string> urls = {};      ///< where HTTP clients reach this process
  std::vector<std::string> withheld = {};  ///< variables that servers do not get (environment.h)
};

class GateProcess {
 public:
  /// Opens all parts, but starts no server yet. Errors: those of the parts, for example when the
  /// record cannot be opened.
  static Result<std::unique_ptr<GateProcess>> open(Loop& loop, GateProcessOptions options);
  ~GateProcess();

  /// Returns the object to which endpoints pass what their clients send.
  ClientEntrance& entrance();
  /// Returns the gate, so that commands can read what it knows about servers and their lists.
  const Gate& gate() const;
  /// Returns the part of a running child's stderr that is kept, with secrets masked.
  std::string stderr_of(ChildIndex child) const;
  /// Returns the masker for all secrets that children have got so far; empty if the configuration
  /// turns masking off.
  std::shared_ptr<const SecretMasker> masker() const;
  /// Identifies this process: the value of CALLGATE_RUN in its children's environment, and of
  /// kRunField in its requests to this machine.
  const std::string& run_id() const;
  /// The run of this process in the record; 0 if there is no record.
  uint32_t run() const;
  /// Recorder::identity() of the record.
  uint64_t record_id() const;
  /// Calls `done` on the loop when the configuration file as it is now is in effect, or has an
  /// error. Servers whose changes need a person's approval still wait for it. `done` may be called
  /// from within this function.
  void use_current_configuration(std::function<void()> done);
  /// Returns the keys that have other values in the file than in this process, except those of
  /// HTTP.
  std::vector<std::string> waits_for_restart() const;
  /// Sets the function that is called when another configuration is in effect.
  void on_new_configuration(std::function<void()> callback);
  /// What shut_down() does about children that have not ended after 1.75 s. With Wait, shut_down()
  /// waits for these children. With ToWardens, it calls `done` without waiting, and the wardens end
  /// the children after this process has ended.
  enum class Leftovers { Wait, ToWardens };
  /// Cancels all calls, ends the children and writes the record, then calls `done`.
  void shut_down(std::function<void()> done, Leftovers leftovers = Leftovers::ToWardens);

 private:
  struct Impl;
  explicit GateProcess(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Runs a gate that a client has launched: speaks MCP on stdin and stdout until the client closes
/// them or a signal arrives. `profile` names the profile of the configuration that applies to the
/// client; if it is "", no profile applies. `journal` comes from
/// serve_through_shared_gate(): the session goes on where an earlier gate left it. Returns an error
/// if the gate could not start.
Status run_stdio(GateProcessOptions options, const std::string& profile, Descriptor journal = {});

}  // namespace callgate
