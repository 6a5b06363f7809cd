#include "cutting.h"

#include <algorithm>
#include <cstring>

#include "callgate/base/digest.h"

namespace callgate {

namespace {

constexpr size_t kShortest = 64;   // values are not shortened below this number of bytes
constexpr size_t kMarkRoom = 64;   // room for "…[18446744073709551615 bytes left out]…"
constexpr size_t kTooSmall = 512;  // below this limit only the head is kept, without a mark
constexpr size_t kEscape = 12;     // the longest escape: two \uXXXX for one character
constexpr size_t kDigestDigits = 16;

std::string left_out(size_t bytes) {
  return "\u2026[" + std::to_string(bytes) + " bytes left out]\u2026";
}

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

size_t down_to_character(std::string_view text, size_t at) {
  while (at > 0 && at < text.size() && continues_character(text[at])) --at;
  return at;
}

size_t up_to_character(std::string_view text, size_t at) {
  while (at < text.size() && continues_character(text[at])) ++at;
  return at;
}

/// If the offset `at` is inside an escape, returns the escape's beginning (`down`) or its end
/// (otherwise). An escape begins at a backslash that follows an even number of backslashes.
size_t outside_escape(std::string_view inside, size_t at, bool down) {
  const size_t from = at > kEscape ? at - kEscape : 0;
  for (size_t i = from; i < at; ++i) {
    if (inside[i] != '\\') continue;
    size_t run = i;
    while (run > 0 && inside[run - 1] == '\\') --run;
    if ((i - run) % 2 != 0) continue;  // this backslash is the second one of a pair
    const size_t end = i + (i + 1 < inside.size() && inside[i + 1] == 'u' ? 6 : 2);
    if (end > at) return down ? i : std::min(end, inside.size());
  }
  return at;
}

/// Appends the inside of a string, shortened to about `most` bytes. The cut may split a surrogate
/// pair, since JSON allows one half alone.
void append_shortened(std::string& out, std::string_view inside, size_t most) {
  if (inside.size() <= most + kMarkRoom) {
    out += inside;
    return;
  }
  const size_t half = most / 2;
  const size_t head = outside_escape(inside, down_to_character(inside, half), true);
  const size_t tail = outside_escape(inside, up_to_character(inside, inside.size() - half), false);
  out.append(inside.substr(0, head)).append(left_out(tail - head)).append(inside.substr(tail));
}

/// Returns the offset of the quote that ends the string whose inside begins at `from`. This is the
/// first quote after an even number of backslashes; other quotes are escaped.
size_t string_end(std::string_view json, size_t from) {
  for (size_t at = json.find('"', from); at != std::string_view::npos;
       at = json.find('"', at + 1)) {
    size_t run = at;
    while (run > from && json[run - 1] == '\\') --run;
    if ((at - run) % 2 == 0) return at;
  }
  return json.size();
}

bool is_white(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Drops white space outside of strings and shortens each string and number to about `most` bytes.
std::string shortened(std::string_view json, size_t most) {
  std::string out;
  out.reserve(std::min(json.size(), 2 * most));
  for (size_t at = 0; at < json.size();) {
    const char c = json[at];
    if (is_white(c)) {
      ++at;
    } else if (c == '"') {
      const size_t end = string_end(json, at + 1);
      out += '"';
      append_shortened(out, json.substr(at + 1, end - at - 1), most);
      out += '"';
      at = end + 1;
    } else if (std::strchr("{}[]:,", c)) {
      out += c;
      ++at;
    } else {
      const size_t end = std::min(json.find_first_of(" \t\r\n{}[]:,\"", at), json.size());
      const std::string_view scalar = json.substr(at, std::max<size_t>(end - at, 1));
      const bool large = scalar.size() > most + kMarkRoom;
      if (large) out += '"';
      append_shortened(out, scalar, most);
      if (large) out += '"';
      at += scalar.size();
    }
  }
  return out;
}

std::string head_and_tail(std::string_view text, size_t limit) {
  const size_t half = limit > kMarkRoom ? (limit - kMarkRoom) / 2 : 0;
  const size_t head = down_to_character(text, half);
  const size_t tail = up_to_character(text, text.size() - half);
  return std::string(text.substr(0, head))
      .append(left_out(tail - head))
      .append(text.substr(tail))
      .substr(0, std::max(limit, size_t{0}));
}

}  // namespace

std::string cut_json(std::string_view json, size_t limit) {
  if (json.size() <= limit) return std::string(json);
  if (limit < kTooSmall) return std::string(json.substr(0, down_to_character(json, limit)));
  std::string out;
  for (size_t most = limit; most >= kShortest; most /= 4) {
    out = shortened(json, most);
    if (out.size() <= limit) return out;
  }
  if (out.empty()) out = json;
  return head_and_tail(out, limit);
}

std::string cut_text(std::string_view text, size_t limit) {
  if (text.size() <= limit) return std::string(text);
  const std::string digest = "[" + hex(sha256(text)).substr(0, kDigestDigits) + "]";
  return head_and_tail(text, limit - digest.size()) + digest;
}

}  // namespace callgate
