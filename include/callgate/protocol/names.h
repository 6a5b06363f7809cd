// The tool names that clients see.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace callgate {

/// Clients add a prefix of their own and cut names at 60 to 64 characters.
inline constexpr size_t kLongestName = 48;

/// Which similar names exist. This decides whether a name needs a digest to be unique.
struct NameNeighbours {
  /// True if the names of another configured server could begin with the same prefix.
  bool same_prefix = false;
  bool same_tool = false;  ///< true if another tool of this server has the same tool_name()
};

/// Returns `server__tool` in [A-Za-z0-9_-], with at most kLongestName characters and beginning with
/// a letter or `_`. Gemini refuses a whole request if any of its tools has another name. Other
/// characters become `_`. If the result could belong to another pair of server and tool, or is too
/// long, the name is cut and gets 8 hex digits of the pair's digest. So different pairs have
/// different names, and a new tool of one server never changes the names of other servers' tools.
std::string exposed_name(std::string_view server, std::string_view tool, NameNeighbours others);
/// Like exposed_name(), but for a server with `"prefix": "never"`: returns the tool's own name if
/// possible.
std::string bare_name(std::string_view server, std::string_view tool, NameNeighbours others);

/// Returns the prefix `server__` of exposed_name(), before exposed_name() may cut the name.
std::string name_prefix(std::string_view server);
/// True if no other server can have the same prefix, so that no other server's tools can get the
/// same names.
bool owns_prefix(std::string_view server);
/// Returns the tool's name with `_` for characters that exposed names can't have. For most tools,
/// that is the name itself. `bare` is true for a name without a prefix, whose first character must
/// also be usable.
std::string tool_name(std::string_view tool, bool bare);

}  // namespace callgate
