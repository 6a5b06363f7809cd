// Makes messages that no honest program writes from real ones.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reference_json.h"

namespace storm {

/// Returns the same numbers for the same seed on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next();
  size_t below(size_t bound) { return static_cast<size_t>(next() % bound); }
  bool one_in(size_t count) { return below(count) == 0; }
  template <class T>
  const T& of(const std::vector<T>& all) {
    return all[below(all.size())];
  }

 private:
  uint64_t state_;
};

/// Returns `seed` with up to five changes of its values, keys, spelling and bytes. `others` are
/// messages that may be inserted.
std::string mutated(const std::string& seed, const std::vector<std::string>& others,
                    Random& random);

}  // namespace storm
