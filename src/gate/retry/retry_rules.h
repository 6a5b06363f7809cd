// Which calls can have retries (equal calls that are not made), and when two calls are equal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gate/call/calls.h"
#include "gate/call/core.h"

namespace callgate {

class RetryRules {
 public:
  explicit RetryRules(const Core& core);

  void use(const RetryConfig& config);
  /// For how long after a call has ended an equal call counts as its retry; see RetryConfig.
  Nanos window() const { return window_; }
  /// True if the call can have a retry, or can be one itself: its tool may write, and the
  /// configuration does not exempt the tool.
  bool can_be_retried(const Call& call) const;
  /// Like can_be_retried(), for a call of an earlier run.
  bool can_be_retried(const UnansweredCall& call, Value args) const;

 private:
  bool is_exempt(const std::string& server, const std::string& tool) const;

  const Core& core_;
  Nanos window_{};
  std::vector<std::string> exempt_;  // globs on server__tool
};

/// Identifies a client after the end of its session: its memory_key(), its profile, and the folder
/// in which it works.
std::string client_identity(const std::string& memory_key, const std::string& profile,
                            const std::string& folder);
/// Like the function above, for the client of a session. Empty if the client has no name, or if
/// neither its token nor its process is known.
std::string client_identity(const Session& session);

/// A digest, equal for calls of the same tool with canonically equal arguments.
std::string retry_key(const std::string& server, const std::string& tool, Value args);

/// True if a cancellation with this reason (JSON text) means that the client has only given up
/// waiting. A client that stops a call on purpose gives another reason or none.
bool names_timeout(std::string_view reason_json);

}  // namespace callgate
