#include "peer_text.h"

#include <algorithm>

namespace callgate {

namespace {

// The first two bytes of U+2028 and U+2029, and the two bytes of U+0085. Many other characters also
// begin with kBeforeParagraph.
constexpr std::string_view kBeforeParagraph = "\xE2\x80", kNextLine = "\xC2\x85";

bool ends_paragraph(char last) { return last == '\xA8' || last == '\xA9'; }

size_t next_paragraph(std::string_view text, size_t from) {
  for (size_t at = text.find(kBeforeParagraph, from); at != std::string_view::npos;
       at = text.find(kBeforeParagraph, at + 2))
    if (at + 2 < text.size() && ends_paragraph(text[at + 2])) return at;
  return std::string_view::npos;
}

}  // namespace

void blank_line_ends(std::string& text) {
  for (const char end : {'\r', '\n'})
    for (size_t at = text.find(end); at != std::string::npos; at = text.find(end, at + 1))
      text[at] = ' ';
}

bool has_separators(std::string_view text) {
  return next_paragraph(text, 0) != std::string_view::npos ||
         text.find(kNextLine) != std::string_view::npos;
}

std::string escaped_separators(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  size_t paragraph = next_paragraph(text, 0), line = text.find(kNextLine);
  for (size_t at = 0; at < text.size();) {
    const size_t next = std::min({paragraph, line, text.size()});
    out.append(text, at, next - at);
    at = next;
    if (next == text.size()) break;
    if (next == paragraph) {
      out += text[at + 2] == '\xA8' ? "\\u2028" : "\\u2029";
      at += 3;
      paragraph = next_paragraph(text, at);
    } else {
      out += "\\u0085";
      at += 2;
      line = text.find(kNextLine, at);
    }
  }
  return out;
}

}  // namespace callgate
