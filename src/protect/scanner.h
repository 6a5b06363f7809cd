// Finds where secrets stand in plain characters.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/protect/masker.h"
#include "patterns.h"

namespace callgate {

/// Bytes to be replaced.
struct Span {
  size_t begin, end;
  uint32_t pattern;
  bool shaped = false;  ///< found, all or in part, by its shape and not as a configured value
};

/// Immutable; any thread. Linear in the text, whatever it holds. A filter of three-byte pieces, one
/// bit each of 2^16, passes over text without hits at more than a gigabyte a second (an automaton's
/// state chain costs three times that); behind it each rule looks at its own few characters.
class Scanner {
 public:
  explicit Scanner(const std::vector<NamedSecret>& secrets);
  Scanner(const Scanner&) = delete;

  /// In order, without overlaps.
  std::vector<Span> scan(std::string_view text) const;
  std::string_view name(uint32_t pattern) const { return entries_[pattern].pattern.name; }
  bool is_private_key(uint32_t pattern) const {
    return entries_[pattern].pattern.shape == SecretShape::PrivateKey;
  }
  /// Bytes of the longest value that is searched for, in any of its forms.
  size_t longest() const { return longest_; }
  /// No secret is shorter.
  size_t shortest() const { return kShortest; }

 private:
  static constexpr size_t kShortest = 6;
  struct Entry {
    Pattern pattern;
    size_t anchor;  // where in the keyword the three filtered bytes stand
  };
  struct State;

  void add(const Pattern& pattern);
  void add_piece(std::string_view piece, uint32_t entry);
  void add_secret(const std::string& name, const std::string& value);
  void finish();
  bool keyword_at(const Entry& entry, std::string_view text, size_t at) const;
  void look(State& state, size_t at) const;

  std::deque<std::string> owned_;  // configured names and values, where views into them stay good
  std::vector<Entry> entries_;
  size_t longest_ = 0;
  std::array<uint64_t, 1024> filter_{};
  std::vector<std::pair<uint32_t, uint32_t>> pieces_;  // (hash, entry), sorted once complete
  std::vector<uint32_t> taken_ = std::vector<uint32_t>(65536);  // by hash: its pieces so far
  std::vector<uint32_t> first_;                                 // by hash: where its pieces begin
};

}  // namespace callgate
