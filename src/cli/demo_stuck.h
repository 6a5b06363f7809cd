// `callgate demo --stuck`: an agent whose calls are all allowed, but that is stuck.
#pragma once

#include "common.h"

namespace callgate {

int run_stuck_demo(const Common& common);

}  // namespace callgate
