// Items of lists as client libraries accept them. A library throws the whole answer away, with the
// items of every server in it, when one item does not fit its schema.
// Source: MCP 2025-11-25 "schema.ts", 2026-07-28 "schema.ts"; the zod schemas of
// @modelcontextprotocol/sdk 1.x and @modelcontextprotocol/client 2.x.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "callgate/wire/message.h"

namespace callgate {

enum class ItemKind : uint8_t { Tool, Prompt, Resource, Template };

struct MendedItem {
  std::string text;                  ///< the item as clients can read it; empty: as it came
  std::vector<std::string> changes;  ///< what was changed and why, in words; at most 20
  std::string fault;                 ///< why clients could not read it even so; empty: they can
};

/// Leaves a sound item as it is. Optional members that are null or of a wrong type are left out,
/// which takes no meaning from the item; an item that lacks what it needs has a fault.
MendedItem mend_item(ItemKind kind, Value item);

/// Why the validator of client libraries (ajv) cannot compile this output schema; empty: it can.
/// Libraries of the handshake era compile all of them when they get a list, and throw the list away
/// when one fails.
std::string output_schema_fault(Value schema);

/// True if a JavaScript engine accepts the pattern with the flag `u`, as validators use it.
bool is_javascript_pattern(std::string_view pattern);

}  // namespace callgate
