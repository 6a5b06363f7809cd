// Before a command that widens rights does so.
#pragma once

#include <string>

#include "common.h"

namespace callgate {

/// A person wants it: one at a terminal who says yes to `question`, or --yes. Otherwise the exit
/// code, after the reason on stderr; kDone: go on. That no client asks is settled before, by the
/// command's Right.
int may_widen(const std::string& question, bool yes);

/// "by NAME", and ": " and why, where something is said; for what is kept.
std::string by_whom(const std::string& because);
constexpr size_t kLongestReason = 500;
/// kWrongUsage, told.
int reason_too_long();

/// Asks on stderr; anything but y is no.
bool person_agrees(const std::string& question);

}  // namespace callgate
