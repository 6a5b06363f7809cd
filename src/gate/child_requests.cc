// The pending requests to a child, by our ids, and their time-outs.
#include <algorithm>

#include "call_endings.h"
#include "callgate/protocol/text.h"
#include "child.h"
#include "session.h"
#include "tasks.h"

namespace callgate {

namespace {
// The time-out of a probe, which a server of the legacy era might never answer.
constexpr Nanos kProbe = std::chrono::seconds(5);
// The time-out of a list that the server does not declare, and might never answer.
constexpr Nanos kUndeclared = std::chrono::seconds(1);
}  // namespace

bool Child::send(std::string bytes) { return core_.child_processes.send(child_, std::move(bytes)); }

bool Child::is_undeclared_list(const ChildRequest& pending) const {
  return pending.kind == ChildRequest::Kind::List &&
         listings_[static_cast<size_t>(pending.list)].undeclared;
}

bool Child::send(int64_t id, ChildRequest pending, std::string bytes) {
  if (!send(std::move(bytes))) return false;
  if (pending.is_for_client()) used();
  const bool undeclared = is_undeclared_list(pending);
  const bool timed =
      pending.kind == ChildRequest::Kind::Call || pending.kind == ChildRequest::Kind::Passed ||
      pending.kind == ChildRequest::Kind::Task || pending.kind == ChildRequest::Kind::Discover ||
      pending.kind == ChildRequest::Kind::Quiet || undeclared ||
      (pending.kind == ChildRequest::Kind::List && ready());
  ChildRequest& stored = child_requests_.emplace(id, std::move(pending)).first->second;
  if (!timed) return true;
  stored.cap = core_.now.monotonic + (stored.kind == ChildRequest::Kind::Discover ? kProbe
                                      : undeclared                                ? kUndeclared
                                                   : Nanos(config().call_cap));
  renew(id, stored);
  return true;
}

void Child::renew(int64_t id, ChildRequest& pending) {
  Deadline deadline{
      .at = pending.due, .kind = Deadline::Kind::Request, .owner = child_, .request = id};
  if (pending.due != Nanos{}) core_.deadlines.remove(deadline);
  pending.due = std::min<Nanos>(core_.now.monotonic + config().call_timeout, pending.cap);
  deadline.at = pending.due;
  core_.deadlines.add(deadline);
}

void Child::drop(int64_t id) {
  const auto found = child_requests_.find(id);
  if (found == child_requests_.end()) return;
  if (found->second.is_for_client()) used();
  if (found->second.due != Nanos{})
    core_.deadlines.remove(
        {.at = found->second.due, .kind = Deadline::Kind::Request, .owner = child_, .request = id});
  child_requests_.erase(found);
}

void Child::cancel(int64_t id, std::string_view reason_json) {
  if (!child_requests_.contains(id)) return;
  drop(id);
  std::string params = "{\"requestId\":" + std::to_string(id);
  if (!reason_json.empty()) params += ",\"reason\":" + std::string(reason_json);
  send(write_notification("notifications/cancelled", params + "}"));
}

void Child::request_due(int64_t id) {
  const auto found = child_requests_.find(id);
  if (found == child_requests_.end()) return;
  if (is_undeclared_list(found->second)) return undeclared_list_due(id);
  ChildRequest pending = found->second;
  const bool capped = pending.due >= pending.cap;
  child_requests_.erase(found);
  send(write_notification("notifications/cancelled",
                          "{\"requestId\":" + std::to_string(id) + ",\"reason\":\"timed out\"}"));
  const std::string why = "server '" + config().name + "' did not answer in time (" +
                          (capped ? "call_cap" : "call_timeout") + ")";
  if (pending.is_call()) return core_.endings->timed_out(pending.call, why);
  if (pending.kind == ChildRequest::Kind::List)
    return list_failed(pending.list, "it did not answer in time");
  if (pending.kind == ChildRequest::Kind::Quiet) return;
  if (pending.kind == ChildRequest::Kind::Discover)
    return config().era == ServerEra::Modern ? fail_start("it did not answer server/discover")
                                             : restart_as_legacy();
  if (close_task_request(pending, id))
    core_.session(pending.task->session)
        ->fail(pending.task->client, ErrorCode::Internal, why, "server.timeout");
}

bool Child::close_task_request(const ChildRequest& request, int64_t id) {
  Session* session = request.task ? core_.session(request.task->session) : nullptr;
  return session &&
         session->closed(request.task->client.id, Session::OpenRequest::Where::Child, id);
}

Child::Requester Child::requester_of(const ChildRequest& request) const {
  if (request.task) return {request.task->session, request.task->client.exchange};
  if (request.call == 0) return {};
  const Call* call = core_.calls->find(request.call);
  return call ? Requester{call->session, call->client.exchange} : Requester{};
}

std::set<SessionNumber> Child::busy_sessions() const {
  std::set<SessionNumber> busy;
  for (const auto& [id, request] : child_requests_) {
    if (!request.is_for_client() || request.kind == ChildRequest::Kind::Progress) continue;
    busy.insert(requester_of(request).session);
  }
  return busy;
}

bool Child::tied_to(SessionNumber session) const {
  for (const auto& [id, request] : child_requests_)
    if (request.task && request.task->session == session) return true;
  for (const auto& [uri, who] : subscribers_)
    if (who.contains(session)) return true;
  return in_use_by(session) || core_.tasks->any(session, child_);
}

bool Child::busy() const {
  return in_use() || std::any_of(child_requests_.begin(), child_requests_.end(),
                                 [](const auto& each) { return each.second.task != nullptr; });
}

size_t Child::calls() const {
  size_t count = 0;
  for (const auto& [id, pending] : child_requests_) {
    if (pending.kind == ChildRequest::Kind::Call) ++count;
  }
  return count;
}

CallNumber Child::only_call() const {
  CallNumber only = 0;
  for (const auto& [id, pending] : child_requests_) {
    if (pending.kind != ChildRequest::Kind::Call) continue;
    if (only != 0) return 0;
    only = pending.call;
  }
  return only;
}

bool Child::has_calls() const {
  return std::any_of(child_requests_.begin(), child_requests_.end(),
                     [](const auto& each) { return each.second.kind == ChildRequest::Kind::Call; });
}

Exchange Child::only_exchange_of(SessionNumber session) const {
  Exchange exchange = 0;
  bool found = false;
  for (const auto& [id, request] : child_requests_) {
    if (request.kind == ChildRequest::Kind::Progress) continue;
    const Requester requester = requester_of(request);
    if (requester.session != session) continue;
    if (std::exchange(found, true)) return 0;
    exchange = requester.exchange;
  }
  return exchange;
}

void Child::hold(int64_t id, bool on) {
  const auto found = child_requests_.find(id);
  // A pending request without a time-out gets none here. It may be no request at all, but only keep
  // the progress token of a task; see keep_token().
  if (found == child_requests_.end() || found->second.cap == Nanos{}) return;
  ChildRequest& pending = found->second;
  if (!on) return renew(id, pending);
  if (pending.due == Nanos{}) return;
  core_.deadlines.remove(
      {.at = pending.due, .kind = Deadline::Kind::Request, .owner = child_, .request = id});
  pending.due = Nanos{};
}

void Child::keep_token(int64_t id, CallNumber call) {
  child_requests_.emplace(id, ChildRequest{.kind = ChildRequest::Kind::Progress, .call = call});
}

}  // namespace callgate
