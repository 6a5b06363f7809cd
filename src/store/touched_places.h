// Where touched things lie: folders, hosts and the like, and which of them tell most.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "callgate/store/touched.h"

namespace callgate {

/// One thread. First all items are added, then places are asked for.
class PlaceTree {
 public:
  void add(TouchKind kind, std::string_view name);

  /// The place that an item lies in: its folder, or itself where things lie in it.
  uint32_t place_of(TouchKind kind, std::string_view name) const;

  struct Counts {
    uint64_t items = 0;
    TouchCounts touches;
  };
  struct Best {
    std::vector<TouchedPlace> places;  // most touches first
    uint64_t more = 0;
  };
  /// Of counts by place, at most `limit` places. One counts what lies in it and in none of the
  /// others below it; a place is split as long as one within it holds an eighth of all touches.
  Best best(std::vector<Counts> counts, size_t limit) const;
  size_t size() const { return places_.size(); }

 private:
  struct Place {
    std::string name;
    uint32_t parent = 0;  // itself: it lies in none
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  uint32_t make(std::string_view name);
  std::vector<Place> places_;  // a parent before what lies in it
  std::unordered_map<std::string, uint32_t, Hash, std::equal_to<>> known_;
};

}  // namespace callgate
