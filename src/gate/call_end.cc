// The ends of calls: refused, failed, cancelled or answered. All of them go through finish().
#include "accessed_data.h"
#include "call.h"
#include "call_kinds.h"
#include "change_streams.h"
#include "child.h"
#include "questions.h"
#include "session.h"
#include "tasks.h"

namespace callgate {

namespace {

std::string refusal_text(const Call& call) {
  if (!call.refusal.empty()) return call.refusal;
  const bool asks = call.decision.verdict == Verdict::Ask;
  std::string text = asks ? "This call needs a person's approval, and this version of callgate has "
                            "no way to ask for "
                            "it yet, so it was not made."
                          : "callgate denied this call; it was not made.";
  text +=
      " Rule: " + (call.decision.rule.empty() ? std::string("the default") : call.decision.rule) +
      ".";
  if (!call.decision.because.empty()) text += " Reason: " + call.decision.because + ".";
  // A person may end the pause, so trying again later can help.
  if (call.decision.rule == "clients: paused") return text;
  return text + " Trying again with the same arguments will not help.";
}

}  // namespace

void Calls::refuse(Call& call) {
  leave_child(call, "\"denied\"");
  const std::string text = refusal_text(call);
  const char* decision = name(call.decision.verdict);
  Ending ending{.outcome = Outcome::Denied, .error = text};
  if (call.kind == CallKind::Tool) {
    ending.answer = write_answer(call.client.id, write_denial(decision, text, call.client.era));
  } else {
    const bool asks = call.decision.verdict == Verdict::Ask;
    // A client that tries out a method gets "method not found", so that it continues without the
    // method.
    const ErrorCode code =
        call.kind == CallKind::Method ? ErrorCode::MethodNotFound : ErrorCode::InvalidRequest;
    ending.answer = write_error(call.client.id, code, text,
                                asks                   ? "policy.ask"
                                : call.refusal.empty() ? "policy.denied"
                                                       : "guard.stopped");
    ending.answer_error = static_cast<int>(code);
  }
  finish(call, std::move(ending));
}

void Calls::cancel(CallNumber number, std::string_view reason_json) {
  Call* call = find(number);
  if (!call) return;
  leave_child(*call, reason_json);
  finish(*call, {.outcome = Outcome::Cancelled, .error = "the client cancelled the call"});
}

void Calls::client_gone(CallNumber number, const std::string& reason) {
  Call* call = find(number);
  if (!call) return;
  leave_child(*call, "\"the client is gone\"");
  finish(*call, {.outcome = Outcome::Cancelled, .error = "the client is gone: " + reason});
}

void Calls::child_lost(CallNumber number, const std::string& why) {
  if (Call* call = find(number))
    fail(*call, Outcome::RpcError, ErrorCode::Internal, why, "server.gone");
}

void Calls::timed_out(CallNumber number, const std::string& why) {
  Call* call = find(number);
  if (!call) return;
  Ending ending = failure(*call, Outcome::Timeout, ErrorCode::Internal, why, "server.timeout");
  if (is_use(call->kind)) ending.guard_result = core_.guard->observe(*call, read_text(why, true));
  finish(*call, std::move(ending));
}

void Calls::shut_down() {
  std::vector<CallNumber> open;
  for (const auto& [number, call] : calls_) open.push_back(number);
  for (const CallNumber number : open) {
    Call* call = find(number);
    if (!call) continue;
    leave_child(*call, "\"callgate ends\"");
    fail(*call, Outcome::Cancelled, ErrorCode::Internal, "callgate is shutting down",
         "gate.ending");
  }
}

void Calls::session_closed(SessionNumber session, const std::string& reason) {
  std::vector<CallNumber> open;
  for (const auto& [number, call] : calls_) {
    if (call->session == session) open.push_back(number);
  }
  for (const CallNumber number : open) client_gone(number, reason);
}

// Cancels the call's task or request at its child. The gate drops a later answer of the child.
void Calls::leave_child(Call& call, std::string_view reason_json) {
  if (!call.task.empty()) core_.tasks->call_gone(call.task);
  if (call.gate_id != 0) call.child->cancel(call.gate_id, reason_json);
}

Ending Calls::failure(const Call& call, Outcome outcome, ErrorCode code, const std::string& message,
                      std::string_view code_word) {
  Ending ending{.outcome = outcome, .error = message};
  if (outcome == Outcome::RpcError) ending.error_code = static_cast<int>(code);
  ending.answer = write_error(call.client.id, code, message, code_word);
  ending.answer_error = static_cast<int>(code);
  return ending;
}

void Calls::fail(Call& call, Outcome outcome, ErrorCode code, const std::string& message,
                 std::string_view code_word) {
  finish(call, failure(call, outcome, code, message, code_word));
}

void Calls::append_finished(Call& call, Ending& ending) {
  if (call.unkept)
    return core_.record.append(CallSkipped{.call = call.number, .at = core_.now.wall});
  core_.record.append(CallFinished{.call = call.number,
                                   .at = core_.now.wall,
                                   .outcome = ending.outcome,
                                   .duration = core_.now.monotonic - call.received.monotonic,
                                   .waited = call.waited,
                                   .rounds = call.rounds,
                                   .error_code = ending.error_code,
                                   .error = std::move(ending.error),
                                   .result = ending.result,
                                   .wire = ending.result.bytes,
                                   .touches = data_of_answer(call, ending.answered, core_),
                                   .facts = ending.guard_result.facts});
}

// Every call ends here, in whatever state it is. The only exception is the repeated decision on a
// subscription that stays allowed; see decided().
void Calls::finish(Call& call, Ending ending) {
  enter(call, CallState::Finishing);
  waiting_.erase(call.number);
  if (call.round.open > 0) core_.questions->call_gone(call.number);
  if (call.questions > 0) call.waited += core_.now.monotonic - call.asked_at;
  wake_never(call);
  // A call that ends before the rules have decided on it gets rows, too.
  if (!call.started && !call.unkept && keeps_refusal(call)) append_started(call);
  append_finished(call, ending);
  core_.guard->record(std::move(call.guard_result));
  core_.guard->record(std::move(ending.guard_result), ending.advised);
  if (call.again) return subscription_decided(call, ending.outcome);
  Session* session = call.stream == 0 ? core_.session(call.session) : nullptr;
  if (session) {
    if (!call.client_waits)
      session->detached_calls(-1);
    else if (session->closed(call.client.id, Session::OpenRequest::Where::Call, call.number) &&
             !ending.answer.empty())
      session->send_answer(call.client, std::move(ending.answer), ending.answer_error);
  }
  const uint32_t stream = call.stream;
  const std::string uri = stream == 0 ? std::string() : call.exposed;
  enter(call, CallState::Done);
  calls_.erase(call.number);
  if (stream != 0) core_.change_streams->decided(stream, uri, ending.outcome);
}

}  // namespace callgate
