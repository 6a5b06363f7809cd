// The names that a client sees.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace callgate {

/// Clients add a prefix of their own and cut at 60 to 64 characters.
inline constexpr size_t kLongestName = 48;

/// `server__tool` in [A-Za-z0-9_-], at most kLongestName characters. Where that cannot say the pair
/// exactly (other characters, too long, a server part in which the `__` could be misread), a
/// readable head and 8 hex digits of the pair's digest: so different pairs have different names,
/// and a pair has the same name whatever else is configured.
std::string exposed_name(std::string_view server, std::string_view tool);
/// The same for a server with `prefix: never`: the tool's own name where it can be.
std::string bare_name(std::string_view server, std::string_view tool);

}  // namespace callgate
