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
/// Every spelling is the text itself: nothing odd is in it.
bool has_one_spelling(std::string_view text, Spelling spelling);

/// What a value that a pattern is compared with may be read as besides itself: its spellings as one
/// path, and each of these with its dots and slashes undone. Empty for nearly all values.
std::vector<std::string> other_readings(std::string_view text);

/// Without what is around a path: quotes, brackets, blanks of any alphabet.
std::string_view bare_path(std::string_view text);
/// Percent escapes undone, twice, and slashes for what looks like one.
std::string with_plain_slashes(std::string_view text);

}  // namespace callgate
