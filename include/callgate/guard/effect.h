// Finds out whether a call reads or writes, as far as its name shows that.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "callgate/wire/message.h"

namespace callgate {

/// Wait: the tool only sleeps, so its answer does not show any progress.
enum class Effect : uint8_t { Unknown, Read, Write, Wait };

/// Uses the hint first (from the configuration, or the server's own annotation readOnlyHint), then
/// the verbs of the tool's name; for a shell, the command if it is one plain command.
Effect effect_of(std::string_view tool, Value args, std::optional<bool> read_only_hint);

/// True if the tool answers with a time. Then the time is the content of the answer, and not a
/// volatile part of it.
bool tells_time(std::string_view tool);
/// True if the tool's name means that it looks at a state, which may change without a call:
/// "git_status", "run_linter", "browser_snapshot".
bool looks_at_state(std::string_view tool);

}  // namespace callgate
