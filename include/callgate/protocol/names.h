// The tool names that clients see.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace callgate {

/// Clients add their own prefix to a name, and shorten the result to 60 to 64 characters.
inline constexpr size_t kLongestName = 48;

/// Which similar names exist. From this, exposed_name() decides whether a name needs a digest to be
/// unique.
struct NameNeighbours {
  /// True if the names of another configured server could begin with the same prefix.
  bool same_prefix = false;
  bool same_tool = false;  ///< true if another tool of this server has the same tool_name()
};

/// Returns `server__tool` in [A-Za-z0-9_-]. The name has at most kLongestName characters and begins
/// with a letter or `_`, because Gemini refuses a whole request if any of its tools has another
/// kind of name. Other characters become `_`. If the result could belong to another pair of server
/// and tool, or is too long, the name is shortened and gets 8 hex digits of the pair's digest. So
/// different pairs have different names, and a new tool of one server never changes the names of
/// other servers' tools.
std::string exposed_name(std::string_view server, std::string_view tool, NameNeighbours others);
/// Like exposed_name(), but for a server with `"prefix": "never"`: returns the tool's own name if
/// possible.
std::string bare_name(std::string_view server, std::string_view tool, NameNeighbours others);

/// Returns the prefix `server__` with which exposed_name() begins a name. If exposed_name()
/// shortens the name, the prefix may be shortened, too.
std::string name_prefix(std::string_view server);
/// True if no other server can have the same prefix, so that no other server's tools can get the
/// same names.
bool owns_prefix(std::string_view server);
/// Returns the tool's name with `_` in place of characters that exposed names can't have. For most
/// tools, the result is the unchanged name. `bare` is true for a name without a prefix. The first
/// character of such a name must be usable as the first character of the exposed name.
std::string tool_name(std::string_view tool, bool bare);

}  // namespace callgate
