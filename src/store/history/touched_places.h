// Places of accessed items (folders, hosts, repositories and the like), and the choice of the
// places that `callgate touched` shows for an agent or a server.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "callgate/store/touched.h"

namespace callgate {

/// One thread. The caller must add all items before it calls place_of() or best().
class PlaceTree {
 public:
  void add(DataKind kind, std::string_view name);

  /// Returns the index of an item's place. This is the item's folder, or the item itself if it
  /// contains other items.
  uint32_t place_of(DataKind kind, std::string_view name) const;

  struct Counts {
    uint64_t items = 0;
    TouchCounts touches;
  };
  struct Best {
    std::vector<TouchedPlace> places;  // most accesses first
    uint64_t more = 0;
  };
  /// Chooses at most `limit` places to show. `counts` has the counts of each place, by index. A
  /// place within another one is chosen separately if it has at least an eighth of all accesses;
  /// its items then do not count for the outer place.
  Best best(std::vector<Counts> counts, size_t limit) const;
  size_t size() const { return places_.size(); }

 private:
  struct Place {
    std::string name;
    uint32_t parent = 0;  // the index of the place around this one; its own index if there is none
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  uint32_t make(std::string_view name);
  std::vector<Place> places_;  // a parent has a lower index than the places in it
  std::unordered_map<std::string, uint32_t, Hash, std::equal_to<>> known_;
};

}  // namespace callgate
