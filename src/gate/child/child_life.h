// The life of a child's process: its start, its end, back-off and suspension.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "callgate/gate/status.h"
#include "gate/state/state.h"

namespace callgate {

class Child;
class ChildHost;

class ChildLife {
 public:
  using State = ServerStatus::State;
  ChildLife(GateState& gate, ChildProcesses& processes, ChildHost& host, Child& child)
      : gate_(gate), processes_(processes), host_(host), child_(child) {}

  State state() const { return state_; }
  bool ready() const { return state_ == State::Ready; }
  bool starting() const { return state_ == State::Starting || state_ == State::Listing; }
  /// True if the child has been started and is neither starting nor listing, so that there is
  /// nothing to wait for.
  bool settled() const { return !starting() && state_ != State::Stopped; }
  /// True if the child is down and will be started again so soon that a call should wait for it.
  bool starts_soon() const;
  /// True if no process exists, not even a process that is about to end.
  bool has_no_process() const { return state_ == State::Stopped && !leaving_; }
  /// True if only a request for this child starts it again.
  bool suspended() const { return state_ == State::Suspended || state_ == State::SignInRequired; }
  /// True if messages of the process count.
  bool listens() const { return state_ != State::Stopped && !ending_; }
  int64_t pid() const { return pid_; }  ///< 0 if no process runs
  Micros since() const { return since_; }
  uint64_t starts() const { return starts_; }
  /// Why the last process ended or could not be started; empty if neither happened.
  const DownReason& why() const { return why_; }
  /// Why the child can't be called now, for an error text.
  std::string down_text() const;

  /// Starts the child if it is stopped. Also starts a suspended child, but not within 30 s after it
  /// was suspended.
  void ensure_started();
  void stop();
  /// Ends the process, and starts the next one as soon as it is gone.
  void restart();
  void up(int64_t pid);
  void gone(const ChildEnd& end);
  /// The time-out of the start, the back-off, or the time until a child counts as stable is over.
  void deadline_passed();
  void fail_start(const std::string& why);
  /// Ends the session with a remote server. It is begun again only by restart(), or by a request
  /// that comes at least 30 s later. `why` names the command with which a person can sign in.
  void wait_for_sign_in(const std::string& why);
  /// Ends the process, and ignores what it still sends.
  void end_process();
  /// The handshake is over.
  void fetch_lists();
  void become_ready();
  /// The process has answered a client's request.
  void served() { served_ = true; }

 private:
  void enter(State state);
  void start_process();
  DownReason end_reason(const ChildEnd& end) const;
  void forget_process();
  void after_end(const ChildEnd& end, bool served);

  GateState& gate_;
  ChildProcesses& processes_;
  ChildHost& host_;
  Child& child_;
  State state_ = State::Stopped;
  DownReason why_;
  // leaving_: stop() was called, but the process is not gone yet. again_: another process must
  // start when the current process is gone. hurried_: the process got less time to end,
  // because a request waits.
  bool leaving_ = false, again_ = false, hurried_ = false;
  bool ended_in_use_ = false;   // the last process ended while it had sessions
  bool ending_ = false;         // the process must end; its messages are ignored
  bool needs_sign_in_ = false;  // why the process must end
  bool served_ = false;         // this process has answered a client's request
  int failures_ = 0;            // in a row
  int64_t pid_ = 0;
  Micros since_{};  // when the last process was started
  uint64_t starts_ = 0;
  Nanos due_{}, ready_at_{};
  std::optional<Nanos> suspended_retry_;
};

}  // namespace callgate
