// Sends a call to its child, and handles the child's answer.
#include "call.h"
#include "call_kinds.h"
#include "callgate/base/text.h"
#include "callgate/wire/edits.h"
#include "callgate/wire/writer.h"
#include "child.h"
#include "held_questions.h"
#include "session.h"
#include "tasks.h"

namespace callgate {

namespace {

// True if the result is meant for programs. Many clients join the texts of a result and parse them
// as JSON; another text, such as the guard's advice, would make this JSON invalid.
bool is_for_programs(Value result) {
  if (result.find("structuredContent")) return true;
  for (const Value block : result.find("content")) {
    const std::string text = block.find("text").text();
    const std::string_view inner = trimmed(text, " \t\r\n");
    if (inner.empty()) continue;
    const bool object = inner.front() == '{' && inner.back() == '}';
    const bool array = inner.front() == '[' && inner.back() == ']';
    if (object || array) return true;
  }
  return false;
}

// Adds the advice to a tool's result as one more text after the tool's own texts, or to the `data`
// of an error. Returns false if the answer has no place for the advice.
bool add_advice(Edits& edits, const Call& call, const Rpc& rpc, const std::string& advice) {
  if (advice.empty() || call.kind != CallKind::Tool) return false;
  if (rpc.kind == RpcKind::Answer) {
    const Value content = rpc.result.find("content");
    if (!content.is_array() || is_for_programs(rpc.result)) return false;
    edits.append(content, R"({"type":"text","text":)" + quote(advice) + "}");
    return true;
  }
  if (!rpc.error.is_object()) return false;
  const std::string ours = "{\"advice\":" + quote(advice) + "}";
  const Value data = rpc.error.find("data");
  if (data && (!data.is_object() || data.find("callgate"))) return false;
  if (data)
    edits.add(data, "callgate", ours);
  else
    edits.add(rpc.error, "data", "{\"callgate\":" + ours + "}");
  return true;
}

}  // namespace

void Calls::forward(Call& call) {
  if (call.round.early) return answered_early(call);
  // The child may have ended while the row was written.
  if (!call.child->ready())
    return fail(call, Outcome::RpcError, ErrorCode::Internal, call.child->down_text(),
                "server.down");
  if (!is_use(call.kind)) return forward_request(call);
  if (call.rounds > 1) return go_on(call);
  if (!core_.held_questions->empty() && asks_first(call)) return;
  send_to_child(call);
}

void Calls::send_to_child(Call& call) {
  Child& child = *call.child;
  call.gate_id = child.next_id();
  const std::string gate_id = std::to_string(call.gate_id);
  Edits edits;
  edits.replace(call.root.find("id"), gate_id);
  if (call.name != call.exposed) {
    const Value holder = call.kind == CallKind::Complete ? call.params.find("ref") : call.params;
    edits.replace(holder.find("name"), quote(call.name));
  }
  if (!call.client_token.empty())
    edits.replace(call.params.find("_meta").find("progressToken"), gate_id);
  if (call.log_level >= 0) child.refresh_level();
  const Session* session = core_.session(call.session);
  translate_request(edits, call.root, call.client.era, child.era(),
                    session ? session->meta_for(child.era()) : ModernMeta{});
  if (child.era() == Era::Modern) add_round_members(call, edits);
  ChildRequest pending{
      .kind = is_use(call.kind) ? ChildRequest::Kind::Call : ChildRequest::Kind::Passed,
      .session = call.session,
      .client = call.client,
      .call = call.number,
      .token = call.client_token};
  if (!child.send(call.gate_id, std::move(pending), edits.apply(call.root))) {
    call.gate_id = 0;
    fail(call, Outcome::RpcError, ErrorCode::Internal,
         "the queue towards server '" + child.config().name + "' is full (limits.queue)",
         "server.full");
  }
}

void Calls::answered(CallNumber number, const Rpc& rpc, const MessagePtr& message) {
  Call* call = find(number);
  if (!call) return;
  const bool running = call->state == CallState::Running;
  if (!is_use(call->kind)) {
    if (running) request_answered(*call, rpc, message);
    return;
  }
  // The client's next round has not arrived yet, or the answers in it are not recorded yet. Until
  // then, the gate keeps the child's answer.
  if (call->task.empty() && !(running && call->client_waits)) {
    call->round.early = message;
    return;
  }
  const Era era = call->child->era();
  if (era == Era::Modern && rpc.result.find("resultType").text_is("input_required"))
    return input_required(*call, rpc, message);
  if (rpc.kind == RpcKind::ErrorAnswer && wants_pages(*call, rpc)) return;
  if (became_task(*call, rpc)) return;
  Session* session = core_.session(call->session);
  Edits edits;
  edits.replace(rpc.id, call->client.id);
  const Dialect dialect = session ? session->dialect(call->client.era) : Dialect{};
  Ending ending;
  ending.answer_error =
      translate_answer(edits, rpc, era, dialect, call->kind == CallKind::Resource);
  const bool is_result = rpc.kind == RpcKind::Answer;
  ending.guard_result =
      core_.guard->observe(*call, is_result ? read_answer(rpc.result) : read_error(rpc.error));
  ending.advised = add_advice(edits, *call, rpc, ending.guard_result.advice);
  const Value payload = rpc.kind == RpcKind::Answer ? rpc.result : rpc.error;
  ending.answer = edits.apply(rpc.root);
  ending.result = {.owner = message, .bytes = payload.raw()};
  ending.answered = rpc.result;
  const bool tool_error = call->kind == CallKind::Tool && rpc.kind == RpcKind::Answer &&
                          rpc.result.find("isError").boolean().value_or(false);
  if (rpc.kind == RpcKind::ErrorAnswer) {
    ending.outcome = Outcome::RpcError;
    ending.error = rpc.error.find("message").text();
    ending.error_code = rpc.error.find("code").integer();
  } else {
    ending.outcome = tool_error ? Outcome::ToolError : Outcome::Ok;
    learn_links(*call, rpc.result);
  }
  // The call failed because the server wanted to ask a question that this client does not support.
  // The modern era has an error code for this case.
  if (!call->missing.empty() && ending.outcome != Outcome::Ok) {
    ending.answer_error = static_cast<int>(ErrorCode::MissingCapability);
    ending.answer =
        write_error_with(call->client.id, ErrorCode::MissingCapability,
                         "the server needs a capability that this client lacks: " + call->missing,
                         missing_capability(call->missing));
  }
  finish(*call, std::move(ending));
}

// A client can read a URI that a result names even if no list has it (MCP 2025-11-25 "Tools",
// resource links).
void Calls::learn_links(const Call& call, Value result) {
  constexpr size_t kLooked = 1000;  // items of one result; bounds the work for it
  const auto learn = [&](Value uri) {
    if (uri.is_string()) core_.catalog.learn(call.child->configured(), uri.text());
  };
  const auto look = [&](Value content) {
    const Value type = content.find("type");
    if (type.text_is("resource_link")) learn(content.find("uri"));
    if (type.text_is("resource")) learn(content.find("resource").find("uri"));
  };
  size_t looked = 0;
  for (const std::string_view list : {"content", "messages", "contents"}) {
    const Value items = result.find(list);
    if (!items.is_array()) continue;
    for (const Value item : items) {
      if (++looked > kLooked) return;
      if (list == "content") look(item);
      if (list == "messages") look(item.find("content"));
      if (list == "contents") learn(item.find("uri"));
    }
  }
}

}  // namespace callgate
