// The URIs that different programs may understand when they parse the same text. Both the rules
// about resources and the gate's routing look at all of these URIs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace callgate {

struct UriForms {
  /// A text as `new URL()` and RFC 3986 normalise it: white space and control characters removed,
  /// the scheme in lower case, no user and no empty or default port, `.` and `..` resolved (`%2e`
  /// is a dot), `\` as `/`. `folded` has the host in lower case, and `cased` has it as it was
  /// written.
  struct Normal {
    std::string folded, cased;
    bool operator==(const Normal&) const = default;
  };
  std::vector<std::string> texts;  ///< as written, then with its escapes decoded once
  std::vector<Normal> normal;      ///< the normalised URIs of `texts`, without equal ones
};
UriForms uri_forms(std::string_view uri);

/// Normalises a glob on URIs like UriForms::Normal::folded, so that it matches such URIs. Returns
/// "" if the pattern cannot be normalised.
std::string normal_uri_pattern(std::string_view pattern);

/// True if the text has characters that no URI may have and that some programs drop or replace:
/// white space, control characters, backslashes.
bool is_odd_uri(std::string_view uri);

}  // namespace callgate
