// The ways in which servers change a text before they use it as a path.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace callgate {

/// How much a server may change a text to get a path.
enum class Spelling {
  Written,  ///< not at all: the text is prose or code
  Plain,    ///< one path
  Lists     ///< one path or several
};

struct Spellings {
  std::vector<std::string> texts;  ///< the first is the text itself
  bool undecided = false;          ///< there are more spellings than `texts` has
};

/// Returns the spellings of the text: the texts to which real servers change such a text before
/// they use it as a path. Quotes, brackets and blanks of any alphabet around the path are dropped.
/// Percent escapes are decoded. Backslashes and full-width characters become the ASCII characters
/// that they look like. A list is split. The path may begin after a `=` or a leading `@`.
Spellings spellings_of(std::string_view text, Spelling spelling);
/// True if the text itself is its only spelling. This check is much faster than spellings_of().
bool has_one_spelling(std::string_view text, Spelling spelling);

/// Is used for a value that a glob or regex is compared with. Returns the other texts that a server
/// may make of the value: its spellings as one path, and each spelling with its dots and slashes
/// resolved. For nearly all values, there is no other text.
std::vector<std::string> other_readings(std::string_view text);

/// Returns the text without the quotes, brackets and blanks of any alphabet around it.
std::string_view bare_path(std::string_view text);
/// Decodes percent escapes twice, and replaces characters that look like a slash or a dot.
std::string with_plain_slashes(std::string_view text);

}  // namespace callgate
