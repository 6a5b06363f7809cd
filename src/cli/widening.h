// Confirmation before a command widens rights.
#pragma once

#include <string>

#include "common.h"

namespace callgate {

/// Returns kDone if --yes was given or the user at the terminal agrees to `question`. Otherwise
/// prints the reason to stderr and returns the exit code. The command's Right has excluded clients
/// before.
int may_widen(const std::string& question, bool yes);

/// Returns "by NAME", or "by NAME: because", for the record. NAME is the current user.
std::string by_whom(const std::string& because);
constexpr size_t kLongestReason = 500;
/// Prints that the reason is too long and returns kWrongUsage.
int reason_too_long();

/// Asks on stderr. Only an answer that begins with y or Y is a yes.
bool person_agrees(const std::string& question);

}  // namespace callgate
