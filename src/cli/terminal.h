// What the screen is, and text made safe for it: nothing that a tool said reaches a terminal as a
// control.
#pragma once

#include <string>
#include <string_view>

#include "common.h"

namespace callgate {

struct Screen {
  bool terminal = false;
  bool color = false;
  size_t width = 0;  ///< columns; 0: no bound (a pipe or a file)
};
/// Of standard output. `--color` beats NO_COLOR, which beats what the terminal is.
Screen screen(const Common& common);

enum class Style { Plain, Bold, Dim, Red, Green, Yellow, Blue, Cyan, Match };
std::string styled(const Screen& screen, Style style, std::string_view text);

/// As styled(), with every occurrence of `match` (ignoring ASCII case; empty: none) made to stand
/// out.
std::string with_matches(const Screen& screen, Style style, std::string_view text,
                         std::string_view match);
/// Ignoring ASCII case; npos: not there.
size_t find_ignoring_case(std::string_view text, std::string_view wanted);

enum class Lines { Escaped, Kept };
/// Controls (C0, DEL, C1), bidirectional and invisible characters become JSON escapes, broken UTF-8
/// becomes \xNN. Inside a JSON text this changes spelling only, never a value. Kept leaves \n and
/// \t as they are.
std::string visible(std::string_view text, Lines lines);

/// Columns that already visible text takes: wide characters two, combining ones none.
size_t columns(std::string_view text);
/// The text cut to `width` columns, with "…" at the end when something was cut; 0 means no bound.
std::string cut(std::string_view text, size_t width);
/// Cut or filled with blanks to exactly `width` columns.
enum class Align { Left, Right };
std::string fit(std::string_view text, size_t width, Align align);

}  // namespace callgate
