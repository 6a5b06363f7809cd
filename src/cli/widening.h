// Before a command that widens rights does so.
#pragma once

#include <string>

#include "common.h"

namespace callgate {

/// A person wants it: one at a terminal who says yes to `question`, or --yes. Refused to
/// descendants of a client or of a server, whatever they say. Otherwise the exit code, told on
/// stderr; kDone: go on.
int may_widen(const std::string& question, bool yes, const Places& places);

/// Asks on stderr; anything but y is no.
bool person_agrees(const std::string& question);

}  // namespace callgate
