// Formats calls as lines for people, for `callgate history list`, `search` and `tail`, and for
// `callgate demo`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "callgate/store/history.h"
#include "cli/text/json_text.h"
#include "cli/text/terminal.h"

namespace callgate {

/// Returns `key=value` for each member of an object, strings without their quotes. Returns other
/// JSON unchanged. The text is safe for a terminal and at most `width` columns wide.
std::string preview(JsonReader& reader, std::string_view args, size_t width);
/// Returns the outcome with a symbol in front of it: "✓ ok", "✗ tool error", "⊘ denied" …
std::string outcome_text(Outcome outcome);
Style outcome_style(Outcome outcome);

/// Returns a table of the calls. If `grep` is not empty, each row shows the text around its first
/// match instead of the beginning of the arguments.
std::string call_table(const Screen& screen, const std::vector<CallRow>& rows, Micros now,
                       const std::string& grep);

/// Returns one line for a call, for commands that print calls one by one. The columns have fixed
/// widths, and there is no title line.
std::string call_line(const Screen& screen, const CallRow& row, JsonReader& reader);
/// Like call_line(), for the call's late answer, which the row must have: with the time and outcome
/// of the answer, and the time since the call began.
std::string late_answer_line(const Screen& screen, const CallRow& row, JsonReader& reader);

}  // namespace callgate
