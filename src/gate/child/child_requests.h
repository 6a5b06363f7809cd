// The requests to a child that it has not answered, by our ids, and their time-outs.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "child_request.h"
#include "gate/state/state.h"

namespace callgate {

class ChildHost;

class ChildRequests {
 public:
  /// `timeout` is the time in which an answer or progress must come, `cap` the longest time for the
  /// whole request.
  struct Timeouts {
    Nanos timeout{}, cap{};
  };

  ChildRequests(GateState& gate, ChildHost& host, ChildIndex child)
      : gate_(gate), host_(host), child_(child) {}

  int64_t next_id() { return ++last_id_; }
  /// Without `timeouts`, the request does not time out.
  void add(int64_t id, ChildRequest request, const std::optional<Timeouts>& timeouts);
  ChildRequest* find(int64_t id);
  /// Removes and returns the request. Empty if there is none with this id.
  std::optional<ChildRequest> take(int64_t id);
  std::map<int64_t, ChildRequest> take_all();
  /// The client of the call does not wait for the answer any more. `kind`: Left or Stopped. The
  /// request no longer times out.
  void leave(int64_t id, CallNumber call, ChildRequest::Kind kind);
  /// Progress has arrived, so the time-out begins again.
  void renew(ChildRequest& request, Nanos timeout);
  /// Stops the time-out of a request while a person is asked.
  void hold(int64_t id);
  /// Starts the time-out again.
  void release(int64_t id, Nanos timeout);

  /// The number of pending requests that use a tool, prompt or resource. Requests that the child
  /// was told to stop do not count.
  size_t calls() const;
  bool has_calls() const { return calls() > 0; }
  /// The only call at this child, or 0 if there is none or more than one.
  CallNumber only_call() const;
  /// The calls that the child has had since `time` or longer, and whose clients still wait.
  std::vector<CallNumber> calls_since(Nanos time) const;
  bool has_tasks() const;
  bool has_task_of(SessionNumber session) const;
  /// Sessions that wait for a request here.
  std::set<SessionNumber> busy_sessions() const;
  /// The exchange of the session's only request here, or 0 if it has none or more than one.
  Exchange only_exchange_of(SessionNumber session) const;

 private:
  void set_due(ChildRequest& request, Nanos due);
  void clear_due(ChildRequest& request);

  GateState& gate_;
  ChildHost& host_;
  ChildIndex child_;
  int64_t last_id_ = 0;
  std::map<int64_t, ChildRequest> requests_;  // the ids ascend in time
};

}  // namespace callgate
