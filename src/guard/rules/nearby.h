// Finds names in the last listing that are similar to a name that doesn't exist.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace callgate {

/// Returns the number of insertions, deletions and replacements from a to b. Compares only the
/// first 64 bytes of each text.
size_t edit_distance(std::string_view a, std::string_view b);

/// Keeps the beginning of the last answer that lists names.
class Listing {
 public:
  void keep(std::string_view server, std::string_view text);
  /// Returns up to `most` names of the listing, the most similar to `guess` first; if `guess` is
  /// empty, in the order of the listing. Returns nothing if `server` did not make the listing,
  /// because the answers of one server must not show another server's names.
  std::vector<std::string> like(std::string_view server, std::string_view guess, size_t most) const;

 private:
  static constexpr size_t kMost = 2048;
  uint64_t server_ = 0;  // hash of the server's name
  std::string text_;

 public:
  static constexpr size_t kMostBytes = kMost + 1 + sizeof(uint64_t);
};

/// True if the tool's name means that its answers list what exists.
bool lists_things(std::string_view tool);

}  // namespace callgate
