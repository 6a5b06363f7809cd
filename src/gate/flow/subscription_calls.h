// Calls that the gate makes itself: for the URIs of a stream of changes, and to decide again on
// subscriptions when the rules have changed.
#pragma once

#include <string>

#include "gate/call/calls.h"
#include "gate/call/core.h"

namespace callgate {

class SubscriptionCalls {
 public:
  explicit SubscriptionCalls(Core& core) : core_(core) {}

  /// Makes the call that subscribes to `uri` for a stream of changes. At its end, the call reports
  /// to ChangeStreams::decided().
  void watch(Session& session, const StreamRequest& stream, const std::string& uri);
  /// Ends the subscriptions that new rules deny.
  void decide_all_again();
  /// Like decide_all_again(), for one subscription. The decision gets a row only if the
  /// subscription ends.
  void decide_again(Child& child, Subscriber who, const std::string& uri);
  /// The rules allow the subscription of a call with Call::Origin::Recheck.
  void still_allowed(Call& call);
  /// A call with Call::Origin::Recheck has ended. The subscription continues only if `outcome` is
  /// Ok.
  void decided(Call& call, Outcome outcome);

 private:
  Core& core_;
};

}  // namespace callgate
