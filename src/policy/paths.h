// Finds the paths that strings in arguments may mean, by their text only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "argument_strings.h"
#include "callgate/policy/policy.h"
#include "spellings.h"

namespace callgate {

/// The folders from which a server may resolve a path that is not absolute.
struct Bases {
  std::vector<std::string> homes;    ///< the folders that `~` may mean; the first is the user's
  std::vector<std::string> folders;  ///< absolute; without the folder that the server runs in
  std::string cwd;                   ///< the folder that the server runs in; empty if unknown
};

struct PathReadings {
  std::vector<std::string> paths;  ///< a relative path begins in the folder that the server runs in
  /// True if a server may find a file that is not in `paths`, because the text names another
  /// machine, another user's home folder, an unknown variable …
  bool doubtful = false;
  bool relative = false;  ///< at least one path depends on the folder in which the server looks
};

/// Returns every path that a server may understand when it reads the text. Each way of reading was
/// found in a real server: the server expands `~` and `$HOME`, decodes a `file:` URI, removes the
/// scheme of another local URI, resolves `..` by text, trims white space, drops control characters,
/// or looks for a relative path under each of the bases. All these ways are tried for each spelling
/// of the text.
PathReadings path_readings(std::string_view text, const Bases& bases,
                           Spelling spelling = Spelling::Plain);

/// Converts `$HOME/x` and `${HOME}/x` to `~/x`; returns any other text unchanged.
std::string home_as_tilde(std::string_view text);

/// True if a server could take the string for a path. Only the built-in rule uses this function:
/// the rule applies to all tools, so it can't know which arguments of a tool are paths. A name on
/// another machine (https://host/x) is a path only if it contains `..`: a server that takes the
/// name for a relative path would then reach other folders.
bool looks_like_path(std::string_view text);
/// A quick check before looks_like_path(). It looks at the string's token and does not decode the
/// token's escapes. Returns false only if the string is surely not a path.
bool may_look_like_path(const ArgumentString& string);

/// For rules about every path in the arguments: true if the text is written as a path, or the
/// argument's name means a path. Prose, code, patterns and names of branches are not paths.
bool is_found_path(std::string_view text, Naming naming);

/// Folded means that the comparison ignores the case of ASCII letters.
enum class Case { Exact, Folded };
/// Compares whole components; the folder itself counts as inside. Both paths must be absolute,
/// without "." and "..".
bool is_inside(std::string_view path, std::string_view folder, Case letters);

bool holds_control(std::string_view text);
bool has_parent_step(std::string_view path);
/// True if only "." and ".." remain when the path is resolved by its text.
bool is_only_dots(std::string_view text);

}  // namespace callgate
