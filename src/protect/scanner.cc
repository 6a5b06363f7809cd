#include "scanner.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "callgate/base/ascii.h"
#include "secret_forms.h"
#include "shapes.h"

namespace callgate {

namespace {

uint32_t piece_at(const char* p) {
  return static_cast<uint32_t>(static_cast<unsigned char>(p[0])) |
         static_cast<uint32_t>(static_cast<unsigned char>(p[1])) << 8 |
         static_cast<uint32_t>(static_cast<unsigned char>(p[2])) << 16;
}

uint32_t hash_piece(uint32_t piece) { return ((piece & 0xffffff) * 0x9e3779b1U) >> 16; }

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

void Scanner::add(const Pattern& pattern) {
  constexpr size_t kAnchors = 24;
  const std::string_view keyword = pattern.keyword;
  size_t anchor = 0, least = SIZE_MAX;
  for (size_t at = 0; at + 3 <= keyword.size() && at < kAnchors; ++at) {
    const uint32_t hash = hash_piece(piece_at(keyword.data() + at));
    const size_t used = used_[hash];
    const size_t cost = 4 * used + commonness(keyword.substr(at, 3));
    if (cost < least) {
      least = cost;
      anchor = at;
    }
  }
  const auto entry = static_cast<uint32_t>(entries_.size());
  entries_.push_back({pattern, anchor});
  const std::string piece(keyword.substr(anchor, 3));
  for (unsigned cases = 0; cases < (pattern.any_case ? 8U : 1U); ++cases) {
    std::string variant = piece;
    for (unsigned i = 0; i < 3; ++i)
      if (cases >> i & 1) variant[i] = upper(variant[i]);
    add_piece(variant, entry);
  }
}

void Scanner::add_piece(std::string_view piece, uint32_t entry) {
  const uint32_t hash = hash_piece(piece_at(piece.data()));
  filter_[hash >> 6] |= uint64_t{1} << (hash & 63);
  pieces_.emplace_back(hash, entry);
  ++used_[hash];
}

void Scanner::finish() {
  used_ = {};
  std::sort(pieces_.begin(), pieces_.end());
  pieces_.erase(std::unique(pieces_.begin(), pieces_.end()), pieces_.end());
  first_.assign(65537, 0);
  for (const auto& piece : pieces_) ++first_[piece.first + 1];
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
  const uint32_t hash = hash_piece(piece_at(state.text.data() + at));
  for (uint32_t i = first_[hash]; i < first_[hash + 1]; ++i) {
    const uint32_t id = pieces_[i].second;
    const Entry& entry = entries_[id];
    if (at < entry.anchor || !keyword_at(entry, state.text, at - entry.anchor)) continue;
    if (!state.shapes) {
      state.shapes.emplace(state.text);
      state.covered.resize(entries_.size());
    }
    if (at - entry.anchor < state.covered[id]) continue;
    const std::optional<Range> found = state.shapes->match(entry.pattern, at - entry.anchor);
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
  const auto passes = [this](uint32_t hash) { return filter_[hash >> 6] >> (hash & 63) & 1; };
  const char* p = text.data();
  size_t i = 0;
  if constexpr (std::endian::native == std::endian::little) {
    for (; i + 8 <= text.size(); i += 4) {
      uint64_t word;
      std::memcpy(&word, p + i, sizeof word);
      const uint64_t any = passes(hash_piece(static_cast<uint32_t>(word))) |
                           passes(hash_piece(static_cast<uint32_t>(word >> 8))) |
                           passes(hash_piece(static_cast<uint32_t>(word >> 16))) |
                           passes(hash_piece(static_cast<uint32_t>(word >> 24)));
      if (!any) continue;
      for (size_t k = i; k < i + 4; ++k)
        if (passes(hash_piece(piece_at(p + k)))) check_keyword(state, k);
    }
  }
  for (; i + 3 <= text.size(); ++i)
    if (passes(hash_piece(piece_at(p + i)))) check_keyword(state, i);
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
