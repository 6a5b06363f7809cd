#include "scanner.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <tuple>

#include "callgate/base/ascii.h"
#include "secret_forms.h"
#include "shapes.h"

namespace callgate {

namespace {

uint32_t pair_at(const char* p) {
  uint16_t pair;
  std::memcpy(&pair, p, sizeof pair);
  return pair;
}

/// Returns the list of `first_` in which the pieces that begin with this pair are.
uint32_t list_of(uint32_t pair) { return (pair * 0x9e3779b1U) >> 20; }

uint32_t bit_of(char third) { return static_cast<unsigned char>(third) & 31; }

// Returns how common a piece is in texts: higher for common letters and spaces. The scanner
// searches for the rarest piece of each keyword.
size_t commonness(std::string_view piece) {
  size_t cost = 0;
  for (const char c : piece) {
    if (std::strchr("etaoinsrhld ", lower(c)) != nullptr && c != '\0') cost += 2;
    if (is_lower(c)) cost += 1;
  }
  return cost;
}

}  // namespace

struct Scanner::State {
  std::string_view text;
  // Made only when the first keyword is found, because a ShapeMatcher is large.
  std::optional<ShapeMatcher> shapes;
  std::vector<Span> spans;
  // For each entry, the end of its last match. Inside this match, the entry's pattern is not
  // matched again.
  std::vector<size_t> covered;
};

Scanner::Scanner(const std::vector<NamedSecret>& secrets) {
  for (const NamedSecret& secret : secrets) {
    if (secret.value.size() < kShortest) continue;
    add_secret(secret.name, secret.value);
  }
  for (const Pattern& pattern : built_in_patterns()) add(pattern);
  finish();
}

void Scanner::add_secret(const std::string& name, const std::string& value) {
  const std::string& kept_name = owned_.emplace_back(name);
  for (std::string& form : secret_forms(value)) {
    const std::string& kept = owned_.emplace_back(std::move(form));
    longest_ = std::max(longest_, kept.size());
    add({.name = kept_name, .keyword = kept, .shape = SecretShape::Value});
  }
}

// Adds two pieces of the keyword, of which the second begins one byte after the first, so that one
// of them is at an even offset of the text.
void Scanner::add(const Pattern& pattern) {
  constexpr size_t kAnchors = 24;
  const std::string_view keyword = pattern.keyword;
  size_t anchor = 0, least = SIZE_MAX;
  for (size_t at = 0; at == 0 || (at + 4 <= keyword.size() && at < kAnchors); ++at) {
    const size_t used = used_[list_of(pair_at(keyword.data() + at))] +
                        used_[list_of(pair_at(keyword.data() + at + 1))];
    const size_t cost = 4 * used + commonness(keyword.substr(at, 4));
    if (cost < least) {
      least = cost;
      anchor = at;
    }
  }
  const auto entry = static_cast<uint32_t>(entries_.size());
  entries_.push_back({pattern});
  for (const size_t at : {anchor, anchor + 1}) {
    const std::string piece(keyword.substr(at, 3));
    for (unsigned cases = 0; cases < (pattern.any_case ? 8U : 1U); ++cases) {
      std::string variant = piece;
      for (unsigned i = 0; i < variant.size(); ++i)
        if (cases >> i & 1) variant[i] = upper(variant[i]);
      add_piece(variant, entry, at);
    }
  }
}

// A piece of two bytes is the end of a keyword of three bytes. Any byte may follow it.
void Scanner::add_piece(std::string_view piece, uint32_t entry, size_t offset) {
  const uint32_t pair = pair_at(piece.data());
  filter_[pair] |= piece.size() < 3 ? ~uint32_t{0} : uint32_t{1} << bit_of(piece[2]);
  pieces_.push_back({list_of(pair), entry, static_cast<uint32_t>(offset)});
  ++used_[list_of(pair)];
}

void Scanner::finish() {
  // If two pieces of an entry are found at the same offset, the keyword that begins first must be
  // tested first, as `covered` requires.
  std::sort(pieces_.begin(), pieces_.end(), [](const Piece& a, const Piece& b) {
    return std::tie(a.list, a.entry, b.offset) < std::tie(b.list, b.entry, a.offset);
  });
  const auto same = [](const Piece& a, const Piece& b) {
    return a.list == b.list && a.entry == b.entry && a.offset == b.offset;
  };
  pieces_.erase(std::unique(pieces_.begin(), pieces_.end(), same), pieces_.end());
  first_.fill(0);
  for (const Piece& piece : pieces_) ++first_[piece.list + 1];
  for (size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
}

bool Scanner::keyword_at(const Entry& entry, std::string_view text, size_t at) const {
  const std::string_view keyword = entry.pattern.keyword;
  if (text.size() - at < keyword.size()) return false;
  const char* p = text.data() + at;
  if (!entry.pattern.any_case) return std::memcmp(p, keyword.data(), keyword.size()) == 0;
  return std::equal(keyword.begin(), keyword.end(), p,
                    [](char k, char c) { return k == lower(c); });
}

// Tests the patterns at an offset where the filter found a possible match.
void Scanner::check_keyword(State& state, size_t at) const {
  const uint32_t list = list_of(pair_at(state.text.data() + at));
  for (uint32_t i = first_[list]; i < first_[list + 1]; ++i) {
    const auto [ignored, id, offset] = pieces_[i];
    const Entry& entry = entries_[id];
    if (at < offset || !keyword_at(entry, state.text, at - offset)) continue;
    if (!state.shapes) {
      state.shapes.emplace(state.text);
      state.covered.resize(entries_.size());
    }
    if (at - offset < state.covered[id]) continue;
    const std::optional<Range> found = state.shapes->match(entry.pattern, at - offset);
    if (!found) continue;
    // A configured value may overlap with itself ("abcabcabc" contains "abcabc" twice). Both
    // matches must be masked completely, so `covered` is not set for configured values.
    if (entry.pattern.shape != SecretShape::Value) state.covered[id] = found->second;
    if (!state.spans.empty() && state.spans.back().pattern == id &&
        found->first < state.spans.back().end) {
      state.spans.back().end = std::max(state.spans.back().end, found->second);
    } else {
      state.spans.push_back(
          {found->first, found->second, id, entry.pattern.shape != SecretShape::Value});
    }
  }
}

std::vector<Span> Scanner::scan(std::string_view text) const {
  if (text.size() < kShortest) return {};
  State state{.text = text, .shapes = {}, .spans = {}, .covered = {}};
  const char* const p = text.data();
  const uint32_t* const filter = filter_.data();
  // This may miss a keyword of three bytes at the end of the text, but no secret ends with such a
  // keyword.
  for (size_t i = 0; i + 3 <= text.size(); i += 2)
    if ((filter[pair_at(p + i)] >> bit_of(p[i + 2]) & 1) != 0) check_keyword(state, i);
  if (state.spans.empty()) return {};
  std::sort(state.spans.begin(), state.spans.end(), [](const Span& a, const Span& b) {
    // Of spans with the same beginning, configured values come first, because their numbers are
    // lower.
    return a.begin != b.begin ? a.begin < b.begin : a.pattern < b.pattern;
  });
  std::vector<Span> merged;
  for (const Span& span : state.spans) {
    if (!merged.empty() && span.begin < merged.back().end) {
      merged.back().end = std::max(merged.back().end, span.end);
      merged.back().shaped = merged.back().shaped || span.shaped;
    } else {
      merged.push_back(span);
    }
  }
  return merged;
}

}  // namespace callgate
