// The names that a client sees.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace callgate {

/// Clients add a prefix of their own and cut at 60 to 64 characters.
inline constexpr size_t kLongestName = 48;

/// What else is there, as far as it decides whether a name must say which pair it is of.
struct NameNeighbours {
  bool same_prefix = false;  ///< another configured server's names could begin as this one's do
  bool same_tool = false;    ///< tool_name() of another tool of this server is the same
};

/// `server__tool` in [A-Za-z0-9_-], at most kLongestName characters, with a letter or `_` in front:
/// Gemini refuses a request over any other. Other characters become `_`. Where the pair could not
/// be told from another, or the name is too long, a readable head and 8 hex digits of the pair's
/// digest. So different pairs have different names, and what servers add to their lists renames
/// nothing of other servers.
std::string exposed_name(std::string_view server, std::string_view tool, NameNeighbours others);
/// The same for a server with `prefix: never`: the tool's own name where it can be.
std::string bare_name(std::string_view server, std::string_view tool, NameNeighbours others);

/// What exposed_name() begins with where it is not cut: `server__`.
std::string name_prefix(std::string_view server);
/// The prefix says exactly this server: no other may take its names.
bool owns_prefix(std::string_view server);
/// A tool's name in the characters of exposed names; equal to it for most.
std::string tool_name(std::string_view tool, bool bare);

}  // namespace callgate
