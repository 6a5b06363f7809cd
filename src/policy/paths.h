// Strings as paths: how a server may read them, and which folder contains which path. Lexical only:
// no file is touched.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/path_text.h"
#include "callgate/policy/policy.h"

namespace callgate {

/// Every path that a server may take a string for. More than one when servers differ: trimmed or
/// not, `..` undone by the kernel (behind links) or on paper, a URI with its query or without.
struct PathReadings {
  std::vector<std::string> paths;
  bool doubtful = false;  ///< there may be readings that we can't tell: another user's `~name`, a
                          ///< foreign host …
};
PathReadings path_readings(std::string_view text, std::string_view home);

/// Worth resolving for the built-in rule: holds a slash, or begins with `~` or `file:`; at most
/// 4,096 bytes; no control characters inside; no URL of another scheme.
bool looks_like_path(std::string_view text);

enum class Case { Exact, Folded };
/// By whole components; the folder itself is inside. Both lexical; Folded takes ASCII letters of
/// either case as equal.
bool is_inside(std::string_view path, std::string_view folder, Case letters);

/// Calls for each string in the facts that the built-in rule looks at: arguments, nested ones and
/// keys too, or the URI. The callback returns false to stop.
void for_each_path_like(const Facts& facts, const std::function<bool(std::string)>& visit);

}  // namespace callgate
