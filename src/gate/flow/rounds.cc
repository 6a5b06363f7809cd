#include "rounds.h"

#include "call_endings.h"
#include "call_flow.h"
#include "call_forwarding.h"
#include "callgate/protocol/modern.h"
#include "callgate/wire/edits.h"
#include "callgate/wire/writer.h"
#include "gate/call/call_kinds.h"
#include "questions.h"

namespace callgate {

namespace {

using namespace std::chrono_literals;

constexpr Nanos kComeBack = 10min;  // a client that needs longer is assumed to have given up
constexpr Nanos kPause = 250ms;     // before the next round, if the server has asked for no input

// Returns the number of the call in a requestState "cg1.CALL.ROUND.SIGNATURE", or 0.
CallNumber call_in(std::string_view state) {
  constexpr std::string_view kHead = "cg1.";
  if (state.substr(0, kHead.size()) != kHead) return 0;
  uint64_t number = 0;
  // A number of 32 bits has at most 10 digits, and a dot follows.
  for (const char c : state.substr(kHead.size(), 11)) {
    if (c < '0' || c > '9') break;
    number = number * 10 + static_cast<uint64_t>(c - '0');
  }
  return number <= UINT32_MAX ? static_cast<CallNumber>(number) : 0;
}

}  // namespace

Value capabilities_of(const Call& call, const Core& core) {
  if (call.client.era == Era::Modern) return call.params.find("_meta").find(kMetaCapabilities);
  const Session* session = core.session(call.session);
  return session ? session->client.capabilities() : Value();
}

// Returns the requestState that the client must send back. It only proves that the client means
// this call, in this round and with these arguments. The child's own requestState stays in the
// gate.
std::string Rounds::state_for(const Call& call) const {
  const std::string head =
      "cg1." + std::to_string(call.number) + "." + std::to_string(call.round.number);
  std::string signed_text = head + '\0' + std::to_string(call.session) + '\0' + call.exposed + '\0';
  if (call.args) signed_text += call.args.raw();
  return head + "." + core_.signature(signed_text);
}

void Rounds::come_back(Session& session, const Rpc& rpc, const MessagePtr& message, CallKind kind) {
  const std::string state = rpc.params.find("requestState").text();
  Call* call = core_.calls->find(call_in(state));
  const Value args = kind == CallKind::Resource ? Value() : given_arguments(rpc.params);
  const Value target = rpc.params.find(kind == CallKind::Resource ? "uri" : "name");
  const bool good = call && call->session == session.number() && call->kind == kind &&
                    call->is<AwaitingNextRound>() && same_secret(state, state_for(*call)) &&
                    target.text_is(call->exposed) && bool(args) == bool(call->args) &&
                    (!args || args.raw() == call->args.raw());
  if (!good) {
    return session.refusals.refuse(
        session.now_asked(rpc), rpc.root, message, ErrorCode::InvalidParams,
        "requestState does not belong to this request, or has expired: send the "
        "request again without it",
        "call.state");
  }
  session.detached_calls(-1);
  const Value responses = rpc.params.find("inputResponses");
  for (const Value response : responses) {
    if (response.find("action")) core_.guard->user_acted(call->session);  // an elicitation
    if (response.find("roots").is_array()) session.client.remember_roots(response);
  }
  while (call->persons.unanswered > 0)
    core_.calls->person(call->number, false, core_.now.monotonic);
  ++call->round.number;
  core_.flow->read(*call, rpc, message, session);
  if (responses) core_.flow->record_answers(*call, responses, call->in<AwaitingNextRound>()->asked);
  core_.flow->resolve(*call);
}

void Rounds::go_on(Call& call) {
  if (call.child->era() == Era::Modern) return core_.forwarding->send(call);
  if (call.round.before_call) return answered_first(call);
  if (call.round.held_request == 0) return pages_seen(call);
  give_answers(call);
  if (!call.round.input_requests.empty()) return put_requests(call);
  call.child->requests.release(call.round.held_request, call.child->config().call_timeout);
  core_.flow->enter(call, AtChild{std::exchange(call.round.held_request, 0)});
}

void Rounds::add_members(const Call& call, Edits& edits) const {
  if (call.client.era == Era::Modern) {
    const Value state = call.params.find("requestState");
    if (!state) return;
    if (call.round.child_state.empty())
      edits.drop(state);
    else
      edits.replace(state, call.round.child_state);
    return;
  }
  // The revisions of legacy clients do not have these members, so the gate drops the client's own.
  for (const std::string_view key : {"inputResponses", "requestState"})
    if (const Value stray = call.params.find(key)) edits.drop(stray);
  if (call.round.number == 1) return;
  JsonWriter answers;
  answers.begin_object();
  for (const auto& [key, result] : call.round.collected) answers.key(key).raw(result);
  edits.add(call.params, "inputResponses", answers.end_object().take());
  if (!call.round.child_state.empty())
    edits.add(call.params, "requestState", call.round.child_state);
}

void Rounds::await_next_round(Call& call, std::string answer, AskedQuestions asked) {
  call.round.held_request = call.child_request();
  core_.flow->enter(call, AwaitingNextRound{std::move(asked)}, CallDeadline::NextRound, kComeBack);
  core_.forwarding->answer_detached(call, std::move(answer));
  core_.calls->person(call.number, true, core_.now.monotonic);
}

void Rounds::give_up(Call& call) {
  const bool is_task = call.is<BecameTask>();
  core_.endings->leave_child(call, "\"the client did not send the input\"");
  core_.endings->fail(call, Outcome::Timeout, ErrorCode::Internal,
                      is_task ? "the task did not end in time (call_cap)"
                              : "the client did not send the input that the server asked for",
                      "call.state");
}

Child* Rounds::give_up_oldest(SessionNumber session, ServerIndex server) {
  Call* oldest = nullptr;
  for (const CallNumber number : core_.calls->all([&](const Call& call) {
         return call.session == session && call.is<AwaitingNextRound>() &&
                call.child->configured() == server;
       })) {
    Call* call = core_.calls->find(number);
    if (!oldest || call->due < oldest->due) oldest = call;
  }
  if (!oldest) return nullptr;
  Child* child = &*oldest->child;
  give_up(*oldest);
  return child;
}

bool Rounds::has_too_many_rounds(Call& call) {
  if (call.round.number < kMostRounds) return false;
  core_.endings->fail(call, Outcome::RpcError, ErrorCode::Internal,
                      "server '" + call.child->config().name + "' asked for input in more than " +
                          std::to_string(kMostRounds) + " rounds",
                      "call.rounds");
  return true;
}

void Rounds::input_required(Call& call, const Rpc& rpc, const MessagePtr& message) {
  const Value state = rpc.result.find("requestState");
  call.round.child_state = state ? state.raw() : std::string_view();
  call.round.collected.clear();
  if (has_too_many_rounds(call)) return;
  if (call.client.era == Era::Modern) return put_to_client(call, rpc, message);
  const Value requests = rpc.result.find("inputRequests");
  size_t count = 0;
  if (requests.is_object())
    for ([[maybe_unused]] const Value request : requests) ++count;
  if (count == 0) return core_.flow->enter(call, BetweenRounds{}, CallDeadline::Pause, kPause);
  core_.flow->enter(call, AwaitingAnswers{count});
  // The call may end while its questions are asked.
  const CallNumber number = call.number;
  for (const Value request : requests) {
    Call* still = core_.calls->find(number);
    if (!still) return;
    core_.questions->ask_for(*still, request, message);
  }
}

void Rounds::put_to_client(Call& call, const Rpc& rpc, const MessagePtr& message) {
  const Value requests = rpc.result.find("inputRequests");
  AskedQuestions asked;
  if (requests.is_object()) {
    for (const Value request : requests) {
      const QuestionDecision decision = core_.questions->evaluate_for(call, request, message);
      if (!decision.why.empty()) return core_.endings->fail_by_question(call, decision.why);
      asked[request.key()] = {.number = decision.question, .method = request.find("method").text()};
    }
  }
  Edits edits;
  edits.replace(rpc.id, call.client.id);
  const std::string ours = quote(state_for(call));
  if (const Value state = rpc.result.find("requestState"))
    edits.replace(state, ours);
  else
    edits.add(rpc.result, "requestState", ours);
  call.in<AtChild>()->request = 0;  // the child has answered
  await_next_round(call, edits.apply(rpc.root), std::move(asked));
}

void Rounds::collected(CallNumber number, const std::string& key, std::string_view result,
                       const std::string& refusal) {
  Call* call = core_.calls->find(number);
  if (!call) return;
  AwaitingAnswers* waiting = call->in<AwaitingAnswers>();
  if (waiting && waiting->unanswered > 0) --waiting->unanswered;
  if (!refusal.empty()) return core_.endings->fail_by_question(*call, refusal);
  call->round.collected[key] = result;
  if (waiting && waiting->unanswered == 0) next_round(*call);
}

void Rounds::next_round(Call& call) {
  ++call.round.number;
  core_.flow->resolve(call);
}

}  // namespace callgate
