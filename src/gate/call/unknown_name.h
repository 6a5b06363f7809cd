// Names that no server is known to have: whether a call waits for a server that may have the name,
// and the hints in the error text.
#pragma once

#include <string>

#include "gate/state/catalog.h"

namespace callgate {

struct Core;
class Session;

/// True if a server that the session sees, and that may have the name, is still starting. Then a
/// call waits for it.
bool may_still_come(Core& core, Session& session, ListKind kind, const std::string& exposed);
/// Returns what follows "Unknown tool: NAME" in the error text: the servers that may have the name
/// but are not up, with the reasons; otherwise the nearest names that the session sees. May be
/// empty.
std::string unknown_hint(Core& core, Session& session, ListKind kind, const std::string& exposed);

}  // namespace callgate
