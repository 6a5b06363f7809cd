// Repairs list items so that client libraries accept them. If one item does not fit MCP's schema, a
// library rejects the whole list, and with the list the items of all servers. Sources: MCP
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
  /// The reason why clients can't read the item even after the changes; empty if they can read it.
  std::string fault;
};

/// Repairs an item. A valid item stays unchanged. Optional members that are null or have a wrong
/// type are dropped, because clients could not use them anyway. If a required member is missing,
/// the result has a `fault`.
MendedItem mend_item(ItemKind kind, Value item);

/// Returns the reason why the validator of client libraries (ajv) cannot compile this output
/// schema; empty if it can. Client libraries of the legacy era compile all output schemas when they
/// get a list. If one schema does not compile, they reject the whole list.
std::string output_schema_fault(Value schema);

/// True if a JavaScript engine accepts the pattern with the flag `u`. Validators use patterns with
/// this flag.
bool is_javascript_pattern(std::string_view pattern);

}  // namespace callgate
