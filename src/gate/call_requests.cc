// Calls that use no tool, prompt or resource: subscriptions, completion, and methods that MCP does
// not define. The gate decides on them and records them like all calls.
#include "call.h"
#include "call_kinds.h"
#include "change_streams.h"
#include "child.h"
#include "session.h"

namespace callgate {

void Calls::watch(Session& session, const StreamRequest& stream, const std::string& uri) {
  auto made = std::make_unique<Call>();
  Call& call = *made;
  call.number = ++last_;
  call.session = session.number();
  call.client = stream.client;
  call.client_waits = false;
  call.stream = stream.number;
  call.kind = CallKind::Subscribe;
  call.subject = RuleSpec::Subject::Resource;
  call.exposed = uri;
  call.message = stream.message;
  call.root = stream.message->root();
  call.params = stream.params;
  call.received = core_.now;
  calls_.emplace(call.number, std::move(made));
  route(call, false);
}

// Refuses an odd URI, because a server may read it differently from the rules.
void Calls::refuse_uri(Call& call) {
  call.decision = {.verdict = Verdict::Deny,
                   .rule = "built-in: characters of a URI",
                   .because = "the URI contains white space, a control character or a backslash"};
  fail(call, Outcome::Denied, ErrorCode::InvalidParams,
       "the URI contains white space, a control character or a backslash. No URI may have these, "
       "and servers read them in different ways, so the request was not sent; percent-encode the "
       "character (a space is %20), or write the URI exactly as a list of resources has it",
       "resource.characters");
}

// A request with an unknown method does not name a server, so the gate can forward it only if a
// single server is configured. The request never waits for the server's start, because a client
// that only tries out the method should get its answer quickly.
void Calls::route_method(Call& call) {
  Session& session = *core_.session(call.session);
  const auto& all = core_.registry.order();
  Child* only =
      all.size() == 1 && session.sees(all.front()) ? session.child_of(all.front()) : nullptr;
  if (only && only->ready()) return route_to_child(call, only);
  fail(call, Outcome::RpcError, not_found_code(call), not_found_text(call),
       not_found_word(call.kind));
}

void Calls::forward_request(Call& call) {
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
      return send_to_child(call);
    default:
      return send_to_child(call);
  }
}

void Calls::subscribe(Call& call) {
  Child& child = *call.child;
  const bool on = call.kind == CallKind::Subscribe;
  if (on && child.subscriptions() >= core_.options.limits.tools)
    return fail(call, Outcome::RpcError, ErrorCode::Internal,
                "too many subscriptions at this server (limits.tools)", "resource.full");
  if (call.stream != 0) {
    if (!core_.change_streams->watched(call.stream, child, call.name))
      return finish(call, {.outcome = Outcome::Cancelled, .error = "the client closed the stream"});
    if (call.rules != core_.rules) decide_again(child, kStreamBit | call.stream, call.name);
    return answer_ourselves(call, "{}");
  }
  const Session* session = core_.session(call.session);
  // In two cases the gate does not forward the request, but subscribes or unsubscribes itself: at a
  // modern server, which needs a stream of changes, and for a paused or revoked client, which may
  // only unsubscribe.
  const bool ours = child.era() == Era::Modern || (!on && session && session->stopped());
  if (ours) {
    child.watch(call.session, call.name, on);
    if (on && call.rules != core_.rules) decide_again(child, call.session, call.name);
    return answer_ourselves(call, "{}");
  }
  if (!on && child.others_subscribed(call.session, call.name)) {
    child.subscriber(call.session, call.name, false);
    return answer_ourselves(call, "{}");
  }
  send_to_child(call);
}

void Calls::answer_ourselves(Call& call, std::string_view result) {
  finish(call,
         {.outcome = Outcome::Ok, .error = "", .answer = write_answer(call.client.id, result)});
}

void Calls::request_answered(Call& call, const Rpc& rpc, const MessagePtr& message) {
  if (rpc.result.find("resultType").text_is("input_required"))
    return fail_by_question(call,
                            "the server asked for input, which MCP allows for tools, prompts and "
                            "resources only");
  if (rpc.kind == RpcKind::Answer && call.subject == RuleSpec::Subject::Resource &&
      call.kind != CallKind::Complete) {
    const bool on = call.kind == CallKind::Subscribe;
    call.child->subscriber(call.session, call.name, on);
    // The rules may have changed while the server answered.
    if (on && call.rules != core_.rules) decide_again(*call.child, call.session, call.name);
  }
  const Session* session = core_.session(call.session);
  const bool is_result = rpc.kind == RpcKind::Answer;
  const Value payload = is_result ? rpc.result : rpc.error;
  Edits edits;
  edits.replace(rpc.id, call.client.id);
  Ending ending{.outcome = is_result ? Outcome::Ok : Outcome::RpcError, .error = ""};
  ending.answer_error =
      translate_answer(edits, rpc, call.child->era(),
                       session ? session->dialect(call.client.era) : Dialect{}, false);
  ending.answer = edits.apply(rpc.root);
  ending.result = {.owner = message, .bytes = payload.raw()};
  if (!is_result) {
    ending.error = rpc.error.find("message").text();
    ending.error_code = rpc.error.find("code").integer();
  }
  finish(call, std::move(ending));
}

}  // namespace callgate
