// Checks times in the form that MCP requires: ISO 8601 with a time zone.
#pragma once

#include <string_view>

namespace callgate {

/// True for a text that client libraries accept in `annotations.lastModified`:
/// `2025-01-12T15:00:58Z`, `2025-01-12T15:00:58.1+02:00`.
bool is_timestamp(std::string_view text);

}  // namespace callgate
