// Asks the user to confirm a command that gives clients or servers more rights.
#pragma once

#include <string>

#include "cli/text/common.h"

namespace callgate {

/// Returns kDone if `yes` is true (the user gave --yes), or if the user at the terminal answers yes
/// to `question`. Otherwise prints the reason to stderr and returns the exit code. Does not check
/// who runs the command: run_command_line() has already refused descendants of clients and servers.
int may_widen(const std::string& question, bool yes);

/// Returns "by NAME" or "by NAME: BECAUSE", for the record. NAME is the current user.
std::string by_whom(const std::string& because);
constexpr size_t kLongestReason = 500;
/// Prints that the reason is too long and returns kWrongUsage.
int reason_too_long();

/// Prints the question to stderr and reads the answer. Returns true only if the answer begins with
/// y or Y.
bool person_agrees(const std::string& question);

}  // namespace callgate
