// What exists instead: names out of the last listing, by likeness.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace callgate {

/// Insertions, deletions and replacements from a to b; of each only the first 64 bytes count.
size_t edit_distance(std::string_view a, std::string_view b);

/// The beginning of the last answer that lists things.
class Listing {
 public:
  void keep(std::string_view server, std::string_view text);
  /// Up to `most` of its names that are like `guess`, the likest first; the first ones if there is
  /// no guess.
  /// None of another server's: its words are no part of this one's answers.
  std::vector<std::string> like(std::string_view server, std::string_view guess, size_t most) const;

 private:
  static constexpr size_t kMost = 2048;
  uint64_t server_ = 0;  // a hash
  std::string text_;

 public:
  static constexpr size_t kMostBytes = kMost + 1 + sizeof(uint64_t);
};

/// The tool's name says that its answers list what there is.
bool lists_things(std::string_view tool);

}  // namespace callgate
