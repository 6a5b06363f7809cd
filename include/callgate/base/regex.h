// Regular expressions in linear time (RE2 syntax: no look-around, no back-references).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "callgate/base/result.h"

namespace callgate {

/// A compiled regular expression. It never changes, so all threads may use it.
class Regex {
 public:
  /// Refuses patterns longer than 4 KiB, and patterns that RE2 would compile to more than 8 MiB.
  /// The error contains RE2's own message.
  static Result<Regex> compile(std::string_view pattern);
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  /// True if the pattern matches all of `text`.
  bool matches_whole(std::string_view text) const;
  /// Returns the first match at or after the offset `from`, as {offset, length} in bytes; empty if
  /// there is no match.
  std::optional<std::pair<size_t, size_t>> find(std::string_view text, size_t from = 0) const;

 private:
  struct Impl;
  explicit Regex(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace callgate
