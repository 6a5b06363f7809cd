// How JSON is written among lines that are there already.
#pragma once

#include <string>
#include <string_view>

namespace callgate {

struct Layout {
  std::string indent;       ///< of the members that are written, or of the object's own line
  std::string unit = "  ";  ///< a level
  std::string line_end = "\n";
  bool one_line = false;

  Layout deeper() const { return {indent + unit, unit, line_end, one_line}; }
};

/// Valid JSON as an object whose members stand on lines of their own, one unit deeper than
/// `indent`; arrays stay on one line.
std::string laid_out(std::string_view json, const Layout& layout);

}  // namespace callgate
