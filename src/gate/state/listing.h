// Makes catalog entries from a child's lists: gives items their exposed names, and leaves out items
// that clients could not use.
#pragma once

#include <vector>

#include "callgate/config/config.h"
#include "callgate/policy/policy.h"
#include "callgate/wire/message.h"
#include "catalog.h"

namespace callgate {

/// `parts` are the arrays of items of all pages, in order. A malformed item is repaired or left
/// out; the other items stay. If a name appears twice, the first item counts. `tasks` is true if
/// the server has the capability of tasks. Returns at most `limit` items.
ListedItems entries_of(ListKind kind, const std::vector<Value>& parts, ServerIndex index,
                       const ServerRegistry& registry, const Policy& policy, bool tasks,
                       size_t limit);

}  // namespace callgate
