#include "child_life.h"

#include <algorithm>

#include "callgate/base/log.h"
#include "child.h"
#include "child_host.h"

namespace callgate {

namespace {

using namespace std::chrono_literals;

constexpr Nanos kFirstBackOff = 1s;
constexpr Nanos kLongestBackOff = 30s;
constexpr Nanos kStable = 60s;  // after this time in Ready, earlier failures are forgotten
// A suspended child is started again only by a request that needs it, and not before this time has
// passed since it was suspended.
constexpr Nanos kSuspendedRetry = 30s;
// After this many failures in a row, a child is suspended. A child whose command cannot be started
// is suspended at once.
constexpr int kFailuresToSuspend = 10;
constexpr Nanos kShortBackOff = 2s;  // calls wait for a child that is started within this time

std::string seconds_text(Nanos time) {
  return std::to_string(
             std::max<int64_t>(1, std::chrono::ceil<std::chrono::seconds>(time).count())) +
         " s";
}

}  // namespace

bool ChildLife::starts_soon() const {
  return state_ == State::Waiting && due_ - gate_.now.monotonic <= kShortBackOff;
}

std::string ChildLife::down_text() const {
  if (state_ == State::SignInRequired) return why_.error.message;
  std::string text = "server '" + child_.config().name + "' is not running";
  if (!why_.empty()) text += ": " + why_.text();
  if (state_ == State::Waiting)
    text += "; callgate starts the server again in " + seconds_text(due_ - gate_.now.monotonic);
  if (state_ == State::Suspended && !child_.config().broken)
    text += "; callgate starts the server again at the next request for it, at most once in 30 s";
  return text;
}

void ChildLife::enter(State state) {
  if (due_ != Nanos{})
    gate_.deadlines.remove({.at = due_, .kind = Deadline::Kind::Child, .owner = child_.number()});
  due_ = Nanos{};
  state_ = state;
  Nanos time{};
  switch (state) {
    case State::Starting:
      time = child_.config().start_timeout;
      break;
    case State::Ready:
      ready_at_ = gate_.now.monotonic;
      if (failures_ > 0) time = kStable;
      break;
    case State::Waiting:
      // 1, 2, 4, 8, 16, 30 s; the inner min() keeps the shift small.
      time = std::min(kLongestBackOff, kFirstBackOff * (1 << std::min(failures_ - 1, 5)));
      break;
    case State::Suspended:
    case State::SignInRequired:
      suspended_retry_ = gate_.now.monotonic + kSuspendedRetry;
      break;
    case State::Listing:  // start_timeout continues to run; see fetch_lists()
    case State::Stopped:
      break;
  }
  if (time == Nanos{}) return;
  due_ = gate_.now.monotonic + time;
  gate_.deadlines.add({.at = due_, .kind = Deadline::Kind::Child, .owner = child_.number()});
}

void ChildLife::start_process() {
  needs_sign_in_ = false;
  enter(State::Starting);
  processes_.start(child_.number(), child_.config(),
                   gate_.registry.workspace_of(child_.configured()));
}

void ChildLife::ensure_started() {
  const bool retry = suspended() && suspended_retry_ && gate_.now.monotonic >= *suspended_retry_;
  if (gate_.shutting_down || child_.retired() || (state_ != State::Stopped && !retry)) return;
  if (leaving_) {  // gone() will start the next process
    again_ = true;
    if (!std::exchange(hurried_, true)) processes_.stop(child_.number(), StopPace::Prompt);
    return;
  }
  if (!child_.config().broken) return start_process();
  // Only another configuration can help, so no process is started.
  why_ = {*child_.config().broken, ""};
  enter(State::Suspended);
}

void ChildLife::stop() {
  if (ready() && !child_.users.empty()) ended_in_use_ = true;
  child_.lists.reset();
  leaving_ = leaving_ || starting() || ready();
  enter(State::Stopped);
  processes_.stop(child_.number(), StopPace::Patient);
}

void ChildLife::restart() {
  stop();
  if (leaving_)
    again_ = true;
  else
    ensure_started();
}

void ChildLife::deadline_passed() {
  due_ = Nanos{};
  switch (state_) {
    case State::Starting:
    case State::Listing:
      fail_start("it was not ready after " + seconds_text(child_.config().start_timeout) +
                 " (start_timeout)");
      break;
    case State::Waiting:
      start_process();
      break;
    case State::Ready:
      failures_ = 0;
      break;
    case State::Stopped:
    case State::Suspended:
    case State::SignInRequired:
      break;
  }
}

void ChildLife::fail_start(const std::string& why) {
  why_ = {{"", why, ""}, ""};
  log::warn("server '{}' is ended: {}", child_.config().name, why);
  end_process();
}

void ChildLife::wait_for_sign_in(const std::string& why) {
  why_ = {{"signin.required", why, ""}, ""};
  needs_sign_in_ = true;
  gate_.server_cache.waits_for_sign_in(child_.configured());
  end_process();
}

void ChildLife::end_process() {
  ending_ = true;
  processes_.stop(child_.number(), StopPace::Prompt);
}

void ChildLife::up(int64_t pid) {
  pid_ = pid;
  since_ = gate_.now.wall;
  ++starts_;
  if (state_ == State::Starting) child_.peer.greet(pid);
}

// This is not a call of enter(), because that would stop start_timeout, which covers the whole
// start.
void ChildLife::fetch_lists() {
  state_ = State::Listing;
  child_.lists.fetch_all();
  become_ready();
}

void ChildLife::become_ready() {
  if (state_ != State::Listing || child_.lists.must_wait()) return;
  why_ = {};
  enter(State::Ready);
  log::debug("server '{}' is ready", child_.config().name);
  child_.lists.save();
  child_.begin_idle_watch();
  if (std::exchange(ended_in_use_, false) && !child_.users.empty()) host_.restarted(child_);
  child_.subscriptions.resume();
  host_.settled();
}

// Returns why the process ended. If the gate ended it, this is the gate's reason in `why_`.
// Otherwise it is the reported reason, because `why_` may still be about an earlier process.
DownReason ChildLife::end_reason(const ChildEnd& end) const {
  if (ending_ && !child_.peer.restarting() && !why_.empty()) return {why_.error, end.stderr_tail};
  return {end.not_started.value_or(Error{"", end.reason, ""}), end.stderr_tail};
}

void ChildLife::forget_process() {
  ending_ = false;
  leaving_ = false;
  hurried_ = false;
  served_ = false;
  pid_ = 0;
  child_.peer.process_gone();
  child_.subscriptions.process_gone();
  child_.lists.reset();
}

// Sets the state after the end of a process that was not ended by stop().
void ChildLife::after_end(const ChildEnd& end, bool served) {
  const std::string& server = child_.config().name;
  if (!child_.retired()) gate_.server_cache.start_failed(child_.configured());
  if (std::exchange(needs_sign_in_, false)) {
    log::info("{}", why_.error.message);
    return enter(child_.retired() ? State::Stopped : State::SignInRequired);
  }
  if (ready() && end.status_zero && served && !child_.retired()) {
    // Some servers exit after each request, and need a new process for the next request.
    log::info("server '{}' ended with status 0 after an answer; callgate starts it again", server);
    return start_process();
  }
  log::warn("server '{}': {}", server, why_.text());
  if (ready() && gate_.now.monotonic - ready_at_ >= kStable) failures_ = 0;
  ++failures_;
  const bool given_up = end.not_started || failures_ >= kFailuresToSuspend;
  enter(child_.retired() ? State::Stopped : given_up ? State::Suspended : State::Waiting);
}

void ChildLife::gone(const ChildEnd& end) {
  if (ready() && !child_.users.empty()) ended_in_use_ = true;
  const bool was_stopped = state_ == State::Stopped, served = served_, by_itself = !ending_;
  why_ = end_reason(end);
  forget_process();
  if (!was_stopped && !child_.retired() &&
      child_.peer.must_restart(state_ == State::Starting && by_itself,
                               end.not_started.has_value())) {
    // This does not count as a failure.
    child_.peer.restart_as_legacy();
    why_ = {};
    child_.requests.take_all();
    return start_process();
  }
  const auto requests = child_.requests.take_all();
  if (!was_stopped) after_end(end, served);
  const std::string lost = state_ == State::SignInRequired
                               ? down_text()
                               : "server '" + child_.config().name + "' " + why_.text();
  for (const auto& [id, request] : requests) host_.lost(request, lost);
  host_.gone(child_);
  if (!was_stopped) host_.settled();
  if (was_stopped && std::exchange(again_, false)) ensure_started();
}

}  // namespace callgate
