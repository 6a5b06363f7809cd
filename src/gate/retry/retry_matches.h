// Finds the call of which another call is a retry.
#pragma once

#include <vector>

#include "gate/call/calls.h"
#include "gate/call/core.h"
#include "left_calls.h"
#include "recent_answers.h"
#include "retry_rules.h"

namespace callgate {

class RetryMatches {
 public:
  RetryMatches(const Core& core, const RetryRules& rules, LeftCalls& left)
      : core_(core), rules_(rules), left_(left) {}

  /// Returns the left call of which `call` is a retry, or nullptr.
  LeftCall* left_call(const Call& call) const;
  /// Returns the open call of the same session of which `call` is a retry, or nullptr.
  const Call* open_call(const Call& call) const;
  /// Makes the entry of a call that is at its child, in the state Open.
  LeftCall entry_for(const Call& call) const;
  /// Makes the entry of a call whose answer did not reach the session's client.
  static LeftCall entry_for(const RecentAnswer& missed, const Session& session);

 private:
  /// The open calls that have been at a child of the call's server for a while.
  std::vector<CallNumber> calls_at_server_of(const Call& call) const;

  const Core& core_;
  const RetryRules& rules_;
  LeftCalls& left_;
};

}  // namespace callgate
