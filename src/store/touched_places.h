// Where accessed items are: folders, hosts and the like, and which of these places are worth
// showing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "callgate/store/touched.h"

namespace callgate {

/// One thread. First all items must be added, then places can be queried.
class PlaceTree {
 public:
  void add(TouchKind kind, std::string_view name);

  /// The place of an item: its folder, or the item itself if it contains other items.
  uint32_t place_of(TouchKind kind, std::string_view name) const;

  struct Counts {
    uint64_t items = 0;
    TouchCounts touches;
  };
  struct Best {
    std::vector<TouchedPlace> places;  // most accesses first
    uint64_t more = 0;
  };
  /// Chooses at most `limit` places for these counts. A place counts the items in it that are in
  /// none of the other chosen places below it. A place is split as long as a place within it has an
  /// eighth of all accesses.
  Best best(std::vector<Counts> counts, size_t limit) const;
  size_t size() const { return places_.size(); }

 private:
  struct Place {
    std::string name;
    uint32_t parent = 0;  // its own number if it is in no other place
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  uint32_t make(std::string_view name);
  std::vector<Place> places_;  // a parent comes before the places in it
  std::unordered_map<std::string, uint32_t, Hash, std::equal_to<>> known_;
};

}  // namespace callgate
