// Questions of a legacy child to a modern client. The client gets them in the answer to a request,
// and the child gets the answers when the client comes back with its next request.
#include "call_endings.h"
#include "call_flow.h"
#include "call_forwarding.h"
#include "callgate/wire/edits.h"
#include "callgate/wire/writer.h"
#include "held_questions.h"
#include "rounds.h"

namespace callgate {

namespace {

using namespace std::chrono_literals;

constexpr Nanos kTogether = 10ms;  // questions within this time are sent to the client together
constexpr Nanos kRoots = 1s;       // how long a call waits for the child to ask for roots

}  // namespace

void Rounds::ask_modern(CallNumber number, InputRequest request) {
  Call* call = core_.calls->find(number);
  if (!call) return;
  request.child = call->child->number();
  request.key = "question-" + std::to_string(call->round.number) + "-" +
                std::to_string(call->round.input_requests.size() + 1);
  call->round.input_requests.push_back(std::move(request));
  if (call->is<AtChild>() && call->deadline == CallDeadline::None)
    core_.flow->set_deadline(*call, CallDeadline::Questions, kTogether);
}

void Rounds::put_requests(Call& call) {
  call.child->requests.hold(call.child_request());
  AskedQuestions asked;
  JsonWriter out;
  out.begin_object().key("resultType").string("input_required");
  out.key("inputRequests").begin_object();
  for (const InputRequest& request : call.round.input_requests) {
    out.key(request.key).begin_object().key("method").string(request.method);
    out.key("params").raw(request.params.empty() ? "{}" : request.params).end_object();
    asked[request.key] = {.number = request.question, .method = request.method};
  }
  out.end_object().key("requestState").string(state_for(call)).end_object();
  await_next_round(call, write_answer(call.client.id, out.take()), std::move(asked));
}

// Questions that the client has not answered stay open.
void Rounds::give_answers(Call& call) {
  const Value answers = call.params.find("inputResponses");
  std::vector<InputRequest> left;
  for (InputRequest& request : call.round.input_requests) {
    const Value answer = answers.find(request.key);
    if (!answer.is_object()) {
      left.push_back(std::move(request));
      continue;
    }
    give_answer(request, answer);
  }
  call.round.input_requests = std::move(left);
}

void Rounds::give_answer(const InputRequest& request, Value answer) {
  Edits edits;
  if (const Value type = answer.find("resultType")) edits.drop(type);
  core_.pool[request.child].send(write_answer(request.child_id, edits.apply(answer)));
}

// The child has answered the call without waiting for the client's answers. The child gets these
// answers nevertheless, because it asked the questions.
void Rounds::answered_early(Call& call) {
  if (call.child->ready()) give_answers(call);
  const MessagePtr early = std::exchange(call.round.early, nullptr);
  core_.flow->enter(call, AtChild{std::exchange(call.round.held_request, 0)});
  core_.forwarding->take_answer(call, *classify(early->root()), early);
}

void Rounds::hold_requests(Call& call) {
  for (InputRequest& request : std::exchange(call.round.input_requests, {})) {
    core_.held_questions->hold({.child = request.child,
                                .session = call.session,
                                .child_id = std::move(request.child_id),
                                .method = std::move(request.method),
                                .params = std::move(request.params),
                                .question = request.question});
  }
}

void Rounds::asker_gone(const Child& child) {
  std::vector<CallNumber> lost;
  core_.calls->each([&](Call& call) {
    std::erase_if(call.round.input_requests,
                  [&](const InputRequest& request) { return request.child == child.number(); });
    const MessagePtr& early = call.round.early;
    if (call.child.is(child) && early && CallForwarding::task_id(call, *classify(early->root())))
      lost.push_back(call.number);
  });
  for (const CallNumber number : lost) core_.endings->child_lost(number, child.life.down_text());
}

bool Rounds::asks_first(Call& call) {
  if (call.client.era != Era::Modern || call.child->era() == Era::Modern) return false;
  for (HeldQuestion& held :
       core_.held_questions->take(call.session, *call.child, capabilities_of(call, core_))) {
    call.round.input_requests.push_back(
        {.key = "question-0-" + std::to_string(call.round.input_requests.size() + 1),
         .method = std::move(held.method),
         .params = std::move(held.params),
         .child = held.child,
         .child_id = std::move(held.child_id),
         .question = held.question});
  }
  if (call.round.input_requests.empty()) return false;
  call.round.before_call = true;
  put_requests(call);
  return true;
}

// A question that the client did not answer is refused, so that the child need not wait for an
// answer before it handles the call.
void Rounds::answered_first(Call& call) {
  call.round.before_call = false;
  bool awaits_roots = false;
  const Value answers = call.params.find("inputResponses");
  for (const InputRequest& request : std::exchange(call.round.input_requests, {})) {
    const Value answer = answers.find(request.key);
    if (request.child_id.empty()) {
      // The child no longer waits for the roots. The notification makes it ask for them again.
      if (!answer.is_object()) continue;
      awaits_roots = true;
      call.child->send(write_notification("notifications/roots/list_changed", ""));
    } else if (answer.is_object()) {
      give_answer(request, answer);
    } else {
      core_.pool[request.child].send(write_error(request.child_id, ErrorCode::Rejected,
                                                 "the client did not answer this question",
                                                 "question.refused"));
    }
  }
  if (!awaits_roots) return core_.forwarding->send(call);
  core_.flow->enter(call, AwaitingRoots{}, CallDeadline::Roots, kRoots);
}

void Rounds::roots_given(const Child& child) {
  const std::vector<CallNumber> waiting = core_.calls->all(
      [&](const Call& call) { return call.child.is(child) && call.is<AwaitingRoots>(); });
  if (!waiting.empty()) core_.forwarding->send(*core_.calls->find(waiting.front()));
}

void Rounds::question_gone(const Child& child, std::string_view child_id) {
  core_.calls->each([&](Call& call) {
    std::erase_if(call.round.input_requests, [&](const InputRequest& request) {
      return request.child == child.number() && request.child_id == child_id;
    });
  });
}

}  // namespace callgate
