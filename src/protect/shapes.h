// The matchers behind the keywords. Each looks at a bounded stretch, or remembers how far a run
// goes, so that text made to be slow is not.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "patterns.h"

namespace callgate {

using Range = std::pair<size_t, size_t>;  // begin, end

/// One text and what was learned about it.
class ShapeMatcher {
 public:
  explicit ShapeMatcher(std::string_view text) : text_(text) {}

  /// What must be masked when `pattern`'s keyword stands at `at`.
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
  std::array<Range, 256> runs_{};  // by character classes: the last run seen
  Range pem_end_{1, 0};  // from where it was looked for, and where the next "-----END " is
};

}  // namespace callgate
