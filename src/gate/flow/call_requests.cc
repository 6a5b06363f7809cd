// Calls that use no tool, prompt or resource: subscriptions, completion, and methods that MCP does
// not define. The gate decides on them and records them like all calls.
#include "call_endings.h"
#include "call_flow.h"
#include "call_forwarding.h"
#include "callgate/wire/edits.h"
#include "change_streams.h"
#include "gate/call/call_kinds.h"
#include "subscription_calls.h"

namespace callgate {

void CallForwarding::forward_request(Call& call) {
  const Child& child = *call.child;
  switch (call.kind) {
    case CallKind::Subscribe:
    case CallKind::Unsubscribe:
      return subscribe(call);
    case CallKind::Complete:
      if (!child.capability("completions") && !child.capability("prompts") &&
          !child.capability("resources"))
        return answer_ourselves(call,
                                call.client.era == Era::Modern
                                    ? R"({"resultType":"complete","completion":{"values":[]}})"
                                    : R"({"completion":{"values":[]}})");
      return send(call);
    default:
      return send(call);
  }
}

void CallForwarding::subscribe(Call& call) {
  Child& child = *call.child;
  const bool on = call.kind == CallKind::Subscribe;
  if (on && child.subscriptions.size() >= core_.options.limits.tools)
    return core_.endings->fail(call, Outcome::RpcError, ErrorCode::Internal,
                               "too many subscriptions at this server (limits.tools)",
                               "resource.full");
  if (call.origin == Call::Origin::Stream) {
    if (!core_.change_streams->watched(call.stream, child, call.name))
      return core_.endings->finish(
          call, {.outcome = Outcome::Cancelled, .error = "the client closed the stream"});
    if (call.rules != core_.rules)
      core_.subscription_calls->decide_again(child, kStreamBit | call.stream, call.name);
    return answer_ourselves(call, "{}");
  }
  const Session* session = core_.session(call.session);
  // In two cases the gate does not forward the request, but subscribes or unsubscribes itself: at a
  // modern server, which needs a stream of changes, and for a paused or revoked client, which may
  // only unsubscribe.
  const bool ours = child.era() == Era::Modern || (!on && session && session->stopped());
  if (ours) {
    child.subscriptions.watch(call.session, call.name, on);
    if (on && call.rules != core_.rules)
      core_.subscription_calls->decide_again(child, call.session, call.name);
    return answer_ourselves(call, "{}");
  }
  if (!on && child.subscriptions.has_others(call.session, call.name)) {
    child.subscriptions.set(call.session, call.name, false);
    return answer_ourselves(call, "{}");
  }
  send(call);
}

void CallForwarding::answer_ourselves(Call& call, std::string_view result) {
  core_.endings->finish(
      call, {.outcome = Outcome::Ok, .error = "", .answer = write_answer(call.client.id, result)});
}

void CallForwarding::request_answered(Call& call, const Rpc& rpc, const MessagePtr& message) {
  if (rpc.result.find("resultType").text_is("input_required"))
    return core_.endings->fail_by_question(
        call,
        "the server asked for input, which MCP allows for tools, prompts and "
        "resources only");
  if (rpc.kind == RpcKind::Answer && call.subject == RuleSpec::Subject::Resource &&
      call.kind != CallKind::Complete) {
    const bool on = call.kind == CallKind::Subscribe;
    call.child->subscriptions.set(call.session, call.name, on);
    // The rules may have changed while the server answered.
    if (on && call.rules != core_.rules)
      core_.subscription_calls->decide_again(*call.child, call.session, call.name);
  }
  const Session* session = core_.session(call.session);
  const bool is_result = rpc.kind == RpcKind::Answer;
  const Value payload = is_result ? rpc.result : rpc.error;
  Edits edits;
  edits.replace(rpc.id, call.client.id);
  Ending ending{.outcome = is_result ? Outcome::Ok : Outcome::RpcError, .error = ""};
  ending.answer_error =
      translate_answer(edits, rpc, call.child->era(),
                       session ? session->client.dialect(call.client.era) : Dialect{}, false);
  ending.answer = edits.apply(rpc.root);
  ending.result = {.owner = message, .bytes = payload.raw()};
  if (!is_result) {
    ending.error = rpc.error.find("message").text();
    ending.error_code = rpc.error.find("code").integer();
  }
  core_.endings->finish(call, std::move(ending));
}

}  // namespace callgate
