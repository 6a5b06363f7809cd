// Before a command that widens rights does so.
#pragma once

#include <string>

#include "common.h"

namespace callgate {

/// A person wants it: one at a terminal who says yes to `question`, or --yes. Refused to
/// descendants of a client or of a server, whatever they say. Otherwise the exit code, told on
/// stderr; kDone: go on.
int may_widen(const std::string& question, bool yes, const Places& places);

/// "by NAME", and ": " and why, where something is said; for what is kept.
std::string by_whom(const std::string& because);
constexpr size_t kLongestReason = 500;
/// kWrongUsage, told.
int reason_too_long();

/// Asks on stderr; anything but y is no.
bool person_agrees(const std::string& question);

}  // namespace callgate
