// Regular expressions in linear time (RE2 syntax: no look-around, no back-references).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "callgate/base/result.h"

namespace callgate {

/// Immutable once compiled. Any thread may match.
class Regex {
 public:
  /// The error contains RE2's own message. Patterns over 4 KiB and programs over 8 MiB are refused.
  static Result<Regex> compile(std::string_view pattern);
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  /// True if the pattern matches all of `text`.
  bool matches_whole(std::string_view text) const;
  /// The first match at or after `from`, as {offset, length} in bytes.
  std::optional<std::pair<size_t, size_t>> find(std::string_view text, size_t from = 0) const;

 private:
  struct Impl;
  explicit Regex(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace callgate
