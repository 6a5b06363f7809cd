// The tool names that clients see.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace callgate {

/// Clients add a prefix of their own and cut names at 60 to 64 characters.
inline constexpr size_t kLongestName = 48;

/// What other names exist, as far as it decides whether a name needs a digest.
struct NameNeighbours {
  /// The names of another configured server could begin with the same prefix.
  bool same_prefix = false;
  bool same_tool = false;  ///< tool_name() of another tool of this server is the same
};

/// Returns `server__tool` in [A-Za-z0-9_-], with at most kLongestName characters and with a letter
/// or `_` in front, because Gemini refuses a whole request over any other name. Other characters
/// become `_`. If the result could belong to another pair of server and tool, or is too long, the
/// name is cut and gets 8 hex digits of the pair's digest. So different pairs have different names,
/// and a tool that a server adds never renames tools of other servers.
std::string exposed_name(std::string_view server, std::string_view tool, NameNeighbours others);
/// The same for a server with `prefix: never`: the tool's own name where possible.
std::string bare_name(std::string_view server, std::string_view tool, NameNeighbours others);

/// The prefix of exposed_name(), `server__`, as it is before any cut.
std::string name_prefix(std::string_view server);
/// True if the prefix can belong to this server only, so that no other server can take its names.
bool owns_prefix(std::string_view server);
/// The tool's name in the characters of exposed names. For most tools it is unchanged.
std::string tool_name(std::string_view tool, bool bare);

}  // namespace callgate
