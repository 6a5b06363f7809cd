// A hash table of small sets. It starts with one set, because most sessions make few calls.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace callgate {

/// Each set has kWays entries. When a set is full, the number of sets doubles, up to kMost (a power
/// of two). The low bits of an entry's place (a number made from its key) select its set, so a
/// table that grew holds the same entries as a table that had its full size from the start.
/// `Places::taken()` returns whether an entry is in use, and `Places::place()` returns its place.
template <class Entry, size_t kWays, size_t kMost, class Places>
class GrowingSets {
 public:
  using Set = std::array<Entry, kWays>;

  /// The set of that place at the table's present size; nullptr if the table is empty.
  Set* at(uint64_t place) { return sets_.empty() ? nullptr : &sets_[place & (sets_.size() - 1)]; }
  /// Returns a free entry for that place, or nullptr if its set is full and the table has its full
  /// size.
  Entry* free_at(uint64_t place) {
    for (;;) {
      if (Set* set = at(place))
        for (Entry& entry : *set)
          if (!Places::taken(entry)) return &entry;
      if (sets_.size() == kMost) return nullptr;
      grow();
    }
  }
  static constexpr size_t most_bytes() { return kMost * sizeof(Set); }

 private:
  void grow() {
    std::vector<Set> old = std::exchange(sets_, {});
    sets_.reserve(old.empty() ? 1 : 2 * old.size());
    sets_.resize(sets_.capacity());
    for (Set& set : old)
      for (Entry& entry : set)
        if (Places::taken(entry)) *free_at(Places::place(entry)) = std::move(entry);
  }

  std::vector<Set> sets_;
};

}  // namespace callgate
