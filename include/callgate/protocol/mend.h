// Repairs list items so that client libraries accept them. If a single item does not fit MCP's
// schema, a library rejects the whole list, and with it the items of all servers. Sources: MCP
// 2025-11-25 "schema.ts", 2026-07-28 "schema.ts"; the zod schemas of @modelcontextprotocol/sdk 1.x
// and @modelcontextprotocol/client 2.x.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "callgate/wire/message.h"

namespace callgate {

enum class ItemKind : uint8_t { Tool, Prompt, Resource, Template };

struct MendedItem {
  std::string text;                  ///< the repaired item; empty if the item needs no change
  std::vector<std::string> changes;  ///< sentences about what was changed and why; at most 20
  /// Why clients can't read the item even after the changes; empty if they can.
  std::string fault;
};

/// Leaves a valid item as it is. Drops optional members that are null or have a wrong type, because
/// clients could not use them anyway. An item without its required members gets a fault.
MendedItem mend_item(ItemKind kind, Value item);

/// Returns why the validator of client libraries (ajv) cannot compile this output schema, or empty
/// if it can. Client libraries of the legacy era compile all output schemas when they get a list,
/// and reject the whole list if one does not compile.
std::string output_schema_fault(Value schema);

/// True if a JavaScript engine accepts the pattern with the flag `u`, as validators use it.
bool is_javascript_pattern(std::string_view pattern);

}  // namespace callgate
