// The properties of the screen, and functions that make text safe for a terminal. So the text of a
// tool cannot control the user's terminal.
#pragma once

#include <string>
#include <string_view>

#include "common.h"

namespace callgate {

struct Screen {
  bool terminal = false;
  bool color = false;
  size_t width = 0;  ///< in columns; 0: unlimited (a pipe or a file)
};
/// Describes standard output. For colour, `--color` has precedence over the variable NO_COLOR, and
/// NO_COLOR over the terminal's type.
Screen screen(const Common& common);
/// Returns whether output is coloured, by --color and NO_COLOR. `terminal`: the output is a
/// terminal.
bool wants_color(const Common& common, bool terminal);

enum class Style { Plain, Bold, Dim, Red, Green, Yellow, Blue, Cyan, Match };
std::string styled(const Screen& screen, Style style, std::string_view text);

/// Like styled(), with every occurrence of `match` highlighted. ASCII case is ignored; an empty
/// `match` matches nothing.
std::string with_matches(const Screen& screen, Style style, std::string_view text,
                         std::string_view match);

enum class Lines { Escaped, Kept };
/// Returns the text with control characters (C0, DEL, C1), bidirectional and invisible characters
/// as JSON escapes, and with broken UTF-8 as \xNN. Within a JSON text this changes only the
/// spelling of values. Lines::Kept leaves \n and \t as they are.
std::string visible(std::string_view text, Lines lines);

/// Returns the width of text from visible(). Wide characters take two columns, combining ones none.
size_t columns(std::string_view text);
/// Cuts the text to `width` columns and ends it with "…" if something was cut. 0 means no limit.
std::string cut(std::string_view text, size_t width);
enum class Align { Left, Right };
/// Cuts the text, or fills it with blanks, to exactly `width` columns.
std::string fit(std::string_view text, size_t width, Align align);

}  // namespace callgate
