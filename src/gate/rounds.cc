// Calls of several rounds: the server needs input from the client before it answers. Such a call
// stays one call, but the rules decide again on each round. Source: MCP 2026-07-28 "Multi
// Round-Trip Requests".
#include <algorithm>

#include "call.h"
#include "call_kinds.h"
#include "callgate/protocol/modern.h"
#include "callgate/wire/writer.h"
#include "child.h"
#include "questions.h"
#include "session.h"

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

// Returns the requestState that the client must send back. It only proves that the client means
// this call, in this round and with these arguments. The child's own requestState stays in the
// gate.
std::string Calls::state_for(const Call& call) const {
  const std::string head = "cg1." + std::to_string(call.number) + "." + std::to_string(call.rounds);
  std::string signed_text = head + '\0' + std::to_string(call.session) + '\0' + call.exposed + '\0';
  if (call.args) signed_text += call.args.raw();
  return head + "." + core_.signature(signed_text);
}

void Calls::come_back(Session& session, const Rpc& rpc, const MessagePtr& message, CallKind kind) {
  const std::string state = rpc.params.find("requestState").text();
  Call* call = find(call_in(state));
  const Value args = kind == CallKind::Resource ? Value() : given_arguments(rpc.params);
  const Value target = rpc.params.find(kind == CallKind::Resource ? "uri" : "name");
  const bool good = call && call->session == session.number() && call->kind == kind &&
                    call->state == CallState::Running && !call->client_waits &&
                    call->task.empty() && same_secret(state, state_for(*call)) &&
                    target.text_is(call->exposed) && bool(args) == bool(call->args) &&
                    (!args || args.raw() == call->args.raw());
  if (!good) {
    return session.refuse(session.now_asked(rpc), rpc.root, message, ErrorCode::InvalidParams,
                          "requestState does not belong to this request, or has expired: send the "
                          "request again without it",
                          "call.state");
  }
  wake_never(*call);
  session.detached_calls(-1);
  const Value responses = rpc.params.find("inputResponses");
  for (const Value response : responses) {
    if (response.find("action")) core_.guard->user_acted(call->session);  // an elicitation
    if (response.find("roots").is_array()) session.remember_roots(response);
  }
  while (call->questions > 0) person(call->number, false);
  ++call->rounds;
  read(*call, rpc, message, session);
  if (responses) record_answers(*call, responses);
  enter(*call, CallState::Resolving);
}

void Calls::go_on(Call& call) {
  if (call.child->era() == Era::Modern) return send_to_child(call);
  if (call.round.before) return answered_first(call);
  if (call.gate_id == 0) return pages_seen(call);
  call.child->retarget(call.gate_id, call.client, call.client_token);
  give_answers(call);
  if (!call.round.input_requests.empty()) return put_requests(call);
  call.child->hold(call.gate_id, false);
}

void Calls::add_round_members(const Call& call, Edits& edits) const {
  if (call.client.era == Era::Modern) {
    const Value state = call.params.find("requestState");
    if (!state) return;
    if (call.round.state.empty())
      edits.drop(state);
    else
      edits.replace(state, call.round.state);
    return;
  }
  // The revisions of legacy clients do not have these members, so the gate drops the client's own.
  for (const std::string_view key : {"inputResponses", "requestState"})
    if (const Value stray = call.params.find(key)) edits.drop(stray);
  if (call.rounds == 1) return;
  JsonWriter answers;
  answers.begin_object();
  for (const auto& [key, result] : call.round.collected) answers.key(key).raw(result);
  edits.add(call.params, "inputResponses", answers.end_object().take());
  if (!call.round.state.empty()) edits.add(call.params, "requestState", call.round.state);
}

void Calls::let_go(Call& call, std::string answer) {
  call.client_waits = false;
  Session* session = core_.session(call.session);
  if (!session) return;
  session->detached_calls(+1);
  if (session->closed(call.client.id, Session::OpenRequest::Where::Call, call.number))
    session->send_answer(call.client, std::move(answer), 0);
}

void Calls::park(Call& call, std::string answer) {
  let_go(call, std::move(answer));
  person(call.number, true);
  wake_in(call, kComeBack);
}

void Calls::wake_never(Call& call) {
  if (call.wait_due != Nanos{})
    core_.deadlines.remove(
        {.at = call.wait_due, .kind = Deadline::Kind::Call, .owner = call.number});
  call.wait_due = Nanos{};
}

void Calls::wake_in(Call& call, Nanos time) {
  wake_never(call);
  call.wait_due = core_.now.monotonic + time;
  core_.deadlines.add({.at = call.wait_due, .kind = Deadline::Kind::Call, .owner = call.number});
}

void Calls::round_is_over(Call& call) {
  if (std::exchange(call.round.awaits_roots, false)) return forward_now(call);
  // The client's request is still open, so the timer was not set for kComeBack, but for kPause or
  // kTogether.
  if (call.client_waits)
    return call.round.input_requests.empty() ? next_round(call) : put_requests(call);
  leave_child(call, "\"the client did not send the input\"");
  fail(call, Outcome::Timeout, ErrorCode::Internal,
       call.task.empty() ? "the client did not send the input that the server asked for"
                         : "the task did not end in time (call_cap)",
       "call.state");
}

// A modern child needs input from the client.
void Calls::input_required(Call& call, const Rpc& rpc, const MessagePtr& message) {
  call.gate_id = 0;
  const Value state = rpc.result.find("requestState");
  call.round.state = state ? state.raw() : std::string_view();
  call.round.collected.clear();
  if (call.rounds >= kMostRounds)
    return fail(call, Outcome::RpcError, ErrorCode::Internal,
                "server '" + call.child->config().name + "' asked for input in more than " +
                    std::to_string(kMostRounds) + " rounds",
                "call.rounds");
  if (call.client.era == Era::Modern) return put_to_client(call, rpc, message);
  // The call may end while its questions are asked.
  const CallNumber number = call.number;
  const Value requests = rpc.result.find("inputRequests");
  if (requests.is_object()) {
    for ([[maybe_unused]] const Value request : requests) ++call.round.open;
    for (const Value request : requests) {
      Call* still = find(number);
      if (!still) return;
      core_.questions->ask_for(*still, request, message);
    }
  }
  Call* still = find(number);
  if (!still || still->round.open > 0 || still->gate_id != 0 || still->wait_due != Nanos{}) return;
  wake_in(*still, kPause);
}

void Calls::put_to_client(Call& call, const Rpc& rpc, const MessagePtr& message) {
  const Value requests = rpc.result.find("inputRequests");
  call.round.asked.clear();
  if (requests.is_object()) {
    for (const Value request : requests) {
      const QuestionDecision decision = core_.questions->evaluate_for(call, request, message);
      if (!decision.why.empty()) return fail_by_question(call, decision.why);
      call.round.asked[request.key()] = {.number = decision.question,
                                         .method = request.find("method").text()};
    }
  }
  Edits edits;
  edits.replace(rpc.id, call.client.id);
  const std::string ours = quote(state_for(call));
  if (const Value state = rpc.result.find("requestState"))
    edits.replace(state, ours);
  else
    edits.add(rpc.result, "requestState", ours);
  park(call, edits.apply(rpc.root));
}

// The client's model should see the reason, so the failure of a tool is a result and not an error.
void Calls::fail_by_question(Call& call, const std::string& why) {
  Ending ending{.outcome = Outcome::ToolError, .error = why};
  if (call.kind == CallKind::Tool) {
    ending.answer = write_answer(call.client.id, write_tool_error(why, call.client.era));
  } else {
    ending.outcome = Outcome::RpcError;
    ending.error_code = static_cast<int>(ErrorCode::Internal);
    ending.answer_error = static_cast<int>(ErrorCode::Internal);
    ending.answer = write_error(call.client.id, ErrorCode::Internal, why, "question.refused");
  }
  finish(call, std::move(ending));
}

void Calls::collected(CallNumber number, const std::string& key, std::string_view result,
                      const std::string& refusal) {
  Call* call = find(number);
  if (!call) return;
  if (call->round.open > 0) --call->round.open;
  if (!refusal.empty()) return fail_by_question(*call, refusal);
  call->round.collected[key] = result;
  if (call->round.open == 0) next_round(*call);
}

void Calls::next_round(Call& call) {
  ++call.rounds;
  enter(call, CallState::Resolving);
}

}  // namespace callgate
