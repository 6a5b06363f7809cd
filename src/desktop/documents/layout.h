// Writes JSON in the layout of the lines around it.
#pragma once

#include <string>
#include <string_view>

namespace callgate {

struct Layout {
  /// The indentation of the members to write. For an object to write, the indentation of the line
  /// on which the object begins.
  std::string indent;
  std::string unit = "  ";  ///< one level
  std::string line_end = "\n";
  bool one_line = false;

  Layout deeper() const { return {indent + unit, unit, line_end, one_line}; }
};

/// Writes valid JSON. The members of an object are on their own lines, one unit deeper than
/// `indent`; arrays stay on one line.
std::string laid_out(std::string_view json, const Layout& layout);

}  // namespace callgate
