#include "child_router.h"

#include <utility>

#include "callgate/protocol/modern.h"
#include "callgate/wire/edits.h"
#include "gate/call/calls.h"
#include "gate/call/guard_adapter.h"
#include "gate/flow/call_endings.h"
#include "gate/flow/call_flow.h"
#include "gate/flow/call_forwarding.h"
#include "gate/flow/change_streams.h"
#include "gate/flow/questions.h"
#include "gate/flow/retries.h"
#include "gate/flow/tasks.h"

namespace callgate {

void ChildRouter::answered(Child& child, const ChildRequest& request, const Rpc& rpc,
                           const MessagePtr& message) {
  if (request.task) return core_.tasks->answered(child, *request.task, rpc, message);
  core_.forwarding->answered(request.call, rpc, message);
}

void ChildRouter::lost(const ChildRequest& request, const std::string& why) {
  if (request.is_left()) return core_.retries->lost(request.call);
  if (request.is_call()) return core_.endings->child_lost(request.call, why);
  Session* session = request.task ? core_.session(request.task->session) : nullptr;
  if (!session) return;
  session->requests.close(request.task->client.id, OpenRequest::Where::Child, request.id);
  session->output.fail(request.task->client, ErrorCode::Internal, why, "server.gone");
}

void ChildRouter::timed_out(const ChildRequest& request, const std::string& why) {
  if (request.is_call()) return core_.endings->timed_out(request.call, why);
  Session* session = request.task ? core_.session(request.task->session) : nullptr;
  if (session &&
      session->requests.close(request.task->client.id, OpenRequest::Where::Child, request.id))
    session->output.fail(request.task->client, ErrorCode::Internal, why, "server.timeout");
}

void ChildRouter::answered_late(const ChildRequest& request, const Rpc& rpc,
                                const MessagePtr& message) {
  core_.retries->answered(request.call, rpc, message);
}

void ChildRouter::asked(Child& child, const Rpc& rpc, const MessagePtr& message) {
  core_.questions->ask(child, rpc, message);
}

void ChildRouter::cancelled_question(Child& child, const Rpc& rpc) {
  core_.questions->cancelled_by(child, rpc);
}

bool ChildRouter::progressed(CallNumber number, const Rpc& rpc, Value token) {
  const bool for_retries = core_.retries->progressed(number, rpc, token);
  const Call* call = core_.calls->find(number);
  if (!call || call->client_token.empty()) return for_retries;
  core_.forwarding->progress(*call, rpc, token);
  return true;
}

// A legacy client gets the log messages of the level that it has set. A modern client asks for log
// messages with each request. On stdio, the gate can be certain which request a log message is
// about only if the child has a single request.
void ChildRouter::logged(Child& child, const Rpc& rpc) {
  const int level = log_level(rpc.params.find("level").text());
  // If exactly one session has pending requests here, the message is for that session.
  const std::set<SessionNumber> busy = child.requests.busy_sessions();
  for (const SessionNumber number : busy.size() == 1 ? busy : child.users.sessions()) {
    Session* session = core_.session(number);
    if (!session || !session->client.initialized()) continue;
    const int wanted = session->client.log_level();
    if (wanted >= 0 && level >= 0 && level < wanted) continue;
    session->output.notify(std::string(rpc.root.raw()), child.requests.only_exchange_of(number));
  }
  if (const CallNumber call = child.requests.only_call())
    core_.forwarding->log_message(call, level, rpc);
}

void ChildRouter::updated(Subscriber who, const Rpc& rpc) {
  if (who & kStreamBit) return core_.change_streams->updated(static_cast<StreamNumber>(who), rpc);
  Session* session = core_.session(static_cast<SessionNumber>(who));
  if (!session) return;
  Edits edits;  // the client must not see the id of our own stream
  if (const Value ours = rpc.params.find("_meta").find(kMetaSubscription)) edits.drop(ours);
  session->output.notify(edits.apply(rpc.root), 0);
}

void ChildRouter::changed_task(Child& child, const Rpc& rpc, const MessagePtr& message) {
  core_.tasks->status_changed(child, rpc, message);
}

void ChildRouter::completed_elicitation(SessionNumber number, const Rpc& rpc) {
  if (Session* session = core_.session(number))
    session->output.notify(std::string(rpc.root.raw()), 0);
}

void ChildRouter::restarted(const Child& child) {
  core_.guard->server_changed(child.config().name);
}

// Checks again all list requests, streams and calls that wait for a server.
void ChildRouter::settled() {
  for (const auto& [number, session] : core_.sessions) session->lists.check_requests(false);
  list_news_.settled();
  core_.change_streams->retry();
  core_.flow->retry_waiting();
}

void ChildRouter::gone(Child& child) {
  core_.questions->child_gone(child.number());
  core_.tasks->child_gone(child.number());
}

Requester ChildRouter::requester_of(const ChildRequest& request) const {
  if (request.task) return {request.task->session, request.task->client.exchange};
  if (request.is_left()) return {core_.retries->session_of(request.call), 0};
  const Call* call = core_.calls->find(request.call);
  return call ? Requester{call->session, call->client.exchange} : Requester{};
}

bool ChildRouter::has_tasks(SessionNumber session, ChildIndex child) const {
  return core_.tasks->any(session, child);
}

std::string ChildRouter::common_capabilities(const std::set<SessionNumber>& sessions) {
  std::string common = "{}";
  bool first = true;
  for (const SessionNumber number : sessions) {
    const Session* session = core_.session(number);
    if (!session) continue;
    const std::string own = session->client.child_capabilities();
    if (std::exchange(first, false)) {
      common = own;
      continue;
    }
    const Result<MessagePtr> a = core_.walker.walk(common), b = core_.walker.walk(own);
    common = a && b ? callgate::common_capabilities((*a)->root(), (*b)->root()) : "{}";
  }
  return common;
}

int ChildRouter::log_level_for(const std::set<SessionNumber>& sessions) const {
  int lowest = core_.calls->lowest_log_level();
  for (const SessionNumber number : sessions) {
    const Session* session = core_.session(number);
    const int wanted = session ? session->client.log_level() : -1;
    if (wanted >= 0 && (lowest < 0 || wanted < lowest)) lowest = wanted;
  }
  return lowest;
}

}  // namespace callgate
