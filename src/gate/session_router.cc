#include "session_router.h"

#include "callgate/protocol/translate.h"
#include "callgate/wire/edits.h"
#include "gate/call/guard_adapter.h"
#include "gate/call/refusals.h"
#include "gate/flow/call_endings.h"
#include "gate/flow/call_flow.h"
#include "gate/flow/change_streams.h"
#include "gate/flow/questions.h"
#include "gate/flow/retries.h"
#include "gate/flow/tasks.h"

namespace callgate {

namespace {
constexpr size_t kMethodShown = 256;  // bytes of an unknown method in an error
}  // namespace

void SessionRouter::call(Session& session, const Rpc& rpc, const MessagePtr& message,
                         CallKind kind) {
  core_.flow->receive(session, rpc, message, kind);
}

void SessionRouter::unknown_method(Session& session, const Rpc& rpc, const MessagePtr& message) {
  const std::string method = rpc.method.text();
  Call& call =
      core_.calls->add(session.number(), CallKind::Method, RuleSpec::Subject::Method, core_.now);
  call.exposed = method;
  core_.flow->read(call, rpc, message, session);
  call.decision = {.permission = Permission::Deny,
                   .rule = "built-in: names of methods",
                   .because =
                       "MCP defines no such request for clients, or only in another era or with "
                       "another spelling"};
  core_.endings->fail(call, Outcome::Denied, ErrorCode::MethodNotFound,
                      "method not found: " + method.substr(0, kMethodShown), "rpc.unknown_method");
}

void SessionRouter::task_request(Session& session, const Rpc& rpc, const MessagePtr& message) {
  core_.tasks->request(session, rpc, message);
}

void SessionRouter::open_stream(Session& session, const Rpc& rpc, const MessagePtr& message) {
  core_.change_streams->open(session, rpc, message);
}

void SessionRouter::cancelled(Session& session, const std::string& id, const OpenRequest& request,
                              std::string_view reason_json) {
  switch (request.where) {
    case OpenRequest::Where::Call:
      core_.endings->cancel(request.number, reason_json);
      break;
    case OpenRequest::Where::Child:
      core_.pool[request.child].cancel(request.gate_id, reason_json);
      session.requests.close(id, request.where, request.gate_id);
      break;
    case OpenRequest::Where::List:
      session.requests.close(id, request.where, 0);
      break;
    case OpenRequest::Where::Stream:
      core_.change_streams->ended(request.number, false);
      break;
  }
}

void SessionRouter::cancelled_too_late(Session& session, const std::string& id) {
  core_.retries->answer_missed(session, id);
}

void SessionRouter::refused(Session& session, const RefusedRequest& request, ErrorCode code,
                            const std::string& why) {
  core_.refusals->record(session, request, code, why);
}

void SessionRouter::answered_question(Session& session, const Rpc& rpc, const MessagePtr& message) {
  core_.questions->answered(session, rpc, message);
}

void SessionRouter::unusable_answer(Session& session, std::string_view id, const std::string& why) {
  core_.questions->unusable(session, id, why);
}

void SessionRouter::progress_of_question(Session& session, const Rpc& rpc) {
  core_.questions->progress(session, rpc);
}

// Forwards the notification to the children whose handshake was made for a client with roots.
// MCP defines no params for it except `_meta`; others are left out, because no rule decides on
// them.
void SessionRouter::roots_changed(Session& session, const Rpc& rpc) {
  bool others = rpc.params && !rpc.params.is_object();
  if (rpc.params.is_object())
    for (const Value member : rpc.params) others = others || !member.key_is("_meta");
  Edits edits;
  if (others)
    edits.drop(rpc.root.find("params"));
  else
    leave_out_nulls(edits, rpc.root);
  for (const auto& child : core_.pool) {
    if (!child->users.contains(session.number()) || !session.sees(child->configured()) ||
        !child->peer.declared_roots())
      continue;
    const bool up = child->ready() || child->life.state() == ChildLife::State::Listing;
    if (up && child->era() == Era::Legacy) child->send(edits.apply(rpc.root));
  }
}

void SessionRouter::log_level_changed() {
  for (const auto& child : core_.pool) child->messages.refresh_log_level();
}

void SessionRouter::named(Session& session) {
  core_.guard->opened(session.number(), session.client.name(), session.client.memory_key());
}

void SessionRouter::closed(Session& session, const ClientRequests::Table& requests,
                           const std::string& reason) {
  for (const auto& [id, request] : requests) {
    if (request.where == OpenRequest::Where::Call)
      core_.endings->client_gone(request.number, reason);
    if (request.where == OpenRequest::Where::Child)
      core_.pool[request.child].cancel(request.gate_id, "");
    if (request.where == OpenRequest::Where::Stream)
      core_.change_streams->ended(request.number, false);
  }
  const SessionNumber number = session.number();
  core_.endings->session_closed(number, reason);
  core_.retries->session_closed(number);
  core_.questions->session_gone(number);
  for (const auto& child : core_.pool) child->subscriptions.forget(number);
  core_.pool.leave_all(number);
  core_.refusals->sum_up(session);
}

void SessionRouter::retry_failed_lists(Session& session) {
  for (const auto& child : core_.pool)
    if (child->users.contains(session.number())) child->lists.retry_failed();
}

}  // namespace callgate
