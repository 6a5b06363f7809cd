// Calls as lines for people: `history list`, `search`, `tail` and the demo.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "callgate/store/history.h"
#include "json_text.h"
#include "terminal.h"

namespace callgate {

/// Returns `key=value` for each member of an object, strings without their quotes. Returns other
/// JSON unchanged. The text is safe for a terminal and at most `width` columns wide.
std::string preview(JsonReader& reader, std::string_view args, size_t width);
/// "✓ ok", "✗ tool error", "⊘ denied" …
std::string outcome_text(Outcome outcome);
Style outcome_style(Outcome outcome);

/// A table of the calls. If `grep` is not empty, the preview shows the part that matched.
std::string call_table(const Screen& screen, const std::vector<CallRow>& rows, Micros now,
                       const std::string& grep);

/// One line without a title, for calls that are printed one by one. Columns have fixed widths.
std::string call_line(const Screen& screen, const CallRow& row, JsonReader& reader);

}  // namespace callgate
