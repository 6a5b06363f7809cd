// Formats findings of the guard as text and as JSON.
#pragma once

#include <string>

#include "callgate/store/findings.h"
#include "callgate/wire/writer.h"
#include "cli/text/terminal.h"

namespace callgate {

/// Writes the members of a finding into the JSON object that the caller has begun.
void write_finding(JsonWriter& json, const FindingRow& row);
/// Returns the rule's name and meaning, such as "guessing: different guesses that all fail".
std::string rule_text(GuardRule rule);
Style level_style(Level level);
std::string findings_table(const Screen& screen, const std::vector<FindingRow>& rows);
/// Returns the path of the record.
Result<std::string> record_path(const Common& common);
/// Prints the error. Returns kNothingFound if the finding does not exist, otherwise kFailed.
int findings_failed(const Error& error);

}  // namespace callgate
