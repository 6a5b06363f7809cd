// Finds members of one object whose keys are the same text, or are one key for readers that fold
// keys. Takes time linear in the bytes of the keys.
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
  /// Whether keys that are equal after folding (base/fold.h) count as the same.
  void set_folding(bool folds) { folds_ = folds; }
  /// Returns how many of the object's `members` have a key that appeared earlier in the object.
  /// Keys are compared as Value::key() reads them, so two different lone surrogates are one key:
  /// some readers turn both into U+FFFD, and the stricter reading is the safe one.
  uint32_t repeated(std::string_view text, const std::vector<Node>& nodes, uint32_t object,
                    uint32_t members);
  /// The nodes of the first two members that repeated() found to have the same key.
  std::array<uint32_t, 2> first_pair(const std::vector<Node>& nodes, uint32_t object) const;
  /// Frees the memory that a huge object needed.
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
  std::string unescaped_;  // the memory for views of keys that were unescaped or folded
  std::vector<uint64_t> hashes_;
  std::vector<uint32_t> slots_;  // index of a key + 1; 0 is free
};

}  // namespace callgate
