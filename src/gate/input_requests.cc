// Questions of a legacy child to a modern client. The client gets them in the answer to a request,
// and the child gets the answers when the client comes back with its next request.
#include "call.h"
#include "callgate/wire/writer.h"
#include "child.h"
#include "held_questions.h"
#include "session.h"

namespace callgate {

namespace {

using namespace std::chrono_literals;

constexpr Nanos kTogether = 10ms;  // questions within this time are sent to the client together
constexpr Nanos kRoots = 1s;       // how long a call waits for the child to ask for roots

}  // namespace

void Calls::ask_modern(CallNumber number, InputRequest wanted) {
  Call* call = find(number);
  if (!call) return;
  wanted.child = call->child->child();
  wanted.key = "question-" + std::to_string(call->rounds) + "-" +
               std::to_string(call->round.input_requests.size() + 1);
  call->round.input_requests.push_back(std::move(wanted));
  if (!call->client_waits || call->wait_due != Nanos{}) return;
  wake_in(*call, kTogether);
}

void Calls::put_requests(Call& call) {
  call.child->hold(call.gate_id, true);
  call.round.asked.clear();
  JsonWriter out;
  out.begin_object().key("resultType").string("input_required");
  out.key("inputRequests").begin_object();
  for (const InputRequest& wanted : call.round.input_requests) {
    out.key(wanted.key).begin_object().key("method").string(wanted.method);
    out.key("params").raw(wanted.params.empty() ? "{}" : wanted.params).end_object();
    call.round.asked[wanted.key] = {.number = wanted.question, .method = wanted.method};
  }
  out.end_object().key("requestState").string(state_for(call)).end_object();
  park(call, write_answer(call.client.id, out.take()));
}

// Questions that the client has not answered stay open.
void Calls::give_answers(Call& call) {
  const Value answers = call.params.find("inputResponses");
  std::vector<InputRequest> left;
  for (InputRequest& wanted : call.round.input_requests) {
    const Value answer = answers.find(wanted.key);
    if (!answer.is_object()) {
      left.push_back(std::move(wanted));
      continue;
    }
    give_answer(wanted, answer);
  }
  call.round.input_requests = std::move(left);
}

void Calls::give_answer(const InputRequest& wanted, Value answer) {
  Edits edits;
  if (const Value type = answer.find("resultType")) edits.drop(type);
  core_.children[wanted.child]->send(write_answer(wanted.child_id, edits.apply(answer)));
}

// The child has answered the call without waiting for the client's answers. The child gets these
// answers nevertheless, because it asked the questions.
void Calls::answered_early(Call& call) {
  if (call.child->ready()) give_answers(call);
  const MessagePtr early = std::exchange(call.round.early, nullptr);
  answered(call.number, *classify(early->root()), early);
}

// The call has become a task, so its client can't be asked in the answer to the call any more.
void Calls::hold_requests(Call& call) {
  for (InputRequest& wanted : std::exchange(call.round.input_requests, {})) {
    core_.held_questions->hold({.child = wanted.child,
                                .session = call.session,
                                .child_id = std::move(wanted.child_id),
                                .method = std::move(wanted.method),
                                .params = std::move(wanted.params),
                                .question = wanted.question});
  }
}

void Calls::asker_gone(const Child& child) {
  std::vector<CallNumber> lost;
  for (const auto& [number, call] : calls_) {
    std::erase_if(call->round.input_requests,
                  [&](const InputRequest& w) { return w.child == child.child(); });
    const MessagePtr& early = call->round.early;
    if (call->child == &child && early && task_id(*call, *classify(early->root())))
      lost.push_back(number);
  }
  for (const CallNumber number : lost) child_lost(number, child.down_text());
}

bool Calls::asks_first(Call& call) {
  if (call.client.era != Era::Modern || call.child->era() == Era::Modern) return false;
  for (HeldQuestion& held :
       core_.held_questions->take(call.session, *call.child, capabilities_of(call))) {
    call.round.input_requests.push_back(
        {.key = "question-0-" + std::to_string(call.round.input_requests.size() + 1),
         .method = std::move(held.method),
         .params = std::move(held.params),
         .child = held.child,
         .child_id = std::move(held.child_id),
         .question = held.question});
  }
  if (call.round.input_requests.empty()) return false;
  call.round.before = true;
  put_requests(call);
  return true;
}

// A question that the client did not answer is refused, so that the child need not wait for an
// answer before it handles the call.
void Calls::answered_first(Call& call) {
  call.round.before = false;
  const Value answers = call.params.find("inputResponses");
  for (const InputRequest& wanted : std::exchange(call.round.input_requests, {})) {
    const Value answer = answers.find(wanted.key);
    if (wanted.child_id.empty()) {
      // The child no longer waits for the roots. The notification makes it ask for them again.
      if (!answer.is_object()) continue;
      call.round.awaits_roots = true;
      call.child->send(write_notification("notifications/roots/list_changed", ""));
    } else if (answer.is_object()) {
      give_answer(wanted, answer);
    } else {
      core_.children[wanted.child]->send(write_error(wanted.child_id, ErrorCode::Rejected,
                                                     "the client did not answer this question",
                                                     "question.refused"));
    }
  }
  call.round.awaits_roots ? wake_in(call, kRoots) : send_to_child(call);
}

void Calls::forward_now(Call& call) {
  if (call.child->ready()) return send_to_child(call);
  fail(call, Outcome::RpcError, ErrorCode::Internal, call.child->down_text(), "server.down");
}

void Calls::roots_given(const Child& child) {
  for (const auto& [number, call] : calls_) {
    if (call->child != &child || !std::exchange(call->round.awaits_roots, false)) continue;
    wake_never(*call);
    return send_to_child(*call);
  }
}

void Calls::question_gone(const Child& child, std::string_view child_id) {
  for (const auto& [number, call] : calls_) {
    std::erase_if(call->round.input_requests, [&](const InputRequest& w) {
      return w.child == child.child() && w.child_id == child_id;
    });
  }
}

}  // namespace callgate
