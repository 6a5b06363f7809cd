// Findings as people and programs read them.
#pragma once

#include <string>

#include "callgate/store/findings.h"
#include "callgate/wire/writer.h"
#include "terminal.h"

namespace callgate {

/// The members of a finding, into an object that is open.
void write_finding(JsonWriter& json, const FindingRow& row);
/// "R3, different guesses that all fail".
std::string rule_text(GuardRule rule);
Style level_style(Level level);
std::string findings_table(const Screen& screen, const std::vector<FindingRow>& rows);
/// Where the record of these places is. The error is told.
Result<std::string> record_path(const Common& common);
/// kNothingFound for what is not there, else kFailed; told.
int findings_failed(const Error& error);

}  // namespace callgate
