// From a child's list answers to catalog entries: names made ours, what a client could not use left
// out.
#pragma once

#include <vector>

#include "callgate/config/config.h"
#include "callgate/policy/policy.h"
#include "callgate/wire/message.h"
#include "catalog.h"

namespace callgate {

/// `parts` are arrays of items, in order. An item that is malformed is mended or hides only itself.
/// A name twice: the first counts.
ListedItems entries_of(ListKind kind, const std::vector<Value>& parts, ServerIndex index,
                       const Roster& roster, const Policy& policy, bool tasks, size_t limit);

}  // namespace callgate
