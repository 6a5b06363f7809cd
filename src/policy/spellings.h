// What servers make of a text before they use it as a path.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace callgate {

/// How far a text is from the path that a server may make of it.
enum class Spelling {
  Written,  ///< as it is: the text is prose or code
  Plain,    ///< one path
  Lists     ///< one path, or several
};

struct Spellings {
  std::vector<std::string> texts;  ///< the first is the text itself
  bool undecided = false;          ///< there are more than are told here
};

/// Each kind has its origin in real servers: quotes, brackets and blanks of any alphabet around the
/// path are dropped, percent escapes are undone, backslashes and full-width characters become what
/// they look like, a list is split, and what follows `=` or a leading
/// `@` is the path.
Spellings spellings_of(std::string_view text, Spelling spelling);
/// Returns true if the text has no spelling besides itself. Quick.
bool has_one_spelling(std::string_view text, Spelling spelling);

/// Returns how programs may read a value besides as it is: its spellings as one path, and each of
/// them with dots and repeated slashes resolved. Nearly all values have none.
std::vector<std::string> other_readings(std::string_view text);

/// Returns the path without the quotes, brackets and blanks (of any alphabet) around it.
std::string_view bare_path(std::string_view text);
/// Undoes percent escapes twice, and replaces backslashes and full-width slashes by slashes.
std::string with_plain_slashes(std::string_view text);

}  // namespace callgate
