// The pending requests to a child, by our ids, and their time-outs.
#include <algorithm>

#include "call.h"
#include "callgate/protocol/text.h"
#include "server.h"
#include "session.h"
#include "tasks.h"

namespace callgate {

namespace {
// The time-out of a probe, which a server of the legacy era might never answer.
constexpr Nanos kProbe = std::chrono::seconds(5);
// The time-out of a list that the server does not declare, and might never answer.
constexpr Nanos kUndeclared = std::chrono::seconds(1);
}  // namespace

bool Server::send(std::string bytes) { return core_.children.send(child_, std::move(bytes)); }

bool Server::is_undeclared_list(const Pending& pending) const {
  return pending.kind == Pending::Kind::List &&
         listings_[static_cast<size_t>(pending.list)].undeclared;
}

bool Server::send(int64_t id, Pending pending, std::string bytes) {
  if (!send(std::move(bytes))) return false;
  if (pending.session != 0) used();
  const bool undeclared = is_undeclared_list(pending);
  const bool timed = pending.kind == Pending::Kind::Call || pending.kind == Pending::Kind::Passed ||
                     pending.kind == Pending::Kind::Task ||
                     pending.kind == Pending::Kind::Discover ||
                     pending.kind == Pending::Kind::Quiet || undeclared ||
                     (pending.kind == Pending::Kind::List && ready());
  Pending& stored = pending_.emplace(id, std::move(pending)).first->second;
  if (!timed) return true;
  stored.cap = core_.now.monotonic + (stored.kind == Pending::Kind::Discover ? kProbe
                                      : undeclared                           ? kUndeclared
                                                   : Nanos(config().call_cap));
  renew(id, stored);
  return true;
}

void Server::renew(int64_t id, Pending& pending) {
  Deadline deadline{
      .at = pending.due, .kind = Deadline::Kind::Request, .owner = child_, .request = id};
  if (pending.due != Nanos{}) core_.deadlines.remove(deadline);
  pending.due = std::min<Nanos>(core_.now.monotonic + config().call_timeout, pending.cap);
  deadline.at = pending.due;
  core_.deadlines.add(deadline);
}

void Server::drop(int64_t id) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  if (found->second.session != 0) used();
  if (found->second.due != Nanos{})
    core_.deadlines.remove(
        {.at = found->second.due, .kind = Deadline::Kind::Request, .owner = child_, .request = id});
  pending_.erase(found);
}

void Server::cancel(int64_t id, std::string_view reason_json) {
  if (!pending_.contains(id)) return;
  drop(id);
  std::string params = "{\"requestId\":" + std::to_string(id);
  if (!reason_json.empty()) params += ",\"reason\":" + std::string(reason_json);
  send(write_notification("notifications/cancelled", params + "}"));
}

void Server::request_due(int64_t id) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  if (is_undeclared_list(found->second)) return undeclared_list_due(id);
  Pending pending = found->second;
  const bool capped = pending.due >= pending.cap;
  pending_.erase(found);
  send(write_notification("notifications/cancelled",
                          "{\"requestId\":" + std::to_string(id) + ",\"reason\":\"timed out\"}"));
  const std::string why = "server '" + config().name + "' did not answer in time (" +
                          (capped ? "call_cap" : "call_timeout") + ")";
  if (pending.kind == Pending::Kind::Call || pending.kind == Pending::Kind::Passed)
    return core_.calls->timed_out(pending.call, why);
  if (pending.kind == Pending::Kind::List)
    return list_failed(pending.list, "it did not answer in time");
  if (pending.kind == Pending::Kind::Quiet) return;
  if (pending.kind == Pending::Kind::Discover)
    return config().era == ServerEra::Modern ? fail_start("it did not answer server/discover")
                                             : restart_as_legacy();
  Session* session = core_.session(pending.session);
  if (session && session->closed(pending.client.id, Session::OpenRequest::Where::Server, id))
    session->fail(pending.client, ErrorCode::Internal, why, "server.timeout");
}

std::set<SessionNumber> Server::busy_sessions() const {
  std::set<SessionNumber> busy;
  for (const auto& [id, pending] : pending_) {
    if (pending.session != 0 && pending.kind != Pending::Kind::Progress)
      busy.insert(pending.session);
  }
  return busy;
}

bool Server::tied_to(SessionNumber session) const {
  for (const auto& [id, pending] : pending_) {
    if (pending.session == session) return true;
  }
  for (const auto& [uri, who] : subscribers_) {
    if (who.contains(session)) return true;
  }
  return core_.tasks->any(session, child_) || core_.calls->any(session, *this);
}

bool Server::busy() const {
  for (const auto& [id, pending] : pending_) {
    switch (pending.kind) {
      case Pending::Kind::Call:
      case Pending::Kind::Passed:
      case Pending::Kind::Task:
        return true;
      default:
        break;
    }
  }
  return core_.calls->any_at(*this);
}

size_t Server::calls() const {
  size_t count = 0;
  for (const auto& [id, pending] : pending_) {
    if (pending.kind == Pending::Kind::Call) ++count;
  }
  return count;
}

CallNumber Server::only_call() const {
  CallNumber only = 0;
  for (const auto& [id, pending] : pending_) {
    if (pending.kind != Pending::Kind::Call) continue;
    if (only != 0) return 0;
    only = pending.call;
  }
  return only;
}

bool Server::has_calls() const {
  return std::any_of(pending_.begin(), pending_.end(),
                     [](const auto& each) { return each.second.kind == Pending::Kind::Call; });
}

Exchange Server::only_exchange_of(SessionNumber session) const {
  const Pending* only = nullptr;
  for (const auto& [id, pending] : pending_) {
    if (pending.session != session || pending.kind == Pending::Kind::Progress) continue;
    if (only) return 0;
    only = &pending;
  }
  return only ? only->client.exchange : 0;
}

void Server::hold(int64_t id, bool on) {
  const auto found = pending_.find(id);
  // A pending request without a time-out gets none here. It may be no request at all, but only keep
  // the progress token of a task; see keep_token().
  if (found == pending_.end() || found->second.cap == Nanos{}) return;
  Pending& pending = found->second;
  if (!on) return renew(id, pending);
  if (pending.due == Nanos{}) return;
  core_.deadlines.remove(
      {.at = pending.due, .kind = Deadline::Kind::Request, .owner = child_, .request = id});
  pending.due = Nanos{};
}

void Server::retarget(int64_t id, const ClientRequest& client, const std::string& token) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  found->second.client = client;
  found->second.token = token;
}

void Server::keep_token(int64_t id, SessionNumber session, const ClientRequest& client,
                        const std::string& token) {
  if (token.empty()) return;
  pending_.emplace(
      id,
      Pending{
          .kind = Pending::Kind::Progress, .session = session, .client = client, .token = token});
}

}  // namespace callgate
