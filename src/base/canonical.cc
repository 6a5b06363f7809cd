#include "callgate/base/canonical.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "callgate/base/fold.h"
#include "callgate/base/text.h"
#include "decomposition_table.h"

namespace callgate {

namespace {

// Unicode, chapter 3.12: the number of a Hangul syllable is computed from its two or three letters
// (lead, vowel, tail), so these syllables need no table.
constexpr uint32_t kSyllables = 0xAC00, kLeads = 0x1100, kVowels = 0x1161, kTails = 0x11A7;
constexpr uint32_t kVowelCount = 21, kTailCount = 28, kSyllableCount = 11172;

bool is_mark(uint32_t c) {
  const auto* after =
      std::upper_bound(std::begin(kMarks), std::end(kMarks), c,
                       [](uint32_t value, const MarkRange& range) { return value < range.first; });
  return after != std::begin(kMarks) && c <= (after - 1)->last;
}

void append_syllable(uint32_t c, std::vector<uint32_t>& out) {
  const uint32_t index = c - kSyllables, tail = index % kTailCount;
  out.push_back(kLeads + index / (kVowelCount * kTailCount));
  out.push_back(kVowels + index / kTailCount % kVowelCount);
  if (tail > 0) out.push_back(kTails + tail);
}

void append_decomposed(uint32_t c, std::vector<uint32_t>& out) {
  if (c >= kSyllables && c < kSyllables + kSyllableCount) return append_syllable(c, out);
  const auto* found = std::lower_bound(
      std::begin(kDecompositions), std::end(kDecompositions), c,
      [](const Decomposition& one, uint32_t value) { return one.composed < value; });
  if (found == std::end(kDecompositions) || found->composed != c) return out.push_back(c);
  append_decomposed(found->first, out);
  if (found->second != 0) append_decomposed(found->second, out);
}

}  // namespace

std::string canonical(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  std::vector<uint32_t> characters;
  for (size_t at = 0; at < text.size();) append_decomposed(next_character(text, at), characters);
  for (auto from = characters.begin(); from != characters.end();) {
    from = std::find_if(from, characters.end(), is_mark);
    const auto to = std::find_if_not(from, characters.end(), is_mark);
    std::sort(from, to);
    from = to;
  }
  std::string out;
  for (const uint32_t c : characters) append_utf8(out, c);
  return out;
}

}  // namespace callgate
