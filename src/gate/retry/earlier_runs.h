// Calls that clients left in earlier runs of the gate.
#pragma once

#include <optional>
#include <string>

#include "callgate/record/finding.h"
#include "callgate/wire/message.h"
#include "left_calls.h"
#include "retry_rules.h"

namespace callgate {

/// Makes a LeftCall from a recorded call. Empty if the call can't have retries. `memory_key` is the
/// client's memory_key().
std::optional<LeftCall> left_in_earlier_run(const UnansweredCall& call,
                                            const std::string& memory_key, const RetryRules& rules,
                                            Walker& walker);

}  // namespace callgate
