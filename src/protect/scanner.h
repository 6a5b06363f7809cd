// Finds secrets in plain text.
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

/// A secret that was found: the range of bytes to replace.
struct Span {
  size_t begin, end;
  uint32_t pattern;
  /// True if a built-in pattern found the secret or a part of it; false if only configured values
  /// did.
  bool shaped = false;
};

/// Finds secrets in time linear in the text, whatever the text contains. A filter of three-byte
/// pieces skips text without matches at some gigabytes per second, because it looks at even offsets
/// only: each keyword has two pieces, one for even and one for odd offsets. (An automaton takes
/// many times as long, because each of its steps waits for the previous step.) After the filter,
/// each rule reads only the few characters that concern the rule. A scanner is immutable and may
/// be used on any thread.
class Scanner {
 public:
  explicit Scanner(const std::vector<NamedSecret>& secrets);
  Scanner(const Scanner&) = delete;

  /// Returns the secrets in order, without overlaps.
  std::vector<Span> scan(std::string_view text) const;
  std::string_view name(uint32_t pattern) const { return entries_[pattern].pattern.name; }
  bool is_private_key(uint32_t pattern) const {
    return entries_[pattern].pattern.shape == SecretShape::PrivateKey;
  }
  /// The length in bytes of the longest configured value, in the longest of its forms.
  size_t longest() const { return longest_; }
  /// The length in bytes of the shortest possible secret.
  size_t shortest() const { return kShortest; }

 private:
  static constexpr size_t kShortest = 6;
  struct Entry {
    Pattern pattern;
  };
  /// Two or three bytes of a keyword, `offset` bytes after its beginning. `list` is a hash of the
  /// first two.
  struct Piece {
    uint32_t list, entry, offset;
  };
  struct State;

  void add(const Pattern& pattern);
  void add_piece(std::string_view piece, uint32_t entry, size_t offset);
  void add_secret(const std::string& name, const std::string& value);
  void finish();
  bool keyword_at(const Entry& entry, std::string_view text, size_t at) const;
  void check_keyword(State& state, size_t at) const;

  // Configured names and values; a deque keeps views into them valid.
  std::deque<std::string> owned_;
  std::vector<Entry> entries_;
  size_t longest_ = 0;
  // By the first two bytes of a piece: one bit for each third byte, by its lowest five bits.
  std::vector<uint32_t> filter_ = std::vector<uint32_t>(65536);
  std::vector<Piece> pieces_;  // sorted by list when complete
  // How many pieces each list has got so far.
  std::array<uint32_t, 4096> used_{};
  std::array<uint32_t, 4097> first_{};  // by list: the index of its first piece
};

}  // namespace callgate
