#include "call_forwarding.h"

#include "call_endings.h"
#include "call_flow.h"
#include "callgate/wire/edits.h"
#include "callgate/wire/writer.h"
#include "gate/call/added_text.h"
#include "gate/call/call_kinds.h"
#include "held_questions.h"
#include "retries.h"
#include "rounds.h"
#include "tasks.h"

namespace callgate {

void CallForwarding::forward(Call& call) {
  if (call.round.early) return core_.rounds->answered_early(call);
  if (core_.retries->takes(call)) return;
  // The child may have ended while the row was written.
  if (!call.child->ready())
    return core_.endings->fail(call, Outcome::RpcError, ErrorCode::Internal,
                               call.child->life.down_text(), "server.down");
  if (!is_use(call.kind)) return forward_request(call);
  if (call.round.number > 1) return core_.rounds->go_on(call);
  if (!core_.held_questions->empty() && core_.rounds->asks_first(call)) return;
  send(call);
}

void CallForwarding::send_if_ready(Call& call) {
  if (call.child->ready()) return send(call);
  core_.endings->fail(call, Outcome::RpcError, ErrorCode::Internal, call.child->life.down_text(),
                      "server.down");
}

void CallForwarding::send(Call& call) {
  Child& child = *call.child;
  const int64_t request = child.requests.next_id();
  const std::string id = std::to_string(request);
  Edits edits;
  edits.replace(call.root.find("id"), id);
  if (call.name != call.exposed) {
    const Value holder = call.kind == CallKind::Complete ? call.params.find("ref") : call.params;
    edits.replace(holder.find("name"), quote(call.name));
  }
  if (!call.client_token.empty())
    edits.replace(call.params.find("_meta").find("progressToken"), id);
  if (call.log_level >= 0) child.messages.refresh_log_level();
  const Session* session = core_.session(call.session);
  translate_request(edits, call.root, call.client.era, child.era(),
                    session ? session->client.meta_for(child.era()) : ModernMeta{});
  if (child.era() == Era::Modern) core_.rounds->add_members(call, edits);
  const auto kind = is_use(call.kind) ? ChildRequest::Kind::Call : ChildRequest::Kind::Passed;
  if (!child.send(request, {.kind = kind, .call = call.number}, edits.apply(call.root)))
    return core_.endings->fail(
        call, Outcome::RpcError, ErrorCode::Internal,
        "server '" + child.config().name +
            "' takes no message now: its queue is full (limits.queue), or it is ending",
        "server.full");
  call.sent = true;
  core_.flow->enter(call, AtChild{request});
}

void CallForwarding::answered(CallNumber number, const Rpc& rpc, const MessagePtr& message) {
  Call* call = core_.calls->find(number);
  if (!call) return;
  if (call->is<AtChild>()) return take_answer(*call, rpc, message);
  // The client's next round has not arrived yet, or the answers in it are not recorded yet. Until
  // then, the gate keeps the child's answer.
  call->round.early = message;
}

void CallForwarding::take_answer(Call& call, const Rpc& rpc, const MessagePtr& message) {
  if (!is_use(call.kind)) return request_answered(call, rpc, message);
  if (call.child->era() == Era::Modern && rpc.result.find("resultType").text_is("input_required"))
    return core_.rounds->input_required(call, rpc, message);
  if (rpc.kind == RpcKind::ErrorAnswer && core_.rounds->wants_pages(call, rpc)) return;
  if (became_task(call, rpc)) return;
  end_with(call, rpc, message);
}

void CallForwarding::end_with(Call& call, const Rpc& rpc, const MessagePtr& message) {
  const Session* session = core_.session(call.session);
  const bool is_result = rpc.kind == RpcKind::Answer;
  Edits edits;
  edits.replace(rpc.id, call.client.id);
  const Dialect dialect = session ? session->client.dialect(call.client.era) : Dialect{};
  Ending ending;
  ending.answer_error =
      translate_answer(edits, rpc, call.child->era(), dialect, call.kind == CallKind::Resource);
  ending.guard_result =
      core_.guard->observe(call, is_result ? read_answer(rpc.result) : read_error(rpc.error));
  ending.advised = add_text(edits, call, rpc, "advice", ending.guard_result.advice);
  const Value payload = is_result ? rpc.result : rpc.error;
  ending.answer = edits.apply(rpc.root);
  ending.result = {.owner = message, .bytes = payload.raw()};
  ending.answered = rpc.result;
  ending.server_answer = message;
  if (is_result) {
    const bool tool_error =
        call.kind == CallKind::Tool && rpc.result.find("isError").boolean().value_or(false);
    ending.outcome = tool_error ? Outcome::ToolError : Outcome::Ok;
    learn_links(call, rpc.result);
  } else {
    ending.outcome = Outcome::RpcError;
    ending.error = rpc.error.find("message").text();
    ending.error_code = rpc.error.find("code").integer();
  }
  // The call failed because the server wanted to ask a question that this client does not support.
  // The modern era has an error code for this case.
  if (!call.missing.empty() && ending.outcome != Outcome::Ok) {
    ending.answer_error = static_cast<int>(ErrorCode::MissingCapability);
    ending.answer =
        write_error_with(call.client.id, ErrorCode::MissingCapability,
                         "the server needs a capability that this client lacks: " + call.missing,
                         missing_capability(call.missing));
  }
  core_.endings->finish(call, std::move(ending));
}

void CallForwarding::answer_detached(Call& call, std::string answer) {
  Session* session = core_.session(call.session);
  if (!session) return;
  session->detached_calls(+1);
  if (session->requests.close(call.client.id, OpenRequest::Where::Call, call.number))
    session->output.send_answer(call.client, std::move(answer), 0);
}

bool CallForwarding::became_task(Call& call, const Rpc& rpc) {
  const Value id = task_id(call, rpc);
  if (!id) return false;
  const int64_t request = call.child_request();
  Edits edits;
  edits.replace(rpc.id, call.client.id);
  std::string task = core_.tasks->adopt(call, rpc, id, edits);
  // The task reports its progress with the same token.
  if (!call.client_token.empty())
    call.child->requests.add(request, {.kind = ChildRequest::Kind::Progress, .call = call.number},
                             {});
  core_.flow->enter(call, BecameTask{std::move(task), request}, CallDeadline::Task,
                    call.child->config().call_cap);
  answer_detached(call, edits.apply(rpc.root));
  core_.rounds->hold_requests(call);
  return true;
}

void CallForwarding::task_ended(CallNumber number, Ending ending, const GuardAnswer* answer) {
  Call* call = core_.calls->find(number);
  if (!call) return;
  if (const BecameTask* task = call->in<BecameTask>())
    call->child->requests.take(task->progress_id);
  if (answer) ending.guard_result = core_.guard->observe(*call, *answer);
  core_.endings->finish(*call, std::move(ending));
}

void CallForwarding::progress(const Call& call, const Rpc& rpc, Value token) {
  Session* session = core_.session(call.session);
  if (!session) return;
  Edits edits;
  edits.replace(token, call.client_token);
  session->output.notify(edits.apply(rpc.root), call.client.exchange);
}

void CallForwarding::log_message(CallNumber number, int level, const Rpc& rpc) {
  const Call* call = core_.calls->find(number);
  if (!call || call->log_level < 0 || level < call->log_level || call->detached()) return;
  if (Session* session = core_.session(call->session))
    session->output.notify(std::string(rpc.root.raw()), call->client.exchange);
}

// A client can read a URI that a result names even if no list has it (MCP 2025-11-25 "Tools",
// resource links).
void CallForwarding::learn_links(const Call& call, Value result) {
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
