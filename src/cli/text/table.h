// Formats tables with aligned columns that fit the screen.
#pragma once

#include <string>
#include <vector>

#include "terminal.h"

namespace callgate {

struct Cell {
  std::string text;  ///< must be safe for a terminal (see visible()) and without colour
  Style style = Style::Plain;
  std::string match;  ///< highlighted wherever `text` contains it
};

struct Column {
  std::string title;
  Align align = Align::Left;
  size_t at_most = 0;  ///< maximum width; 0: as wide as its widest cell
  /// On a narrow screen, the column with the highest `give_up` is left out first. A column with
  /// `give_up` 0 is never left out.
  int give_up = 0;
  bool takes_rest = false;  ///< for at most one column: it gets the rest of the screen's width
  size_t at_least = 16;     ///< minimum width of the column with `takes_rest`
};

/// Returns the table with a title line and without trailing blanks.
std::string render(const Screen& screen, std::vector<Column> columns,
                   std::vector<std::vector<Cell>> rows);

}  // namespace callgate
