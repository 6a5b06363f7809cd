#include "callgate/base/look_alike.h"

#include <algorithm>
#include <iterator>

#include "callgate/base/fold.h"
#include "callgate/base/text.h"
#include "look_alike_table.h"

namespace callgate {

namespace {

struct CharacterRange {
  uint32_t first, last;
};

/// Invisible characters (Unicode's Default_Ignorable_Code_Point), and marks that are drawn on the
/// character before them.
constexpr CharacterRange kUndrawn[] = {
    {0x00AD, 0x00AD},   {0x0300, 0x036F},   {0x0483, 0x0489}, {0x061C, 0x061C}, {0x115F, 0x1160},
    {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200F},
    {0x2028, 0x202E},   {0x2060, 0x206F},   {0x20D0, 0x20FF}, {0x3164, 0x3164}, {0xFE00, 0xFE0F},
    {0xFE20, 0xFE2F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFF8}, {0x1BCA0, 0x1BCA3},
    {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

/// Characters that no language needs in a name: they are invisible, end a line or change the
/// direction of text. (Joiners and variation selectors are invisible, too, but not in this table,
/// because names in Persian and names with emoji need them.)
constexpr CharacterRange kInvisible[] = {
    {0x00AD, 0x00AD}, {0x061C, 0x061C}, {0x115F, 0x1160}, {0x180E, 0x180E},
    {0x200B, 0x200B}, {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},
    {0x3164, 0x3164}, {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB},
};

constexpr CharacterRange kBlanks[] = {
    {0x0009, 0x000D}, {0x0020, 0x0020}, {0x00A0, 0x00A0}, {0x1680, 0x1680}, {0x2000, 0x200A},
    {0x202F, 0x202F}, {0x205F, 0x205F}, {0x2800, 0x2800}, {0x3000, 0x3000},
};

template <class Ranges>
bool is_one_of(uint32_t c, const Ranges& ranges) {
  return std::any_of(std::begin(ranges), std::end(ranges), [c](const CharacterRange& range) {
    return c >= range.first && c <= range.last;
  });
}

uint32_t like_in_ascii(uint32_t c) {
  const auto* after = std::upper_bound(
      std::begin(kLookAlikes), std::end(kLookAlikes), c,
      [](uint32_t value, const LookAlikeRange& range) { return value < range.first; });
  if (after == std::begin(kLookAlikes)) return c;
  const LookAlikeRange& range = *(after - 1);
  return c > range.last ? c : static_cast<uint32_t>(range.like) + (c - range.first);
}

char alike_of_ascii(char c) {
  switch (c) {
    case '1':
    case 'I':
    case '|':
      return 'l';
    case '0':
      return 'O';
    default:
      return c;
  }
}

/// Replaces each character by the ASCII character that it looks like.
std::string look_of(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const uint32_t c = next_character(text, at);
    if (is_one_of(c, kBlanks))
      out += ' ';
    else if (!is_one_of(c, kUndrawn))
      append_utf8(out, like_in_ascii(c));
  }
  return std::string(trimmed(out));
}

}  // namespace

std::vector<std::string> looks_of(std::string_view name) {
  std::string small = look_of(name), alike = small;
  std::transform(alike.begin(), alike.end(), alike.begin(), alike_of_ascii);
  return {"folded " + folded(small), "alike " + folded(alike)};
}

bool look_alike(std::string_view a, std::string_view b) {
  const std::vector<std::string> looks_a = looks_of(a), looks_b = looks_of(b);
  return looks_a.front() == looks_b.front() || looks_a.back() == looks_b.back();
}

bool has_invisible(std::string_view text) {
  for (size_t at = 0; at < text.size();)
    if (is_one_of(next_character(text, at), kInvisible)) return true;
  return false;
}

}  // namespace callgate
