// The states of a child: start, end and back-off.
#include "child.h"

#include <algorithm>

#include "call_endings.h"
#include "callgate/base/log.h"
#include "callgate/protocol/text.h"
#include "callgate/wire/writer.h"
#include "questions.h"
#include "session.h"
#include "tasks.h"

namespace callgate {

namespace {

using namespace std::chrono_literals;

constexpr Nanos kFirstBackOff = 1s;
constexpr Nanos kLongestBackOff = 30s;
constexpr Nanos kStable = 60s;          // after this time in Ready, earlier failures are forgotten
constexpr Nanos kSuspendedRetry = 30s;  // the shortest time between starts of a suspended child
constexpr int kFailuresToSuspend = 10;  // failures in a row, after which the child is suspended
constexpr Nanos kShortBackOff = 2s;     // calls wait for a child that is started within this time
constexpr Millis kIdleStop = 10min;     // idle_stop if the configuration has none

std::string seconds_text(Nanos time) {
  return std::to_string(
             std::max<int64_t>(1, std::chrono::ceil<std::chrono::seconds>(time).count())) +
         " s";
}

}  // namespace

Child::Child(Core& core, ChildIndex child, ServerIndex configured)
    : core_(core), child_(child), configured_(configured) {}

const ServerConfig& Child::config() const { return core_.registry[configured_]; }

Value Child::capability(std::string_view key) const {
  return hello_ ? hello_->root().find("result").find("capabilities").find(key) : Value();
}

ServerStatus Child::status() const {
  return {.name = config().name,
          .state = state_,
          .why = retired() ? "the configuration has changed; this process ends after its last call"
                           : why_,
          .list_why = list_why(),
          .noise = noise_,
          .noise_line = noise_line_,
          .dropped = dropped_,
          .tools = core_.catalog.count(configured_, ListKind::Tools),
          .prompts = core_.catalog.count(configured_, ListKind::Prompts),
          .resources = core_.catalog.count(configured_, ListKind::Resources),
          .retired = retired(),
          .sessions = sessions_.size(),
          .sharing = core_.sharing_text(configured_)};
}

std::string Child::down_text() const {
  std::string text = "server '" + config().name + "' is not running";
  if (!why_.empty()) text += ": " + why_;
  if (state_ == State::Waiting)
    text +=
        "; callgate starts the server again in " + seconds_text(state_due_ - core_.now.monotonic);
  if (state_ == State::Suspended && config().broken.empty())
    text += "; callgate starts the server again at the next request for it, at most once in 30 s";
  return text;
}

bool Child::starts_soon() const {
  return state_ == State::Waiting && state_due_ - core_.now.monotonic <= kShortBackOff;
}

void Child::enter(State state) {
  if (state_due_ != Nanos{})
    core_.deadlines.remove({.at = state_due_, .kind = Deadline::Kind::Child, .owner = child_});
  state_due_ = Nanos{};
  state_ = state;
  Nanos time{};
  switch (state) {
    case State::Starting:
      time = config().start_timeout;
      break;
    case State::Ready:
      ready_at_ = core_.now.monotonic;
      if (failures_ > 0) time = kStable;
      break;
    case State::Waiting:
      // 1, 2, 4, 8, 16, 30 s; the inner min() keeps the shift small.
      time = std::min(kLongestBackOff, kFirstBackOff * (1 << std::min(failures_ - 1, 5)));
      break;
    case State::Suspended:
      suspended_retry_ = core_.now.monotonic + kSuspendedRetry;
      break;
    case State::Listing:  // start_timeout continues to run
    case State::Stopped:
      break;
  }
  if (time == Nanos{}) return;
  state_due_ = core_.now.monotonic + time;
  core_.deadlines.add({.at = state_due_, .kind = Deadline::Kind::Child, .owner = child_});
}

void Child::ensure_started() {
  const bool retry =
      state_ == State::Suspended && suspended_retry_ && core_.now.monotonic >= *suspended_retry_;
  if (core_.shutting_down || retired() || (state_ != State::Stopped && !retry)) return;
  if (leaving_) {  // gone() will start the next process
    if (!std::exchange(again_, true)) core_.child_processes.stop(child_, StopPace::Prompt);
    return;
  }
  if (!config().broken.empty()) return refuse_start(config().broken);
  enter(State::Starting);
  core_.child_processes.start(child_, configured_, config());
}

// The configuration of the server is broken, and only another configuration can help, so no process
// is started.
void Child::refuse_start(const std::string& why) {
  why_ = why;
  enter(State::Suspended);
}

void Child::join(const Session& session, const std::string& key, bool shared) {
  if (state_ == State::Stopped)
    client_ = {.revision = session.revision(),
               .capabilities = session.child_capabilities(),
               .name = session.client_name()};
  sessions_.insert(session.number());
  key_ = key;
  shared_ = shared;
}

void Child::use(SessionNumber session) {
  ++uses_;
  ++uses_by_[session];
}

void Child::release(SessionNumber session) {
  --uses_;
  --uses_by_[session];
}

bool Child::in_use_by(SessionNumber session) const {
  const auto found = uses_by_.find(session);
  return found != uses_by_.end() && found->second > 0;
}

// A session's own child ends with the session. A shared child stays for a while, for the next
// session.
void Child::leave(SessionNumber session) {
  if (!in_use_by(session)) uses_by_.erase(session);
  if (sessions_.erase(session) == 0 || !sessions_.empty() || state_ == State::Stopped) return;
  const bool of_use = shared_ && !core_.asks_alone(configured_);
  if (!of_use) return stop();
  used_at_ = core_.now.monotonic;
  watch_idle();
}

void Child::watch_idle() {
  if (idle_due_ != Nanos{}) return;
  // At least 1 ms from now, so that a tick() never sets a deadline that has already passed.
  idle_due_ = std::max<Nanos>(core_.now.monotonic + 1ms,
                              used_at_ + Nanos(config().idle_stop.value_or(kIdleStop)));
  core_.deadlines.add({.at = idle_due_, .kind = Deadline::Kind::Idle, .owner = child_});
}

// An open session may rely on state in the child's memory, so a child with sessions ends only if
// idle_stop is configured.
void Child::idle_due() {
  // The deadline may have been set by an earlier child with this number.
  if (idle_due_ == Nanos{} || core_.now.monotonic < idle_due_) return;
  idle_due_ = Nanos{};
  if (state_ != State::Ready || (!sessions_.empty() && !config().idle_stop)) return;
  if (busy() || !subscribers_.empty()) used_at_ = core_.now.monotonic;
  const Nanos time{config().idle_stop.value_or(kIdleStop)};
  if (used_at_ + time > core_.now.monotonic) return watch_idle();
  log::info(
      "callgate ends server '{}', because no client has used it for {} (idle_stop); the next "
      "request starts it again",
      config().name, seconds_text(time));
  stop();
}

void Child::used() {
  used_at_ = core_.now.monotonic;
  if (config().idle_stop) watch_idle();
}

void Child::end() {
  sessions_.clear();
  if (state_ != State::Stopped) stop();
}

void Child::stop() {
  if (state_ == State::Ready && !sessions_.empty()) ended_in_use_ = true;
  for (const ListKind kind : kListKinds) listings_[static_cast<size_t>(kind)] = {};
  for (const ListKind kind : kListKinds) forget_list_failure(kind);
  leaving_ =
      leaving_ || state_ == State::Starting || state_ == State::Listing || state_ == State::Ready;
  enter(State::Stopped);
  core_.child_processes.stop(child_, StopPace::Patient);
}

void Child::due() {
  state_due_ = Nanos{};
  switch (state_) {
    case State::Starting:
    case State::Listing:
      fail_start("it was not ready after " + seconds_text(config().start_timeout) +
                 " (start_timeout)");
      break;
    case State::Waiting:
      enter(State::Starting);
      core_.child_processes.start(child_, configured_, config());
      break;
    case State::Ready:
      failures_ = 0;
      break;
    case State::Stopped:
    case State::Suspended:
      break;
  }
}

void Child::fail_start(const std::string& why) {
  why_ = why;
  ending_ = true;
  log::warn("server '{}' is ended: {}", config().name, why);
  core_.child_processes.stop(child_, StopPace::Prompt);
}

void Child::become_ready() {
  if (state_ != State::Listing) return;
  for (const Listing& listing : listings_) {
    if (listing.running && !listing.late) return;
  }
  why_.clear();
  enter(State::Ready);
  log::debug("server '{}' is ready", config().name);
  keep_lists();
  used_at_ = core_.now.monotonic;
  if (sessions_.empty() || config().idle_stop) watch_idle();
  if (std::exchange(ended_in_use_, false) && !sessions_.empty())
    core_.guard->server_changed(config().name);
  // After a restart of the child, the gate subscribes again for its clients.
  if (era_ == Era::Modern) {
    listen();
  } else {
    for (const auto& [uri, who] : subscribers_) send_subscription(uri, true);
  }
  core_.server_settled();
}

// Returns why the process ended. If the gate ended it, this is the gate's reason in `why_`.
// Otherwise it is the reported reason, because `why_` may still be about an earlier process.
std::string Child::end_text(const ChildEnd& end) const {
  std::string why = ending_ && !restarting_ && !why_.empty() ? why_ : end.reason;
  if (!end.stderr_tail.empty()) why += "; its last lines: " + end.stderr_tail;
  return why;
}

void Child::forget_process() {
  hello_ = nullptr;
  pid_ = 0;
  ending_ = false;
  leaving_ = false;
  served_ = false;
  listen_id_ = 0;
  listening_to_.clear();
  for (Listing& listing : listings_) listing = {};
  for (const ListKind kind : kListKinds) forget_list_failure(kind);
}

// Sets the state after the end of a process that was not ended by stop().
void Child::after_end(const ChildEnd& end, bool served) {
  if (state_ == State::Ready && end.status_zero && served && !retired()) {
    // Some servers exit after each request, and need a new process for the next request.
    log::info("server '{}' ended with status 0 after an answer; callgate starts it again",
              config().name);
    enter(State::Starting);
    return core_.child_processes.start(child_, configured_, config());
  }
  log::warn("server '{}': {}", config().name, why_);
  if (state_ == State::Ready && core_.now.monotonic - ready_at_ >= kStable) failures_ = 0;
  ++failures_;
  const bool given_up = end.never_ran || failures_ >= kFailuresToSuspend;
  enter(retired() ? State::Stopped : given_up ? State::Suspended : State::Waiting);
}

void Child::gone(const ChildEnd& end) {
  if (state_ == State::Ready && !sessions_.empty()) ended_in_use_ = true;
  const bool was_stopped = state_ == State::Stopped, served = served_;
  why_ = end_text(end);
  forget_process();
  // Some legacy servers exit when they get the modern probe. That does not count as a failure: the
  // gate starts such a server again, and speaks the legacy era to it.
  const bool probe_killed = state_ == State::Starting && probed_ && era_ == Era::Legacy &&
                            !restarting_ && config().era != ServerEra::Modern && !end.never_ran;
  if (!was_stopped && !retired() && (restarting_ || probe_killed)) {
    restarting_ = false;
    core_.server_cache.speaks(configured_, Era::Legacy);
    why_.clear();
    child_requests_.clear();
    enter(State::Starting);
    core_.child_processes.start(child_, configured_, config());
    return;
  }
  auto pending = std::exchange(child_requests_, {});
  if (!was_stopped) after_end(end, served);
  for (auto& [id, request] : pending) {
    if (request.due != Nanos{})
      core_.deadlines.remove(
          {.at = request.due, .kind = Deadline::Kind::Request, .owner = child_, .request = id});
    close_task_request(request, id);
    end_pending(request, "server '" + config().name + "' " + why_);
  }
  core_.questions->child_gone(child_);
  core_.tasks->child_gone(child_);
  if (!was_stopped) core_.server_settled();
  if (was_stopped && std::exchange(again_, false)) ensure_started();
}

void Child::end_pending(const ChildRequest& pending, const std::string& why) {
  if (pending.is_call()) return core_.endings->child_lost(pending.call, why);
  if (pending.kind != ChildRequest::Kind::Task) return;
  if (Session* session = core_.session(pending.task->session))
    session->fail(pending.task->client, ErrorCode::Internal, why, "server.gone");
}

}  // namespace callgate
