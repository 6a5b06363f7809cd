// What a child reports and asks. The child knows no session and no call; the gate's router, which
// implements this interface, does.
#pragma once

#include <set>
#include <string>

#include "callgate/wire/rpc.h"
#include "child_request.h"
#include "gate/state/state.h"

namespace callgate {

class Child;

class ChildHost {
 public:
  virtual ~ChildHost() = default;

  // The ends of requests that clients wait for.
  virtual void answered(Child& child, const ChildRequest& request, const Rpc& rpc,
                        const MessagePtr& message) = 0;
  /// The request gets no answer, for the reason `why`.
  virtual void lost(const ChildRequest& request, const std::string& why) = 0;
  virtual void timed_out(const ChildRequest& request, const std::string& why) = 0;
  /// The child has answered a call that its client had left.
  virtual void answered_late(const ChildRequest& request, const Rpc& rpc,
                             const MessagePtr& message) = 0;

  // Messages that the child sends by itself.
  virtual void asked(Child& child, const Rpc& rpc, const MessagePtr& message) = 0;
  virtual void cancelled_question(Child& child, const Rpc& rpc) = 0;
  /// Progress of a call, for which the gate gave the number `token`. Returns false if the call's
  /// client did not ask for progress.
  virtual bool progressed(CallNumber call, const Rpc& rpc, Value token) = 0;
  virtual void logged(Child& child, const Rpc& rpc) = 0;
  virtual void updated(Subscriber who, const Rpc& rpc) = 0;
  virtual void changed_task(Child& child, const Rpc& rpc, const MessagePtr& message) = 0;
  virtual void completed_elicitation(SessionNumber session, const Rpc& rpc) = 0;

  // The child itself.
  virtual void list_changed(ListKind kind) = 0;
  /// The child is ready again after a process that ended while sessions used it.
  virtual void restarted(const Child& child) = 0;
  /// The child became ready, failed or changed its lists.
  virtual void settled() = 0;
  /// The process is gone, and its requests have ended.
  virtual void gone(Child& child) = 0;

  // Questions about the sessions that use the child.
  /// The session and exchange of the client that waits for the request; 0 if there is none. For a
  /// left call, the session that made it, which may be over.
  virtual Requester requester_of(const ChildRequest& request) const = 0;
  virtual bool has_tasks(SessionNumber session, ChildIndex child) const = 0;
  /// Returns the capabilities that all these sessions declare, as a JSON object.
  virtual std::string common_capabilities(const std::set<SessionNumber>& sessions) = 0;
  /// Returns the lowest log level that one of the sessions or calls wants, or -1.
  virtual int log_level_for(const std::set<SessionNumber>& sessions) const = 0;
};

}  // namespace callgate
