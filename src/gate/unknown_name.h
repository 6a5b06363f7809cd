// What an answer says of a name that no server is known to have.
#pragma once

#include <string>

#include "catalog.h"

namespace callgate {

struct Core;
class Session;

/// What follows "Unknown tool: NAME": servers that may have it but are not up, and why; else the
/// nearest names that the session sees. May be empty.
std::string unknown_hint(Core& core, Session& session, ListKind kind, const std::string& exposed);

}  // namespace callgate
