// Tables with aligned columns that fit the screen.
#pragma once

#include <string>
#include <vector>

#include "terminal.h"

namespace callgate {

struct Cell {
  std::string text;  ///< safe for a terminal already, and without colour
  Style style = Style::Plain;
  std::string match;  ///< highlighted wherever it occurs
};

struct Column {
  std::string title;
  Align align = Align::Left;
  size_t at_most = 0;  ///< width limit; 0: as wide as its widest cell
  /// On a narrow screen, columns with the highest number are left out first; 0: never left out.
  int give_up = 0;
  bool takes_rest = false;  ///< one column only: its width follows the screen
  size_t at_least = 16;     ///< minimal width of the column that takes the rest
};

/// Returns the table with a title line and without trailing blanks.
std::string render(const Screen& screen, std::vector<Column> columns,
                   std::vector<std::vector<Cell>> rows);

}  // namespace callgate
