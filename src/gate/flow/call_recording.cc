// Records a call, and continues when its rows are durable.
#include "call_endings.h"
#include "call_flow.h"
#include "call_forwarding.h"
#include "callgate/base/log.h"
#include "gate/call/accessed_data.h"
#include "gate/call/call_kinds.h"
#include "gate/call/refusals.h"

namespace callgate {

void CallFlow::record(Call& call) {
  enter(call, Recording{});
  if (!call.rows.started) {
    const bool allowed = call.decision.permission == Permission::Allow;
    if (!allowed && !core_.refusals->gets_row(call)) return core_.endings->refuse(call);
    append_started(call);
  }
  // In a later round, the row of CallStarted is durable already.
  if (call.rows.unwritten == 0) rows_are_durable(call);
}

void CallFlow::append_started(Call& call) {
  call.rows.started = true;
  // A call that ends before the rules have decided on it cannot access anything.
  if (call.decision.permission != Permission::None) call.touches = data_of_call(call, core_);
  CallStarted event{
      .call = call.number,
      .session = call.session,
      .at = call.received.wall,
      .kind = call.kind,
      .server = call.child ? call.child->config().name : "",
      .account = call.child ? std::string(call.child->config().account()) : std::string(),
      .tool = call.name.empty() ? call.exposed : call.name,
      .exposed = call.exposed,
      .era = name(call.client.era),
      .read_only = core_.guard->reads(call),
      .client_id = call.client.id,
      .permission = call.decision.permission,
      .rule = call.decision.rule,
      .because = call.decision.because,
      .touches = call.touches};
  // The digest covers all params, because a server may read more than the arguments.
  if (call.params) {
    event.args.owner = call.message;
    event.wire = call.params.raw();
    const Value kept = is_use(call.kind)                   ? call.args
                       : call.kind > CallKind::Unsubscribe ? call.params
                                                           : Value();
    if (kept) event.args.bytes = kept.raw();
  }
  ++call.rows.unwritten;
  core_.record.append(std::move(event));
  if (!is_use(call.kind) || call.decision.permission != Permission::Allow) return;
  AskedQuestions none;  // the client was not asked anything before the first round
  if (const Value stray = call.params.find("inputResponses")) record_answers(call, stray, none);
}

void CallFlow::record_answers(Call& call, Value responses, AskedQuestions& asked) {
  call.rows.unwritten += core_.answers->brought(
      {.session = call.session,
       .server = call.child ? call.child->config().name : "",
       .call = call.number,
       .message = call.message,
       .responses = responses},
      asked,
      [this, number = call.number](const Error* failure) { answer_recorded(number, failure); });
}

void CallFlow::recorded(CallNumber number) {
  Call* call = core_.calls->find(number);
  if (!call || !call->is<Recording>()) return;
  if (--call->rows.unwritten == 0) rows_are_durable(*call);
}

void CallFlow::answer_recorded(CallNumber number, const Error* failure) {
  Call* call = core_.calls->find(number);
  if (!call) return;
  if (failure) call->rows.failure = failure->text();
  if (--call->rows.unwritten == 0 && call->is<Recording>()) rows_are_durable(*call);
}

void CallFlow::rows_are_durable(Call& call) {
  if (!call.rows.failure.empty())
    return core_.endings->fail(
        call, Outcome::RpcError, ErrorCode::Internal,
        "an answer of the client could not be recorded, so the server did not get it: " +
            call.rows.failure,
        "record.failed");
  if (call.decision.permission != Permission::Allow) return core_.endings->refuse(call);
  core_.forwarding->forward(call);
}

void CallFlow::record_failed(CallNumber number, const Error& error) {
  Call* call = core_.calls->find(number);
  if (!call || !call->is<Recording>()) return;
  if (core_.options.on_failure == RecordConfig::OnFailure::Allow) {
    log::warn("a call is made although it could not be recorded (record.on_failure is allow): {}",
              error.text());
    return recorded(number);
  }
  core_.endings->fail(*call, Outcome::RpcError, ErrorCode::Internal,
                      "the call could not be recorded, so it was not made: " + error.text(),
                      "record.failed");
}

}  // namespace callgate
