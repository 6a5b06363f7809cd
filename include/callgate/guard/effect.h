// Whether a call reads or writes, as far as its name tells.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "callgate/wire/message.h"

namespace callgate {

/// Wait: sleeps, and says nothing of progress.
enum class Effect : uint8_t { Unknown, Read, Write, Wait };

/// The hint, the configuration's or the server's own (annotation readOnlyHint), comes first; then
/// the verbs of the tool's name; for a shell, the command if it is one plain command.
Effect effect_of(std::string_view tool, Value args, std::optional<bool> read_only_hint);

/// The tool's answers are times: of these, time itself is what changes.
bool tells_time(std::string_view tool);
/// Its name says that it looks at a state, which may have changed since without a call:
/// "git_status", "run_linter", "browser_snapshot".
bool looks_at_state(std::string_view tool);

}  // namespace callgate
