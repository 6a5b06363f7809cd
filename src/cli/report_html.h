// Helpers that write the HTML page of a report. Names in a report come from outside and are not
// trusted: `escaped` must be applied to each before it is written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace callgate {

/// Escapes text for HTML and its attributes. Invisible characters are made visible.
std::string escaped(std::string_view text);
std::string number_cell(uint64_t value);
std::string name_cell(std::string_view text);

/// Appends sections and tables to a page. Their arguments are HTML already.
class HtmlParts {
 protected:
  void section(std::string_view id, std::string_view title, std::string_view about);
  void end_section() { out_ += "</section>\n"; }
  /// A table that is wider than the page scrolls on its own, also by keyboard.
  void table(std::string_view label, std::string_view headings);
  void end_table() { out_ += "</tbody>\n</table>\n</div>\n"; }
  /// Appends "and 3 more agents", or nothing if `count` is 0.
  void more(uint64_t count, std::string_view what);

  std::string out_;
};

}  // namespace callgate
