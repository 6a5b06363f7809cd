#include "callgate/base/fold.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "callgate/base/ascii.h"
#include "callgate/base/text.h"
#include "fold_table.h"

namespace callgate {

namespace {

constexpr uint64_t kHighBits = 0x8080808080808080;

/// Returns the eight bytes from offset `at` on as one word. Bytes after the text's end are zero.
uint64_t word_at(std::string_view text, size_t at) {
  uint64_t word = 0;
  if (text.size() - at >= 8)
    std::memcpy(&word, text.data() + at, 8);
  else
    std::memcpy(&word, text.data() + at, text.size() - at);
  return word;
}

uint32_t fold_character(uint32_t c) {
  const auto* after =
      std::upper_bound(std::begin(kFoldRanges), std::end(kFoldRanges), c,
                       [](uint32_t value, const FoldRange& range) { return value < range.first; });
  if (after == std::begin(kFoldRanges)) return c;
  const FoldRange& range = *(after - 1);
  if (c > range.last || (c - range.first) % range.stride != 0) return c;
  return static_cast<uint32_t>(static_cast<int32_t>(c) + range.delta);
}

}  // namespace

uint32_t next_character(std::string_view text, size_t& at) {
  const auto byte = [text](size_t i) {
    return i < text.size() ? static_cast<uint8_t>(text[i]) : 0u;
  };
  const uint32_t lead = byte(at++);
  const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
  uint32_t c = more == 0 ? lead : lead & (0x3Fu >> more);
  for (int i = 0; i < more && (byte(at) & 0xC0) == 0x80; ++i) c = c << 6 | (byte(at++) & 0x3F);
  return c;
}

std::string folded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '\0') break;
    if (static_cast<unsigned char>(c) < 0x80) {
      out += lower(c);
      ++at;
    } else {
      append_utf8(out, fold_character(next_character(text, at)));
    }
  }
  return out;
}

bool is_ascii(std::string_view text) {
  uint64_t bits = 0;
  size_t at = 0;
  for (; text.size() - at >= 8; at += 8) bits |= word_at(text, at);
  for (; at < text.size(); ++at) bits |= static_cast<unsigned char>(text[at]);
  return (bits & kHighBits) == 0;
}

bool equal_ascii_folded(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t at = 0; at < a.size(); at += 8)
    if (lower_ascii_word(word_at(a, at)) != lower_ascii_word(word_at(b, at))) return false;
  return true;
}

bool equal_folded(std::string_view a, std::string_view b) {
  // Most names differ in their first letter, so the rest need not be compared.
  if (!a.empty() && !b.empty() && is_ascii(a.substr(0, 1)) && is_ascii(b.substr(0, 1)) &&
      lower(a[0]) != lower(b[0]))
    return false;
  const auto plain = [](std::string_view text) {
    return is_ascii(text) && text.find('\0') == std::string_view::npos;
  };
  return plain(a) && plain(b) ? equal_ascii_folded(a, b) : folded(a) == folded(b);
}

}  // namespace callgate
