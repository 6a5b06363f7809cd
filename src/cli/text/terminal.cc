#include "terminal.h"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "callgate/base/ascii.h"
#include "characters.h"

namespace callgate {

namespace {

size_t columns_variable() {
  const char* text = std::getenv("COLUMNS");
  const long value = text != nullptr ? std::strtol(text, nullptr, 10) : 0;
  return value > 0 && value < 10'000 ? static_cast<size_t>(value) : 0;
}

size_t terminal_width() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const size_t width = columns_variable();
  return width > 0 ? width : 80;
}

const char* sequence(Style style) {
  switch (style) {
    case Style::Plain:
      return "";
    case Style::Bold:
      return "\x1b[1m";
    case Style::Dim:
      return "\x1b[2m";
    case Style::Red:
      return "\x1b[31m";
    case Style::Green:
      return "\x1b[32m";
    case Style::Yellow:
      return "\x1b[33m";
    case Style::Blue:
      return "\x1b[34m";
    case Style::Cyan:
      return "\x1b[36m";
    case Style::Match:
      return "\x1b[1;7m";
  }
  return "";
}

std::string escape(uint32_t code) {
  switch (code) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    case '\b':
      return "\\b";
    case '\f':
      return "\\f";
    default:
      break;
  }
  if (code < 0x10000) return fmt::format("\\u{:04x}", code);
  const uint32_t rest = code - 0x10000;
  return fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10), 0xDC00 + (rest & 0x3FF));
}

}  // namespace

bool wants_color(const Common& common, bool terminal) {
  if (common.color != "auto") return common.color == "always";
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* term = std::getenv("TERM");
  return terminal && term != nullptr && std::string_view(term) != "dumb";
}

Screen screen(const Common& common) {
  Screen result;
  result.terminal = isatty(STDOUT_FILENO) == 1;
  result.color = wants_color(common, result.terminal);
  result.width = result.terminal ? terminal_width() : columns_variable();
  return result;
}

std::string styled(const Screen& screen, Style style, std::string_view text) {
  if (!screen.color || style == Style::Plain || text.empty()) return std::string(text);
  return fmt::format("{}{}\x1b[0m", sequence(style), text);
}

std::string with_matches(const Screen& screen, Style style, std::string_view text,
                         std::string_view match) {
  if (match.empty() || !screen.color) return styled(screen, style, text);
  std::string out;
  for (size_t at; (at = find_ignoring_case(text, match)) != std::string_view::npos;) {
    out += styled(screen, style, text.substr(0, at)) +
           styled(screen, Style::Match, text.substr(at, match.size()));
    text.remove_prefix(at + match.size());
  }
  return out + styled(screen, style, text);
}

std::string visible(std::string_view text, Lines lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character c = first_character(text);
    const bool kept = lines == Lines::Kept && (c.code == '\n' || c.code == '\t');
    if (!c.valid) {
      out += fmt::format("\\x{:02x}", c.code);
    } else if (!kept && is_unsafe(c.code)) {
      out += escape(c.code);
    } else {
      out += text.substr(0, c.size);
    }
    text.remove_prefix(c.size);
  }
  return out;
}

size_t columns(std::string_view text) {
  size_t sum = 0;
  while (!text.empty()) {
    const Character c = first_character(text);
    sum += width_of(c.code);
    text.remove_prefix(c.size);
  }
  return sum;
}

std::string cut(std::string_view text, size_t width) {
  if (width == 0) return std::string(text);
  size_t used = 0, at = 0, room_for_mark = 0;
  while (at < text.size()) {
    const Character c = first_character(text.substr(at));
    if (used + width_of(c.code) > width) return std::string(text.substr(0, room_for_mark)) + "…";
    used += width_of(c.code);
    at += c.size;
    if (used + 1 <= width) room_for_mark = at;
  }
  return std::string(text);
}

std::string fit(std::string_view text, size_t width, Align align) {
  std::string out = cut(text, width);
  const size_t used = columns(out);
  if (used >= width) return out;
  const std::string blanks(width - used, ' ');
  return align == Align::Left ? out + blanks : blanks + out;
}

}  // namespace callgate
