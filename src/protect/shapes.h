// After the scanner has found a keyword, decides whether a secret of the pattern's shape is there.
// Each matcher looks at a bounded part of the text or remembers the end of a run, so that no text
// can make the matcher slow.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "patterns.h"

namespace callgate {

using Range = std::pair<size_t, size_t>;  // begin, end

/// Matches patterns in one text. Remembers the runs whose length it has measured, so that no run is
/// measured twice.
class ShapeMatcher {
 public:
  explicit ShapeMatcher(std::string_view text) : text_(text) {}

  /// Returns the bytes to mask, or nullopt if there is no secret. The keyword of `pattern` must be
  /// at the offset `at`.
  std::optional<Range> match(const Pattern& pattern, size_t at);

 private:
  std::optional<Range> token(const Pattern& pattern, size_t at);
  std::optional<Range> jwt(size_t at);
  std::optional<Range> private_key(size_t at);
  size_t pem_end(size_t from);
  std::optional<Range> bearer(size_t at);
  std::optional<Range> basic(size_t at);
  std::optional<Range> url(size_t at) const;
  size_t run_end(size_t from, uint8_t characters);
  size_t behind_spaces(size_t at) const;

  std::string_view text_;
  std::array<Range, 256> runs_{};  // by character classes: the last run found
  // The offset where the last search for "-----END " began, and the offset that it found.
  Range pem_end_{1, 0};
};

}  // namespace callgate
