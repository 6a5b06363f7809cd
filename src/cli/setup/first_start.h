// Starts new servers once, so that the gate knows their tools and instructions before the first
// session of a client. Many clients ask for tools only once, when a session begins, and do not wait
// for slow servers.
#pragma once

#include <string>

#include "cli/commands.h"

namespace callgate {

/// Starts in parallel all enabled servers for which no lists are stored, and waits at most 20 s for
/// all of them. Prints for each server whether it started. The failure of a server has no other
/// effect, because the first session starts the server again. If `only` is not empty, starts only
/// the server with this name.
void start_once(const Places& places, const Common& common, const std::string& only = "");

}  // namespace callgate
