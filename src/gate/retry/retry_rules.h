// Which calls a client can repeat, and when two calls are equal.
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
  /// How long an ended call can be repeated; see RetryConfig.
  Nanos window() const { return window_; }
  /// True if an equal call of the client may be a retry of this call, or this call one of another:
  /// a call of a tool that may write, and to which the configuration makes no exception.
  bool can_repeat(const Call& call) const;
  /// Like can_repeat(), for a call of an earlier run.
  bool can_repeat(const UnansweredCall& call, Value args) const;

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
/// The same for a session. Empty if the client has no name.
std::string client_identity(const Session& session);

/// A digest, equal for calls of the same tool with canonically equal arguments.
std::string retry_key(const std::string& server, const std::string& tool, Value args);

/// True if a cancellation with this reason (JSON text) means that the client has only given up
/// waiting. A client that stops a call on purpose gives another reason or none.
bool names_timeout(std::string_view reason_json);

}  // namespace callgate
