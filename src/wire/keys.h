// Finds members of one object that have the same key, or whose keys are equal after folding. Takes
// time linear in the bytes of the keys.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/wire/message.h"

namespace callgate {

/// The counter keeps its buffers between calls, so it must be used on one thread.
class KeyCounter {
 public:
  KeyCounter();
  /// Sets whether keys that are equal after folding (base/fold.h) count as the same key.
  void set_folding(bool folds) { folds_ = folds; }
  /// Returns how many of the object's `members` have a key that appeared earlier in the object.
  /// Keys are compared in the form that Value::key() returns. So two keys that differ only in lone
  /// surrogates count as the same key, because some readers turn every lone surrogate into U+FFFD.
  uint32_t repeated(std::string_view text, const std::vector<Node>& nodes, uint32_t object,
                    uint32_t members);
  /// Returns the nodes of the first two members that repeated() found to have the same key.
  std::array<uint32_t, 2> first_pair(const std::vector<Node>& nodes, uint32_t object) const;
  /// Frees the buffers if a huge object made them large.
  void shrink();

 private:
  void collect(std::string_view text, const std::vector<Node>& nodes, uint32_t object);
  bool rewritten(std::string_view key, const Node& node) const;
  bool same(std::string_view a, std::string_view b) const;
  uint32_t repeated_few();
  uint32_t repeated_many();
  uint64_t hash(std::string_view key) const;

  void note(uint32_t& count, size_t earlier, size_t later);

  std::array<uint64_t, 2> seed_;
  bool folds_ = false;
  std::array<size_t, 2> pair_{};  // positions of the members in their object
  std::vector<std::string_view> keys_;
  std::string unescaped_;  // owns the keys that were decoded or folded, to which `keys_` has views
  std::vector<uint64_t> hashes_;
  std::vector<uint32_t> slots_;  // a hash table of indexes of keys, plus 1; 0 means a free slot
};

}  // namespace callgate
