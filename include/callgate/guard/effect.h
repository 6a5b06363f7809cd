// Finds out whether a call reads or writes, as far as the tool's name or the command shows it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "callgate/record/data_item.h"
#include "callgate/wire/message.h"

namespace callgate {

/// Uses the hint first (from the configuration, or the server's own annotation readOnlyHint), then
/// the verbs of the tool's name; for a shell tool, the verb of the command if the argument is a
/// single plain command.
Effect effect_of(std::string_view tool, Value args, std::optional<bool> read_only_hint);

/// True unless the call only reads or only waits.
inline bool may_write(Effect effect) { return effect != Effect::Read && effect != Effect::Wait; }

/// True if the purpose of the tool is to return a time. Then two answers with different times are
/// different answers, although times are otherwise ignored.
bool returns_time(std::string_view tool);
/// True if the tool's name means that it looks at a state, which may change without any call
/// through Callgate: "git_status", "run_linter", "browser_snapshot".
bool reads_state(std::string_view tool);

}  // namespace callgate
