// Where a command comes from: one that widens rights is not for those whose rights they are. A
// process that has detached itself from its parents and emptied its environment is not seen: the
// check stops an agent that tries the obvious, not a program that hides.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace callgate {

/// Why this process counts as a descendant of a client or a child of a gate: one of `known` (pids
/// of clients and gate processes) stands above it, or CALLGATE_RUN is in its environment or that of
/// a process above. Empty: it does not. Reads /proc on Linux; on macOS the environments of others
/// are not looked at.
std::optional<std::string> why_below_a_client(const std::vector<int64_t>& known);

}  // namespace callgate
