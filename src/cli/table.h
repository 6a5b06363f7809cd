// Aligned columns, fitted to the screen.
#pragma once

#include <string>
#include <vector>

#include "terminal.h"

namespace callgate {

struct Cell {
  std::string text;  ///< visible already, and without colour
  Style style = Style::Plain;
  std::string match;  ///< stands out wherever it occurs
};

struct Column {
  std::string title;
  Align align = Align::Left;
  size_t at_most = 0;  ///< columns; 0: as wide as its widest cell
  int give_up =
      0;  ///< when the screen is too narrow, columns go in falling order of this; 0: never
  bool takes_rest = false;  ///< the one column that shrinks and grows with the screen
  size_t at_least = 16;     ///< of the column that takes the rest
};

/// With a title line. Trailing blanks are left out.
std::string render(const Screen& screen, std::vector<Column> columns,
                   std::vector<std::vector<Cell>> rows);

}  // namespace callgate
