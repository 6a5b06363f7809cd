#include "call_endings.h"

#include "call_flow.h"
#include "change_streams.h"
#include "gate/call/accessed_data.h"
#include "gate/call/call_kinds.h"
#include "gate/call/refusals.h"
#include "questions.h"
#include "retries.h"
#include "subscription_calls.h"
#include "tasks.h"

namespace callgate {

namespace {

std::string refusal_text(const Call& call) {
  if (!call.guard.refusal.empty()) return call.guard.refusal;
  const bool asks = call.decision.permission == Permission::Ask;
  std::string text = asks ? "This call needs a person's approval, and this version of callgate has "
                            "no way to ask for it yet, so it was not made."
                          : "callgate denied this call; it was not made.";
  text +=
      " Rule: " + (call.decision.rule.empty() ? std::string("the default") : call.decision.rule) +
      ".";
  if (!call.decision.because.empty()) text += " Reason: " + call.decision.because + ".";
  // A person may end the pause, so trying again later can help.
  if (call.decision.rule == "clients: paused") return text;
  return text + " Trying again with the same arguments will not help.";
}

Ending failure(const Call& call, Outcome outcome, ErrorCode code, const std::string& message,
               std::string_view code_word) {
  Ending ending{.outcome = outcome, .error = message};
  if (outcome == Outcome::RpcError) ending.error_code = static_cast<int>(code);
  ending.answer = write_error(call.client.id, code, message, code_word);
  ending.answer_error = static_cast<int>(code);
  return ending;
}

/// True if the server never got the call, although the call's rows look as if it might have.
bool was_never_sent(const Call& call, const Ending& ending) {
  const bool no_answer = ending.outcome == Outcome::Cancelled || ending.outcome == Outcome::Timeout;
  return no_answer && call.kind == CallKind::Tool && !call.sent && ending.earlier == 0 &&
         call.decision.permission == Permission::Allow;
}

}  // namespace

void CallEndings::refuse(Call& call) {
  leave_child(call, "\"denied\"");
  const std::string text = refusal_text(call);
  const char* decision = name(call.decision.permission);
  Ending ending{.outcome = Outcome::Denied, .error = text};
  if (call.kind == CallKind::Tool) {
    ending.answer = write_answer(call.client.id, write_denial(decision, text, call.client.era));
  } else {
    const bool asks = call.decision.permission == Permission::Ask;
    // A client that tries out a method gets "method not found", so that it continues without the
    // method.
    const ErrorCode code =
        call.kind == CallKind::Method ? ErrorCode::MethodNotFound : ErrorCode::InvalidRequest;
    ending.answer = write_error(call.client.id, code, text,
                                asks                         ? "policy.ask"
                                : call.guard.refusal.empty() ? "policy.denied"
                                                             : "guard.stopped");
    ending.answer_error = static_cast<int>(code);
  }
  finish(call, std::move(ending));
}

void CallEndings::cancel(CallNumber number, std::string_view reason_json) {
  Call* call = core_.calls->find(number);
  if (!call) return;
  core_.retries->left(*call, reason_json);
  finish(*call, {.outcome = Outcome::Cancelled, .error = "the client cancelled the call"});
}

void CallEndings::client_gone(CallNumber number, const std::string& reason) {
  Call* call = core_.calls->find(number);
  if (!call) return;
  core_.retries->client_gone(*call);
  finish(*call, {.outcome = Outcome::Cancelled, .error = "the client is gone: " + reason});
}

void CallEndings::session_closed(SessionNumber session, const std::string& reason) {
  for (const CallNumber number :
       core_.calls->all([session](const Call& call) { return call.session == session; }))
    client_gone(number, reason);
}

void CallEndings::child_lost(CallNumber number, const std::string& why) {
  if (Call* call = core_.calls->find(number))
    fail(*call, Outcome::RpcError, ErrorCode::Internal, why, "server.gone");
}

void CallEndings::timed_out(CallNumber number, const std::string& why) {
  Call* call = core_.calls->find(number);
  if (!call) return;
  Ending ending = failure(*call, Outcome::Timeout, ErrorCode::Internal, why, "server.timeout");
  if (is_use(call->kind)) ending.guard_result = core_.guard->observe(*call, read_text(why, true));
  core_.retries->timed_out(*call);
  finish(*call, std::move(ending));
}

void CallEndings::shut_down() {
  for (const CallNumber number : core_.calls->all([](const Call&) { return true; })) {
    Call* call = core_.calls->find(number);
    if (!call) continue;
    leave_child(*call, "\"callgate ends\"");
    fail(*call, Outcome::Cancelled, ErrorCode::Internal, "callgate is shutting down",
         "gate.ending");
  }
}

void CallEndings::leave_child(Call& call, std::string_view reason_json) {
  if (const BecameTask* task = call.in<BecameTask>()) core_.tasks->call_gone(task->id);
  if (call.child_request() != 0) call.child->cancel(call.child_request(), reason_json);
}

void CallEndings::fail(Call& call, Outcome outcome, ErrorCode code, const std::string& message,
                       std::string_view code_word) {
  finish(call, failure(call, outcome, code, message, code_word));
}

// The client's model should see the reason, so the failure of a tool is a result and not an error.
void CallEndings::fail_by_question(Call& call, const std::string& why) {
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

void CallEndings::append_finished(Call& call, Ending& ending) {
  if (call.rows.left_out)
    return core_.record.append(CallSkipped{.call = call.number, .at = core_.now.wall});
  core_.record.append(CallFinished{.call = call.number,
                                   .at = core_.now.wall,
                                   .outcome = ending.outcome,
                                   .duration = core_.now.monotonic - call.received.monotonic,
                                   .waited = call.persons.total,
                                   .rounds = call.round.number,
                                   .error_code = ending.error_code,
                                   .error = std::move(ending.error),
                                   .result = ending.result,
                                   .wire = ending.result.bytes,
                                   .touches = data_of_answer(call, ending.answered, core_),
                                   .facts = ending.guard_result.facts,
                                   .earlier = ending.earlier});
  if (was_never_sent(call, ending))
    core_.record.append(RetriesEnded{.call = core_.id_of(call.number), .at = core_.now.wall});
}

void CallEndings::finish(Call& call, Ending ending) {
  const bool asks_client = call.is<AwaitingAnswers>(), detached = call.detached();
  if (const AwaitingEarlier* waiting = call.in<AwaitingEarlier>())
    ending.earlier = waiting->earlier;
  core_.flow->leave(call);
  if (asks_client) core_.questions->call_gone(call.number);
  if (call.persons.unanswered > 0) call.persons.total += core_.now.monotonic - call.persons.since;
  // A call that ends before the rules have decided on it gets rows, too.
  if (!call.rows.started && !call.rows.left_out && core_.refusals->gets_row(call))
    core_.flow->append_started(call);
  append_finished(call, ending);
  core_.guard->record(std::move(call.guard.result));
  core_.guard->record(std::move(ending.guard_result), ending.advised);
  core_.retries->ended(call, ending);
  switch (call.origin) {
    case Call::Origin::Recheck:
      return core_.subscription_calls->decided(call, ending.outcome);
    case Call::Origin::Stream: {
      const uint32_t stream = call.stream;
      const std::string uri = call.exposed;
      core_.calls->erase(call.number);
      return core_.change_streams->decided(stream, uri, ending.outcome);
    }
    case Call::Origin::Client:
      give_answer(call, ending, detached);
      core_.calls->erase(call.number);
  }
}

void CallEndings::give_answer(Call& call, Ending& ending, bool detached) {
  Session* session = core_.session(call.session);
  if (!session) return;
  if (detached) return session->detached_calls(-1);
  if (session->requests.close(call.client.id, OpenRequest::Where::Call, call.number) &&
      !ending.answer.empty())
    session->output.send_answer(call.client, std::move(ending.answer), ending.answer_error);
}

}  // namespace callgate
