#include "report_html.h"

#include <fmt/core.h>

#include "cli/text/terminal.h"
#include "cli/text/time_text.h"

namespace callgate {

std::string escaped(std::string_view text) {
  std::string out;
  const std::string safe = visible(text, Lines::Escaped);
  out.reserve(safe.size());
  for (const char c : safe) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\'')
      out += "&#39;";
    else
      out += c;
  }
  return out;
}

std::string number_cell(uint64_t value) {
  return value == 0 ? "<td class=\"n none\">0</td>"
                    : fmt::format("<td class=\"n\">{}</td>", grouped(value));
}

std::string name_cell(std::string_view text) {
  return fmt::format("<th scope=\"row\" class=\"name\">{}</th>", escaped(text));
}

void HtmlParts::section(std::string_view id, std::string_view title, std::string_view about) {
  out_ += fmt::format(
      "<section aria-labelledby=\"{}\">\n<h2 id=\"{}\">{}</h2>\n<p class=\"note\">{}</p>\n", id, id,
      title, about);
}

void HtmlParts::table(std::string_view label, std::string_view headings) {
  out_ += fmt::format(
      "<div class=\"scroll pinned\" role=\"region\" aria-label=\"{}\" "
      "tabindex=\"0\">\n<table>\n<thead><tr>{}</tr></thead>\n<tbody>\n",
      label, headings);
}

void HtmlParts::more(uint64_t count, std::string_view what) {
  if (count > 0)
    out_ += fmt::format("<p class=\"note\">and {}</p>\n",
                        grouped(count, std::string("more ").append(what)));
}

}  // namespace callgate
