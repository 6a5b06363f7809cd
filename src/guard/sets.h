// A table of sets that begins small: most sessions make few calls.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace callgate {

/// Sets of kWays entries, twice as many whenever one is full, at most kMost (a power of two). A
/// grown table holds what one of full size would: entries part by the bits of their place. `Places`
/// says of an entry whether it is taken, and its place.
template <class Entry, size_t kWays, size_t kMost, class Places>
class GrowingSets {
 public:
  using Set = std::array<Entry, kWays>;

  /// The set that has the place, as large as the table is now.
  Set* at(uint64_t place) { return sets_.empty() ? nullptr : &sets_[place & (sets_.size() - 1)]; }
  /// A free entry of that place; null: its set is full, and the table has its full size.
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
