// The calls that their clients have left: the client cancelled the call, gave up waiting or is
// gone, so it did not get the answer. The server may still work on such a call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "gate/call/call.h"

namespace callgate {

struct LeftCall {
  enum class State : uint8_t {
    Open,      ///< the client still waits for the call, and so do the equal calls in `waiting`
    Running,   ///< the child works on the call
    Stopping,  ///< the child has been told to stop, but may have carried out the call
    Answered,  ///< the child has answered
    Unknown,   ///< there is no answer, and perhaps there will never be one
  };

  CallId id = 0;
  SessionNumber session = 0;  ///< 0: a session of an earlier run
  /// By this the client is recognised in a later session. Empty: it can't be recognised, so only
  /// its own session can send a retry.
  std::string client;
  /// The workspace_key() of the client for the server, and the account. Empty: unknown, because the
  /// call was made in an earlier run.
  std::optional<std::string> workspace;
  /// When the session closed, no session had a higher number. So sessions with higher numbers were
  /// opened after it, perhaps by the same client. 0: the call was made in an earlier run.
  SessionNumber last_session = UINT32_MAX;
  /// Identifies the server, the tool and the arguments. Empty: the call has no retries.
  std::string key;
  Micros at{};  ///< when the gate received the call
  State state = State::Open;
  Era era = Era::Legacy;  ///< the child's
  std::string server, tool;
  ChildIndex child = 0;
  int64_t request = 0;  ///< the id of the gate's request; 0 if no answer is expected any more
  ChildUse use;         ///< so that the gate does not end the child while it works on the call
  Nanos due{};          ///< see Retries::deadline_passed(); 0: none
  Nanos cap{};          ///< the latest time to which progress can extend `due`
  MessagePtr answer;    ///< for Answered; nullptr if it was not kept
  std::vector<CallNumber> waiting;  ///< equal calls that wait for the answer
};

class LeftCalls {
 public:
  bool empty() const { return calls_.empty(); }
  size_t size() const { return calls_.size(); }
  LeftCall& add(LeftCall call);
  LeftCall* find(CallId id);
  /// The oldest call that has no retries, otherwise the oldest call.
  LeftCall& least_wanted();
  template <class Visit>
  void each(Visit visit) {
    for (auto& [id, call] : calls_) visit(call);
  }
  /// True if there is a call with the same key of the same client.
  bool has_equal(const LeftCall& call);
  /// Returns the calls of this tool that have a key.
  std::vector<LeftCall*> of_tool(const std::string& server, const std::string& tool);
  /// The memory of all kept answers, in bytes.
  size_t answer_bytes() const;
  /// From now on, the call has no retries.
  void forget_key(LeftCall& call);
  void erase(CallId id);

 private:
  std::map<CallId, LeftCall> calls_;
  std::unordered_multimap<std::string, CallId> by_tool_;  // those that have a key
};

}  // namespace callgate
