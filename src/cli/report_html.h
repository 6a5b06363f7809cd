// What the page of a report is written with. Every name in it is a stranger's: `escaped` before it
// is written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace callgate {

/// Text for HTML, in an attribute too; what a person would not see is shown.
std::string escaped(std::string_view text);
std::string number_cell(uint64_t value);
std::string name_cell(std::string_view text);

/// Sections and tables at the end of a page; what they are given is HTML already.
class HtmlParts {
 protected:
  void section(std::string_view id, std::string_view title, std::string_view about);
  void end_section() { out_ += "</section>\n"; }
  /// It may be wider than the page: then it scrolls by itself, by keyboard too.
  void table(std::string_view label, std::string_view headings);
  void end_table() { out_ += "</tbody>\n</table>\n</div>\n"; }
  /// "and 3 more agents"; of none nothing.
  void more(uint64_t count, std::string_view what);

  std::string out_;
};

}  // namespace callgate
