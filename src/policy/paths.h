// What strings in arguments mean as paths; all lexical.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "argument_strings.h"
#include "callgate/policy/policy.h"
#include "spellings.h"

namespace callgate {

/// From where a server may read what is no absolute path.
struct Bases {
  std::vector<std::string> homes;    ///< what `~` may mean; the first is the user's
  std::vector<std::string> folders;  ///< absolute, besides the folder that the server runs in
  std::string cwd;                   ///< that folder; empty if it is not known
};

struct PathReadings {
  std::vector<std::string> paths;  ///< relative ones mean the folder that the server runs in
  bool doubtful = false;  ///< a server may also see something else: another machine, another user …
  bool relative = false;  ///< what it means depends on where the server looks
};

/// Every meaning that a server may give to the text. Each kind of reading has its origin in a real
/// server: `~` and `$HOME` expanded, a `file:` URI decoded, another local URI stripped of its
/// scheme, `..` undone on paper, white space trimmed, control characters dropped, a relative path
/// under each of the bases; and all that of each of its spellings.
PathReadings path_readings(std::string_view text, const Bases& bases,
                           Spelling spelling = Spelling::Plain);

/// `$HOME/x` and `${HOME}/x` as `~/x`; anything else as it is.
std::string home_as_tilde(std::string_view text);

/// For the built-in rule, which knows no argument by name: a string that a server could take for a
/// path. Names of other machines' things (https://host/x) are none, unless `..` could lead out of
/// them.
bool looks_like_path(std::string_view text);
/// The same from a string's token, without undoing its escapes: false only for what is surely none.
bool may_look_like_path(const ArgumentString& string);

/// For rules about every path in the arguments: what is written as a path, or what the argument's
/// name says is one. Prose, code, patterns and names of branches are none.
bool is_found_path(std::string_view text, Naming naming);

/// Folded: ASCII letters of either case are the same.
enum class Case { Exact, Folded };
/// By whole components; the folder itself is inside. Both absolute, without "." and "..".
bool is_inside(std::string_view path, std::string_view folder, Case letters);

bool holds_control(std::string_view text);
bool has_parent_step(std::string_view path);
/// Only "." and ".." once it is undone on paper.
bool is_only_dots(std::string_view text);

}  // namespace callgate
