// `callgate demo --stuck`: shows how the guard finds out that an agent is stuck although the rules
// allow all of its calls.
#pragma once

#include "cli/text/common.h"

namespace callgate {

int run_stuck_demo(const Common& common);

}  // namespace callgate
