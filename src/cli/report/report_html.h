// Helpers that write the HTML page of a report. Clients and servers choose the names in a report,
// and are not trusted. So callers must pass each name through escaped() before they write the name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace callgate {

/// Escapes text for HTML content and HTML attributes. Makes invisible characters visible.
std::string escaped(std::string_view text);
std::string number_cell(uint64_t value);
std::string name_cell(std::string_view text);

/// Appends sections and tables to a page. The arguments must be HTML; they are not escaped.
class HtmlParts {
 protected:
  void section(std::string_view id, std::string_view title, std::string_view about);
  void end_section() { out_ += "</section>\n"; }
  /// Begins a table. If it is wider than the page, the reader can scroll it alone, also by
  /// keyboard.
  void table(std::string_view label, std::string_view headings);
  void end_table() { out_ += "</tbody>\n</table>\n</div>\n"; }
  /// Appends "and 3 more agents", or nothing if `count` is 0.
  void more(uint64_t count, std::string_view what);

  std::string out_;
};

}  // namespace callgate
