// Times as MCP has them: ISO 8601 with a zone.
#pragma once

#include <string_view>

namespace callgate {

/// `2025-01-12T15:00:58Z`, `2025-01-12T15:00:58.1+02:00`: what client libraries accept in
/// `annotations.lastModified`.
bool is_timestamp(std::string_view text);

}  // namespace callgate
