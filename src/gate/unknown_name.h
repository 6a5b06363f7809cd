// A name that no server is known to have: whether a call waits for it, and what its answer says.
#pragma once

#include <string>

#include "catalog.h"

namespace callgate {

struct Core;
class Session;

/// A server that may have that name, and that the session sees, is not up yet: a call of the name
/// waits for it.
bool may_still_come(Core& core, Session& session, ListKind kind, const std::string& exposed);
/// What follows "Unknown tool: NAME": servers that may have it but are not up, and why; else the
/// nearest names that the session sees. May be empty.
std::string unknown_hint(Core& core, Session& session, ListKind kind, const std::string& exposed);

}  // namespace callgate
