// Finds members of one object whose keys are the same text, in time linear in the keys' bytes.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/wire/message.h"

namespace callgate {

/// Keeps its buffers between objects. One thread.
class KeyCounter {
 public:
  KeyCounter();
  /// How many of the object's `members` have a key that stood earlier in it. Keys are compared as
  /// Value::key() reads them, so two different lone surrogates are one key: some readers make
  /// U+FFFD of both, and the stricter reading is the safe one.
  uint32_t repeated(std::string_view text, const std::vector<Node>& nodes, uint32_t object,
                    uint32_t members);
  /// Gives back what a huge object left.
  void shrink();

 private:
  void collect(std::string_view text, const std::vector<Node>& nodes, uint32_t object);
  uint32_t repeated_few() const;
  uint32_t repeated_many();
  uint64_t hash(std::string_view key) const;

  std::array<uint64_t, 2> seed_;
  std::vector<std::string_view> keys_;
  std::string unescaped_;  // what views into keys that had escapes point to
  std::vector<uint64_t> hashes_;
  std::vector<uint32_t> slots_;  // index of a key + 1; 0 is free
};

}  // namespace callgate
