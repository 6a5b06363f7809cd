// Repairs list items so that client libraries accept them. When one item does not fit its schema, a
// library rejects the whole list, with the items of every server in it.
// Sources: MCP 2025-11-25 "schema.ts", 2026-07-28 "schema.ts"; the zod schemas of
// @modelcontextprotocol/sdk 1.x and @modelcontextprotocol/client 2.x.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "callgate/wire/message.h"

namespace callgate {

enum class ItemKind : uint8_t { Tool, Prompt, Resource, Template };

struct MendedItem {
  std::string text;                  ///< the repaired item; empty: the item needs no change
  std::vector<std::string> changes;  ///< what was changed and why, in words; at most 20 changes
  std::string fault;                 ///< why clients cannot read the item even so; empty: they can
};

/// Leaves a valid item as it is. Drops optional members that are null or have a wrong type, which
/// takes no meaning from the item. An item without its required members gets a fault.
MendedItem mend_item(ItemKind kind, Value item);

/// Returns why the validator of client libraries (ajv) cannot compile this output schema, or empty
/// if it can. Libraries of the handshake era compile all output schemas when they get a list, and
/// reject the list when one fails.
std::string output_schema_fault(Value schema);

/// True if a JavaScript engine accepts the pattern with the flag `u`, as validators use it.
bool is_javascript_pattern(std::string_view pattern);

}  // namespace callgate
