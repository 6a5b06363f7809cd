// A call as the guard's rules see it.
#pragma once

#include <cstdint>
#include <string_view>

#include "callgate/base/time.h"
#include "callgate/record/data_item.h"
#include "callgate/record/finding.h"
#include "callgate/wire/message.h"

namespace callgate {

/// The guard's rules that ignore a call, one bit per rule.
using ExemptRules = uint8_t;
constexpr ExemptRules exempt_from(GuardRule rule) {
  return static_cast<ExemptRules>(1U << (static_cast<unsigned>(rule) - 1));
}
constexpr ExemptRules kExemptFromAll = (1U << kRules) - 1;

/// A call as the guard needs it. The views need to be valid only while the guard's function runs.
struct GuardCall {
  uint32_t session = 0;
  std::string_view agent;  ///< as the client claims it
  std::string_view server, tool;
  Value args;  ///< absent if the call has none
  Effect effect = Effect::Unknown;
  uint32_t call = 0;  ///< the call's number, for evidence
  Now at;
  ExemptRules exempt = 0;
  /// The client's memory_key(), under which the guard remembers what the client did not find in
  /// earlier sessions, and counts its calls of a day. If empty, the agent's name is the key.
  std::string_view memory = {};
  /// Of the remote server; empty if it has none. Equal calls to different accounts are different
  /// calls, because one account may find what another does not.
  std::string_view account = {};
};

}  // namespace callgate
