// The URIs that programs may take one text for: rules about resources and routing look at all.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace callgate {

struct UriForms {
  /// What `new URL()` and RFC 3986 make of a text: white space and controls gone, scheme and host
  /// in lower case, no user and no empty or default port, `.` and `..` undone (`%2e` is a dot), `\`
  /// as `/`. `cased` is the same with the host as it was written.
  struct Normal {
    std::string folded, cased;
    bool operator==(const Normal&) const = default;
  };
  std::vector<std::string> texts;  ///< as written, first; and with its escapes undone once
  std::vector<Normal> normal;      ///< of each of these
};
UriForms uri_forms(std::string_view uri);

/// A glob on URIs, normalised as UriForms::Normal::folded is, so that it matches such URIs; "" if
/// the pattern cannot be normalised.
std::string normal_uri_pattern(std::string_view pattern);

/// Holds characters that no URI has and that programs drop or read as others: white space, control
/// characters, backslashes.
bool is_odd_uri(std::string_view uri);

}  // namespace callgate
