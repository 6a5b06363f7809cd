// Servers that nothing is known of are started once, so that a client's first session has their
// tools and instructions: many clients ask for them once and do not wait.
#pragma once

#include <string>

#include "commands.h"

namespace callgate {

/// Starts the enabled servers of the configuration that no lists are kept of, side by side, for at
/// most 20 s in all, and says what came of it. Nothing depends on it: a server that fails is
/// started again by the first session. `only`: that server; "": all.
void start_once(const Places& places, const Common& common, const std::string& only = "");

}  // namespace callgate
