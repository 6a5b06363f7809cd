#include "retries.h"

#include <algorithm>

#include "call_endings.h"
#include "call_flow.h"
#include "call_forwarding.h"
#include "callgate/wire/canonical_json.h"
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
// Some clients do not tell anybody that they have given up waiting (the Python SDK, Codex). So an
// equal call of the same session counts as a retry, too, if the earlier call has been at the child
// for this time. Two equal calls that a model makes at once come in less time.
constexpr Nanos kNotAtOnce = 500ms;
// The answers of all left calls may together have this many bytes.
constexpr size_t kMostBytes = size_t{16} << 20;

Outcome outcome_of(const Rpc& rpc) {
  if (rpc.kind == RpcKind::ErrorAnswer) return Outcome::RpcError;
  return rpc.result.find("isError").boolean().value_or(false) ? Outcome::ToolError : Outcome::Ok;
}

}  // namespace

bool Retries::takes(Call& call) {
  if (!rules_.can_be_retried(call)) return false;
  LeftCall* earlier = earlier_call(call);
  if (!earlier) earlier = open_call(call);
  if (!earlier) return false;
  // The record still shows the call as unanswered, and is read again if a client comes back. So the
  // gate remembers that the client has been told.
  if (earlier->id >> 32 != core_.options.run) note_told(earlier->id);
  switch (earlier->state) {
    case State::Open:
    case State::Running:
    case State::Stopping:
      earlier->waiting.push_back(call.number);
      core_.flow->enter(call, AwaitingEarlier{earlier->id});
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

// Sessions that are open at the same time are different clients, even if they have equal names.
LeftCall* Retries::earlier_call(const Call& call) {
  const std::string& server = call.child->config().name;
  const std::vector<LeftCall*> candidates = calls_.of_tool(server, call.name);
  if (candidates.empty()) return nullptr;
  const std::string key = retry_key(server, call.name, call.args);
  const std::string client = client_identity(*core_.session(call.session));
  for (LeftCall* left : candidates) {
    if (left->key != key) continue;
    if (left->session == call.session) return left;
    if (!core_.session(left->session) && !client.empty() && left->client == client) return left;
  }
  return nullptr;
}

LeftCall* Retries::open_call(const Call& call) {
  const std::vector<CallNumber> candidates =
      call.child->requests.calls_since(core_.now.monotonic - kNotAtOnce);
  for (const CallNumber number : candidates) {
    const Call* other = core_.calls->find(number);
    if (!other || other->session != call.session || other->name != call.name ||
        !other->is<AtChild>() || !rules_.can_be_retried(*other) ||
        canonical_json(other->args) != canonical_json(call.args))
      continue;
    return &entry_of(*other);
  }
  return nullptr;
}

LeftCall& Retries::entry_of(const Call& call) {
  if (LeftCall* left = calls_.find(id_of(call.number))) return *left;
  make_room();
  const std::string& server = call.child->config().name;
  LeftCall left{.id = id_of(call.number),
                .session = call.session,
                .at = call.received.wall,
                .era = call.child->era(),
                .server = server,
                .tool = call.name,
                .child = call.child->number(),
                .request = call.child_request()};
  if (rules_.can_be_retried(call)) {
    left.key = retry_key(server, call.name, call.args);
    if (const Session* session = core_.session(call.session))
      left.client = client_identity(*session);
  }
  return calls_.add(std::move(left));
}

void Retries::make_room() {
  if (calls_.size() < kMost) return;
  LeftCall& oldest = calls_.oldest();
  end_waiting(oldest, &Retries::say_unknown);
  forget(oldest);
}

void Retries::left(Call& call, std::string_view reason_json) {
  const bool timeout = names_timeout(reason_json);
  if (const AwaitingEarlier* waiting = call.in<AwaitingEarlier>()) {
    if (!timeout) stop_waiting(waiting->earlier, call.number, reason_json);
    return;
  }
  leave(call, timeout, reason_json);
}

// A client's own child ends with the client's session. A shared child goes on, so that a client
// that comes back can still get the answer.
void Retries::client_gone(Call& call) {
  if (call.is<AwaitingEarlier>()) return;
  leave(call, call.child && call.child->users.shared(), "\"the client is gone\"");
}

void Retries::leave(Call& call, bool goes_on, std::string_view reason_json) {
  if (!call.is<AtChild>() || !is_use(call.kind) || call.persons.unanswered > 0)
    return core_.endings->leave_child(call, reason_json);
  LeftCall& left = entry_of(call);
  if ((goes_on && !left.key.empty()) || !left.waiting.empty()) {
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
  set_due(left, request ? request->due : core_.now.monotonic);
  child.requests.leave(left.request, static_cast<CallNumber>(left.id), ChildRequest::Kind::Left);
}

void Retries::stop(LeftCall& left, Child& child, std::string_view reason_json) {
  left.state = State::Stopping;
  left.use = {};
  child.requests.leave(left.request, static_cast<CallNumber>(left.id), ChildRequest::Kind::Stopped);
  child.tell_cancelled(left.request, reason_json);
  set_due(left, core_.now.monotonic + kStopped);
}

// The client has stopped the retry on purpose, so the earlier call must stop, too.
void Retries::stop_waiting(CallId earlier, CallNumber call, std::string_view reason_json) {
  LeftCall* left = calls_.find(earlier);
  if (!left) return;
  std::erase(left->waiting, call);
  if (left->waiting.empty() && left->state == State::Running)
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
  const std::optional<RecentAnswer> recent = recent_.take(session.number(), id);
  if (!recent || calls_.find(recent->id)) return;
  make_room();
  LeftCall& left = calls_.add({.id = recent->id,
                               .session = recent->session,
                               .client = client_identity(session),
                               .key = retry_key(recent->server, recent->tool, recent->args),
                               .at = recent->at,
                               .state = State::Answered,
                               .era = recent->era,
                               .server = recent->server,
                               .tool = recent->tool,
                               .outcome = recent->outcome,
                               .answer = recent->answer});
  set_due(left, core_.now.monotonic + rules_.window());
}

void Retries::recalled(const std::string& memory_key, const std::vector<UnansweredCall>& calls) {
  for (const UnansweredCall& call : calls) {
    const auto age = std::chrono::duration_cast<Nanos>(core_.now.wall - call.ended);
    if (calls_.find(call.id) || told_.contains(call.id) || age >= rules_.window()) continue;
    std::optional<LeftCall> left = left_in_earlier_run(call, memory_key, rules_, core_.walker);
    if (!left) continue;
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
  if (LeftCall* left = calls_.find(call)) forget(*left);
}

void Retries::ended(const Call& call, const Ending& ending) {
  if (ending.server_answer && rules_.can_be_retried(call)) {
    const bool repeated = ending.outcome == Outcome::Repeated;
    recent_.add({.ended = core_.now.monotonic,
                 .session = call.session,
                 .client = call.client,
                 .id = repeated ? ending.earlier : id_of(call.number),
                 .at = repeated ? ending.made : call.received.wall,
                 .server = call.child->config().name,
                 .tool = call.name,
                 .message = call.message,
                 .args = call.args,
                 .era = call.child->era(),
                 .outcome = ending.outcome,
                 .answer = ending.server_answer});
  }
  if (calls_.empty()) return;
  LeftCall* left = calls_.find(id_of(call.number));
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
  LeftCall* left = calls_.find(id_of(number));
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
  // The server was told to stop, and answered with an error. This confirms that it has stopped, so
  // an equal call is no retry.
  if (left->state == State::Stopping && rpc.kind == RpcKind::ErrorAnswer && !left->key.empty())
    calls_.forget_key(*left);
  has_answer(*left, outcome_of(rpc), message);
}

void Retries::has_answer(LeftCall& left, Outcome outcome, const MessagePtr& message) {
  left.state = State::Answered;
  left.use = {};
  left.outcome = outcome;
  left.answer = message;
  const bool given = end_waiting(left, &Retries::give_answer);
  if (given || left.key.empty()) return forget(left);
  if (calls_.answer_bytes() > kMostBytes) left.answer = nullptr;
  set_due(left, core_.now.monotonic + rules_.window());
}

void Retries::lost(CallNumber number) {
  LeftCall* left = calls_.find(id_of(number));
  if (!left) return;
  left->request = 0;
  no_answer(*left);
}

void Retries::no_answer(LeftCall& left) {
  left.state = State::Unknown;
  left.use = {};
  const bool told = end_waiting(left, &Retries::say_unknown);
  if (told && !left.key.empty()) calls_.forget_key(left);
  if (left.request == 0 && left.key.empty()) return forget(left);
  set_due(left, core_.now.monotonic + std::max(rules_.window(), kRecorded));
}

bool Retries::progressed(CallNumber number, const Rpc& rpc, Value token) {
  if (calls_.empty()) return false;
  LeftCall* left = calls_.find(id_of(number));
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
