// Starts new servers once, so that their tools and instructions are known before a client's first
// session: many clients ask for them only once and do not wait.
#pragma once

#include <string>

#include "commands.h"

namespace callgate {

/// Starts all enabled servers for which no lists are stored, in parallel and for at most 20 s in
/// all, and prints the outcome of each. A failure has no consequence: the first session starts the
/// server again. If `only` is not empty, starts that server alone.
void start_once(const Places& places, const Common& common, const std::string& only = "");

}  // namespace callgate
