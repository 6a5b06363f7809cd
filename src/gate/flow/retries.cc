#include "retries.h"

#include <algorithm>
#include <utility>

#include "call_endings.h"
#include "call_flow.h"
#include "call_forwarding.h"
#include "gate/call/call_kinds.h"
#include "gate/retry/earlier_runs.h"

namespace callgate {

namespace {

using namespace std::chrono_literals;
using State = LeftCall::State;

// How long a call waits for the answer to an earlier call that the child was told to stop. Many
// servers never answer such a call.
constexpr Nanos kStopped = 10s;
// A late answer is recorded if it comes within this time after the call's end, even if retries are
// switched off.
constexpr Nanos kRecorded = 5min;
// The answers of all left calls may together have this many bytes.
constexpr size_t kMostBytes = size_t{16} << 20;
// So many retries may wait for one call.
constexpr size_t kMostWaiting = 16;
// A call of an earlier run that began longer ago than this and the window is forgotten.
constexpr Nanos kLongestRun = 1h;

Outcome outcome_of(const Rpc& rpc) {
  if (rpc.kind == RpcKind::ErrorAnswer) return Outcome::RpcError;
  return rpc.result.find("isError").boolean().value_or(false) ? Outcome::ToolError : Outcome::Ok;
}

}  // namespace

bool Retries::takes(Call& call) {
  if (!rules_.can_be_retried(call)) return false;
  LeftCall* earlier = matches_.left_call(call);
  if (!earlier) {
    if (const Call* open = matches_.open_call(call)) earlier = &entry_of(*open);
  }
  if (!earlier) return was_missed(call);
  // The record still shows the call as unanswered, and is read again if a client comes back. So the
  // gate remembers that the client has been told.
  if (earlier->id >> 32 != core_.options.run) note_told(earlier->id);
  switch (earlier->state) {
    case State::Open:
    case State::Running:
    case State::Stopping:
      wait_for(call, *earlier);
      break;
    case State::Answered:
      give_answer(call, *earlier);
      forget(*earlier);
      break;
    case State::Unknown:
      calls_.forget_key(*earlier);
      say_unknown(call, *earlier);
      break;
  }
  return true;
}

LeftCall& Retries::entry_of(const Call& call) {
  LeftCall* left = calls_.find(core_.id_of(call.number));
  if (!left) {
    make_room();
    left = &calls_.add(matches_.entry_for(call));
  }
  // A call of several rounds has another request in each of them.
  left->request = call.child_request();
  left->child = call.child->number();
  left->era = call.child->era();
  return *left;
}

void Retries::make_room() {
  if (calls_.size() < kMost) return;
  LeftCall& least = calls_.least_wanted();
  end_waiting(least, &Retries::say_unknown);
  if (least.state == State::Running)
    core_.pool[least.child].tell_cancelled(least.request, "\"callgate does not wait any more\"");
  forget(least);
}

void Retries::wait_for(Call& call, LeftCall& earlier) {
  if (earlier.waiting.size() >= kMostWaiting) return say_running(call, earlier);
  earlier.waiting.push_back(call.number);
  core_.flow->enter(call, AwaitingEarlier{earlier.id});
}

void Retries::left(Call& call, std::string_view reason_json) {
  const bool timeout = names_timeout(reason_json);
  if (timeout) patience_.gave_up(call.session, core_.now.monotonic - call.received.monotonic);
  if (call.is<AwaitingEarlier>()) return stop_waiting(call, timeout, reason_json);
  leave(call, timeout, reason_json);
}

// A client's own child ends with the client's session. A shared child goes on, so that a client
// that comes back can still get the answer, but not for a client that a person has revoked.
void Retries::client_gone(Call& call) {
  constexpr std::string_view kReason = "\"the client is gone\"";
  if (call.is<AwaitingEarlier>()) return stop_waiting(call, true, kReason);
  const Session* session = core_.session(call.session);
  const bool welcome = session && !core_.clients.decision(call.session, session->client.name());
  leave(call, welcome && call.child && call.child->users.shared(), kReason);
}

void Retries::session_closed(SessionNumber session) {
  patience_.closed(session);
  const SessionNumber last = core_.sessions.rbegin()->first;
  calls_.each([&](LeftCall& left) {
    if (left.session == session) left.last_session = last;
  });
}

// A call during which the server asks the client something can't end without the client.
void Retries::leave(Call& call, bool goes_on, std::string_view reason_json) {
  if (!call.is<AtChild>() || !is_use(call.kind))
    return core_.endings->leave_child(call, reason_json);
  LeftCall& left = entry_of(call);
  const bool asks = call.persons.unanswered > 0 || !call.round.input_requests.empty();
  if (!asks && ((goes_on && !left.key.empty()) || !left.waiting.empty())) {
    left.use = ChildUse(*call.child, call.session);
    let_run(left, *call.child);
  } else {
    stop(left, *call.child, reason_json);
  }
}

void Retries::let_run(LeftCall& left, Child& child) {
  left.state = State::Running;
  const ChildRequest* request = child.requests.find(left.request);
  left.cap = request ? request->cap : core_.now.monotonic;
  // A question to the client may have stopped the request's time-out.
  const bool has_due = request && request->due != Nanos{};
  set_due(left, has_due ? request->due
                        : std::min(core_.now.monotonic + child.config().call_timeout, left.cap));
  child.requests.leave(left.request, static_cast<CallNumber>(left.id), ChildRequest::Kind::Left);
}

void Retries::stop(LeftCall& left, Child& child, std::string_view reason_json) {
  left.state = State::Stopping;
  left.use = {};
  child.requests.leave(left.request, static_cast<CallNumber>(left.id), ChildRequest::Kind::Stopped);
  child.tell_cancelled(left.request, reason_json);
  set_due(left, core_.now.monotonic + kStopped);
}

// If a client stops its retry on purpose, the earlier call must stop, too.
void Retries::stop_waiting(Call& call, bool timeout, std::string_view reason_json) {
  LeftCall* left = calls_.find(call.in<AwaitingEarlier>()->earlier);
  if (!left) return;
  std::erase(left->waiting, call.number);
  if (!timeout && left->waiting.empty() && left->state == State::Running)
    stop(*left, core_.pool[left->child], reason_json);
}

void Retries::timed_out(Call& call) {
  const AtChild* at = call.in<AtChild>();
  if (!at || !is_use(call.kind)) return;
  LeftCall& left = entry_of(call);
  left.state = State::Stopping;
  call.child->requests.leave(at->request, call.number, ChildRequest::Kind::Stopped);
  set_due(left, core_.now.monotonic + kStopped);
}

void Retries::answer_missed(const Session& session, const std::string& id) {
  const std::optional<RecentAnswer> recent =
      recent_.take(session.number(), id, core_.now.monotonic);
  if (!recent || calls_.find(recent->id)) return;
  make_room();
  LeftCall& left = calls_.add(RetryMatches::entry_for(*recent, session));
  set_due(left, core_.now.monotonic + rules_.window());
}

void Retries::recalled(const std::string& memory_key, const std::vector<UnansweredCall>& calls) {
  for (const UnansweredCall& call : calls) {
    const Nanos age = core_.now.wall - call.ended, since = core_.now.wall - call.at;
    if (calls_.find(call.id) || told_.contains(call.id) || age >= rules_.window() ||
        since >= rules_.window() + kLongestRun)
      continue;
    std::optional<LeftCall> left = left_in_earlier_run(call, memory_key, rules_, core_.walker);
    if (!left) continue;
    if (calls_.has_equal(*left)) {  // one of them tells the client enough
      note_told(call.id);
      continue;
    }
    make_room();
    set_due(calls_.add(*std::move(left)), core_.now.monotonic + rules_.window() - age);
  }
}

void Retries::note_told(CallId call) {
  constexpr size_t kMostTold = 4096;
  if (told_.size() >= kMostTold) told_.erase(told_.begin());
  told_.insert(call);
}

void Retries::told(CallId call) {
  note_told(call);
  core_.record.append(RetriesEnded{.call = call, .at = core_.now.wall});
  if (LeftCall* left = calls_.find(call)) forget(*left);
}

void Retries::server_changed(const std::string& server) {
  calls_.each([&](LeftCall& left) {
    if (left.server == server) calls_.forget_key(left);
  });
}

void Retries::ended(const Call& call, const Ending& ending) {
  if (ending.server_answer && rules_.can_be_retried(call)) {
    const bool repeated = ending.outcome == Outcome::Repeated;
    recent_.add({.received = call.received.monotonic,
                 .ended = core_.now.monotonic,
                 .session = call.session,
                 .client = call.client,
                 .id = repeated ? ending.earlier : core_.id_of(call.number),
                 .at = repeated ? ending.made : call.received.wall,
                 .server = call.child->config().name,
                 .tool = call.name,
                 .message = call.message,
                 .args = call.args,
                 .era = call.child->era(),
                 .answer = ending.server_answer});
  }
  if (calls_.empty()) return;
  LeftCall* left = calls_.find(core_.id_of(call.number));
  if (!left || left->state != State::Open) return;
  if (ending.server_answer) {
    left->answer = ending.server_answer;
    end_waiting(*left, &Retries::give_answer);
  } else {
    end_waiting(*left, &Retries::say_unknown);
  }
  forget(*left);
}

void Retries::answered(CallNumber number, const Rpc& rpc, const MessagePtr& message) {
  LeftCall* left = calls_.find(core_.id_of(number));
  if (!left) return;
  const Value payload = rpc.kind == RpcKind::Answer ? rpc.result : rpc.error;
  LateAnswer event{.call = number,
                   .at = core_.now.wall,
                   .outcome = outcome_of(rpc),
                   .error_code = rpc.error.find("code").integer(),
                   .error = rpc.error.find("message").text(),
                   .result = {.owner = message, .bytes = payload.raw()},
                   .wire = payload.raw()};
  core_.record.append(std::move(event));
  left->request = 0;
  const Value type = rpc.result.find("resultType");
  if (type.text_is("input_required") || type.text_is("task")) return no_answer(*left);
  // The server was told to stop, and answered with an error. This confirms that it has stopped, so
  // an equal call is no retry. One that waits already is made now.
  if (left->state == State::Stopping && rpc.kind == RpcKind::ErrorAnswer) {
    const std::vector<CallNumber> waiting = std::exchange(left->waiting, {});
    forget(*left);
    return make_after_all(waiting);
  }
  has_answer(*left, message);
}

void Retries::has_answer(LeftCall& left, const MessagePtr& message) {
  left.state = State::Answered;
  left.use = {};
  left.answer = message;
  const bool given = end_waiting(left, &Retries::give_answer);
  if (given || left.key.empty()) return forget(left);
  if (calls_.answer_bytes() > kMostBytes) left.answer = nullptr;
  set_due(left, core_.now.monotonic + rules_.window());
}

void Retries::lost(CallNumber number) {
  LeftCall* left = calls_.find(core_.id_of(number));
  if (!left) return;
  left->request = 0;
  no_answer(*left);
}

void Retries::no_answer(LeftCall& left) {
  left.state = State::Unknown;
  left.use = {};
  const bool told = end_waiting(left, &Retries::say_unknown);
  if (told) calls_.forget_key(left);
  if (left.request == 0 && left.key.empty()) return forget(left);
  set_due(left, core_.now.monotonic + std::max(rules_.window(), kRecorded));
}

bool Retries::progressed(CallNumber number, const Rpc& rpc, Value token) {
  if (calls_.empty()) return false;
  LeftCall* left = calls_.find(core_.id_of(number));
  if (!left) return false;
  if (left->state == State::Running) {
    const Nanos timeout = core_.pool[left->child].config().call_timeout;
    set_due(*left, std::min(core_.now.monotonic + timeout, left->cap));
  }
  bool wanted = false;
  for (const CallNumber each : left->waiting) {
    const Call* call = core_.calls->find(each);
    if (!call || call->client_token.empty()) continue;
    core_.forwarding->progress(*call, rpc, token);
    wanted = true;
  }
  return wanted;
}

void Retries::deadline_passed(CallId id) {
  LeftCall* left = calls_.find(id);
  if (!left) return;
  left->due = {};
  switch (left->state) {
    case State::Open:
      break;
    case State::Running:
      stop(*left, core_.pool[left->child], "\"timed out\"");
      break;
    case State::Stopping:
      no_answer(*left);
      break;
    case State::Answered:
    case State::Unknown:
      forget(*left);
      break;
  }
}

void Retries::set_due(LeftCall& left, Nanos due) {
  const auto deadline = [&left](Nanos at) {
    return Deadline{.at = at, .kind = Deadline::Kind::Left, .owner = left.id};
  };
  if (left.due != Nanos{}) core_.deadlines.remove(deadline(left.due));
  left.due = due;
  if (due != Nanos{}) core_.deadlines.add(deadline(due));
}

void Retries::forget(LeftCall& left) {
  if (left.request != 0 && left.state != State::Open)
    core_.pool[left.child].requests.take(left.request);
  set_due(left, {});
  calls_.erase(left.id);
}

}  // namespace callgate
