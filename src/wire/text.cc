#include "text.h"

#include <algorithm>
#include <cstdint>

#include "callgate/base/ascii.h"
#include "callgate/base/text.h"
#include "callgate/wire/utf8.h"

namespace callgate {

namespace {

char at_or_nul(std::string_view text, size_t at) { return at < text.size() ? text[at] : '\0'; }

size_t digits_end(std::string_view text, size_t at) {
  while (is_digit(at_or_nul(text, at))) ++at;
  return at;
}

/// Returns the UTF-16 code unit that four hex digits at `at` encode. The caller has checked that
/// there are four hex digits.
uint32_t code_unit(std::string_view text, size_t at) {
  uint32_t unit = 0;
  for (size_t i = 0; i < 4; ++i) unit = unit * 16 + static_cast<uint32_t>(hex_digit(text[at + i]));
  return unit;
}

char short_escape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;  // an escaped quote, backslash or slash means itself
  }
}

constexpr bool is_high(uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
constexpr bool is_low(uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

/// Appends the character that a \u escape encodes. The escape's backslash is at `at`. A surrogate
/// pair of two escapes is one character. Returns the offset after the escapes that were read.
size_t append_unicode(std::string& out, std::string_view inside, size_t at) {
  const uint32_t unit = code_unit(inside, at + 2);
  at += 6;
  if (!is_high(unit)) {
    append_utf8(out, is_low(unit) ? 0xFFFD : unit);
    return at;
  }
  if (inside.substr(at, 2) == "\\u" && escape_length(inside, at) != 0) {
    const uint32_t low = code_unit(inside, at + 2);
    if (is_low(low)) {
      append_utf8(out, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
      return at + 6;
    }
  }
  append_utf8(out, 0xFFFD);
  return at;
}

}  // namespace

size_t number_end(std::string_view text, size_t at) {
  const size_t begin = at;
  if (at_or_nul(text, at) == '-') ++at;
  const size_t whole = at;
  at = at_or_nul(text, at) == '0' ? at + 1 : digits_end(text, at);
  if (at == whole) return begin;
  if (at_or_nul(text, at) == '.') {
    const size_t end = digits_end(text, at + 1);
    if (end == at + 1) return at;
    at = end;
  }
  if (const char e = at_or_nul(text, at); e == 'e' || e == 'E') {
    const char sign = at_or_nul(text, at + 1);
    const size_t first = sign == '+' || sign == '-' ? at + 2 : at + 1;
    const size_t end = digits_end(text, first);
    if (end > first) at = end;
  }
  return at;
}

size_t escape_length(std::string_view text, size_t at) {
  switch (at_or_nul(text, at + 1)) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      return 1;
    case 'u':
      for (size_t i = 2; i < 6; ++i) {
        if (!is_hex_digit(at_or_nul(text, at + i))) return 0;
      }
      return 5;
    default:
      return 0;
  }
}

size_t bad_escape(std::string_view inside, size_t from) {
  while ((from = inside.find('\\', from)) != std::string_view::npos) {
    const size_t length = escape_length(inside, from);
    if (length == 0) return from;
    from += 1 + length;
  }
  return std::string_view::npos;
}

void append_unescaped(std::string& out, std::string_view inside) {
  for (size_t at = 0; at < inside.size();) {
    const size_t backslash = std::min(inside.find('\\', at), inside.size());
    out.append(inside, at, backslash - at);
    at = backslash;
    if (at + 1 >= inside.size()) return;
    if (inside[at + 1] == 'u') {
      if (escape_length(inside, at) == 0) return;
      at = append_unicode(out, inside, at);
    } else {
      out += short_escape(inside[at + 1]);
      at += 2;
    }
  }
}

Utf8Step utf8_step(std::string_view text, size_t at) {
  const auto byte = [text](size_t i) {
    return static_cast<uint8_t>(i < text.size() ? text[i] : 0);
  };
  const uint8_t lead = byte(at);
  if (lead < 0x80) return {1, true};
  size_t length = 0;
  uint8_t low = 0x80, high = 0xBF;  // the range of the second byte
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return {1, false};
  }
  for (size_t i = 1; i < length; ++i) {
    const uint8_t b = byte(at + i);
    if (b < low || b > high) return {i, false};
    low = 0x80;
    high = 0xBF;
  }
  return {length, true};
}

size_t bad_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const Utf8Step step = utf8_step(text, at);
    if (!step.valid) return at;
    at += step.length;
  }
  return std::string_view::npos;
}

std::string with_replacements(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  for (size_t at = 0; at < text.size();) {
    const Utf8Step step = utf8_step(text, at);
    if (step.valid)
      out.append(text, at, step.length);
    else
      out += "\xEF\xBF\xBD";
    at += step.length;
  }
  return out;
}

}  // namespace callgate
