// Calls as lines for people: `history list`, `search`, `tail` and the demo.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "callgate/store/history.h"
#include "json_text.h"
#include "terminal.h"

namespace callgate {

/// `key=value` of an object's members, strings without their quotes; else the JSON itself. Visible;
/// at most `width` columns.
std::string preview(JsonReader& reader, std::string_view args, size_t width);
/// "✓ ok", "✗ tool error", "⊘ denied" …
std::string outcome_text(Outcome outcome);
Style outcome_style(Outcome outcome);

/// A table of the calls; with `grep`, the preview shows what matched.
std::string call_table(const Screen& screen, const std::vector<CallRow>& rows, Micros now,
                       const std::string& grep);

/// One line without a title, for calls that come one by one: columns have fixed widths.
std::string call_line(const Screen& screen, const CallRow& row, JsonReader& reader);

}  // namespace callgate
