#include "child_requests.h"

#include <algorithm>

#include "child_host.h"

namespace callgate {

void ChildRequests::add(int64_t id, ChildRequest request, const std::optional<Timeouts>& timeouts) {
  request.id = id;
  request.sent = gate_.now.monotonic;
  ChildRequest& stored = requests_.emplace(id, std::move(request)).first->second;
  if (!timeouts) return;
  stored.cap = gate_.now.monotonic + timeouts->cap;
  renew(stored, timeouts->timeout);
}

ChildRequest* ChildRequests::find(int64_t id) {
  const auto found = requests_.find(id);
  return found == requests_.end() ? nullptr : &found->second;
}

std::optional<ChildRequest> ChildRequests::take(int64_t id) {
  const auto found = requests_.find(id);
  if (found == requests_.end()) return std::nullopt;
  clear_due(found->second);
  std::optional<ChildRequest> taken = std::move(found->second);
  requests_.erase(found);
  return taken;
}

std::map<int64_t, ChildRequest> ChildRequests::take_all() {
  for (auto& [id, request] : requests_) clear_due(request);
  return std::exchange(requests_, {});
}

void ChildRequests::leave(int64_t id, CallNumber call, ChildRequest::Kind kind) {
  take(id);
  add(id, {.kind = kind, .call = call}, {});
}

void ChildRequests::set_due(ChildRequest& request, Nanos due) {
  clear_due(request);
  request.due = due;
  gate_.deadlines.add(
      {.at = due, .kind = Deadline::Kind::Request, .owner = child_, .request = request.id});
}

void ChildRequests::clear_due(ChildRequest& request) {
  if (request.due == Nanos{}) return;
  gate_.deadlines.remove(
      {.at = request.due, .kind = Deadline::Kind::Request, .owner = child_, .request = request.id});
  request.due = {};
}

void ChildRequests::renew(ChildRequest& request, Nanos timeout) {
  set_due(request, std::min<Nanos>(gate_.now.monotonic + timeout, request.cap));
}

void ChildRequests::hold(int64_t id) {
  if (ChildRequest* request = find(id)) clear_due(*request);
}

// A request without a time-out gets none here. It may be no request at all, but only keep the
// progress token of a task.
void ChildRequests::release(int64_t id, Nanos timeout) {
  ChildRequest* request = find(id);
  if (request && request->cap != Nanos{}) renew(*request, timeout);
}

namespace {

using Kind = ChildRequest::Kind;

bool works_on(const ChildRequest& request) {
  return request.kind == Kind::Call || request.kind == Kind::Left;
}

/// True if messages of the child may be about this request.
bool may_cause_messages(const ChildRequest& request) {
  return (request.is_for_client() && request.kind != Kind::Progress) || request.kind == Kind::Left;
}

}  // namespace

size_t ChildRequests::calls() const {
  return static_cast<size_t>(std::count_if(requests_.begin(), requests_.end(),
                                           [](const auto& each) { return works_on(each.second); }));
}

CallNumber ChildRequests::only_call() const {
  CallNumber only = 0;
  for (const auto& [id, request] : requests_) {
    if (!works_on(request)) continue;
    if (only != 0) return 0;
    only = request.call;
  }
  return only;
}

std::vector<CallNumber> ChildRequests::calls_since(Nanos time) const {
  std::vector<CallNumber> calls;
  for (const auto& [id, request] : requests_) {
    if (request.kind != ChildRequest::Kind::Call) continue;
    if (request.sent > time) break;
    calls.push_back(request.call);
  }
  return calls;
}

bool ChildRequests::has_tasks() const {
  return std::any_of(requests_.begin(), requests_.end(),
                     [](const auto& each) { return each.second.task != nullptr; });
}

bool ChildRequests::has_task_of(SessionNumber session) const {
  return std::any_of(requests_.begin(), requests_.end(), [session](const auto& each) {
    return each.second.task && each.second.task->session == session;
  });
}

std::set<SessionNumber> ChildRequests::busy_sessions() const {
  std::set<SessionNumber> busy;
  for (const auto& [id, request] : requests_) {
    if (!may_cause_messages(request)) continue;
    busy.insert(host_.requester_of(request).session);
  }
  return busy;
}

Exchange ChildRequests::only_exchange_of(SessionNumber session) const {
  Exchange exchange = 0;
  bool found = false;
  for (const auto& [id, request] : requests_) {
    if (!may_cause_messages(request)) continue;
    const Requester requester = host_.requester_of(request);
    if (requester.session != session) continue;
    if (std::exchange(found, true)) return 0;
    exchange = requester.exchange;
  }
  return exchange;
}

}  // namespace callgate
