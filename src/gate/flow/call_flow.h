// Advances calls from their receipt until their rows are durable: finds the child, resolves paths,
// applies the rules, asks the guard, and records the call. CallForwarding continues from there.
#pragma once

#include <optional>
#include <string>

#include "gate/call/calls.h"
#include "gate/call/core.h"
#include "gate/call/path_queues.h"

namespace callgate {

struct CallTarget;

class CallFlow {
 public:
  explicit CallFlow(Core& core) : core_(core) {}

  void receive(Session& session, const Rpc& rpc, const MessagePtr& message, CallKind kind);
  /// Reads the client's request into the call. The request of a later round replaces the earlier
  /// one.
  void read(Call& call, const Rpc& rpc, const MessagePtr& message, Session& session);
  /// Finds the call's server in the catalog. The call waits while a server that may have the name
  /// is still starting, unless `time_is_over`.
  void route(Call& call, bool time_is_over);
  /// Applies the rules, after the paths that they need are resolved.
  void resolve(Call& call);
  /// To be called when a server became ready, failed or changed its lists. Routes the calls again
  /// that wait for a child.
  void retry_waiting();
  void paths_resolved(CallNumber number, RealPaths real);
  /// The memory of the earlier sessions of this session's client has arrived.
  void memory_arrived(SessionNumber session);
  /// Records these answers of the client. The call waits until the answers are durable.
  void record_answers(Call& call, Value responses, AskedQuestions& asked);
  void append_started(Call& call);
  void recorded(CallNumber number);
  void record_failed(CallNumber number, const Error& error);
  void deadline_passed(CallNumber number);

  /// Moves the call to another state, which replaces its deadline: `why` and the time from now, or
  /// none.
  void enter(Call& call, CallState state, CallDeadline why = CallDeadline::None, Nanos time = {});
  /// Sets the deadline of the state in which the call is.
  void set_deadline(Call& call, CallDeadline why, Nanos time);
  /// Leaves the last state. The call must be erased afterwards.
  void leave(Call& call);

 private:
  /// Returns false and refuses the request if it is long and the open long requests of the same
  /// principal (see ClientPeer::principal()) already hold too much memory.
  bool has_memory(Session& session, const Rpc& rpc, const MessagePtr& message) const;
  void read_completion(Call& call);
  void route_method(Call& call);
  Child* child_for(const Session& session, ServerIndex server);
  void route_to_child(Call& call, Child* child);
  void wait_for_servers(Call& call);
  void wait_for_child(Call& call, const Child& child);
  void refuse_uri(Call& call);
  Facts facts_of(const Call& call) const;
  /// Decides the cases that are not left to the rules: the end of a subscription is allowed, and
  /// the calls of a paused or revoked client are denied. Returns nothing for all other calls.
  std::optional<Decision> decision_before_rules(const Call& call) const;
  void ask_paths(Call& call);
  void continue_with(CallNumber number, RealPaths real);
  void decided(Call& call, Decision decision);
  void ask_guard(Call& call);
  void stop_by_guard(Call& call, GuardDecision decision);
  void await_approval(Call& call);
  void record(Call& call);
  void answer_recorded(CallNumber number, const Error* failure);
  void rows_are_durable(Call& call);
  void clear_deadline(Call& call);

  Core& core_;
  PathQueues path_queues_;
};

}  // namespace callgate
