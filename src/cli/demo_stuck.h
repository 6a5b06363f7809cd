// `callgate demo --stuck`: an agent that may do all it does, and is stuck.
#pragma once

#include "common.h"

namespace callgate {

int run_stuck_demo(const Common& common);

}  // namespace callgate
