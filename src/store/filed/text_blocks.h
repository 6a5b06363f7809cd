// Shows which calls cannot contain the text of `history --grep`, so that their arguments and
// results need not be read. A block is a range of up to kBlockCalls consecutive calls of a run. Its
// row in the table `text_block` has a set of the trigrams of these calls' texts.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/time.h"
#include "callgate/record/events.h"

namespace callgate {

/// A set of trigrams (three bytes in sequence) that ignores the case of ASCII letters. It may
/// contain trigrams that were not added, because each trigram is one bit at a hash of 16 bits.
class TrigramSet {
 public:
  static constexpr size_t kBytes = (size_t{1} << 16) / 8;
  void add(std::string_view text);
  /// Returns the bits as bytes, for TrigramPattern::may_be_in(). Valid as long as this set.
  std::string_view bytes() const {
    return {reinterpret_cast<const char*>(bits_.data()), bits_.size()};
  }

 private:
  std::array<uint8_t, kBytes> bits_{};
};

/// The trigrams that a block's set must contain if one of the block's texts contains `text`.
class TrigramPattern {
 public:
  explicit TrigramPattern(std::string_view text);
  /// False if `text` is too short for a trigram, so that the pattern excludes nothing.
  bool excludes() const { return !places_.empty(); }
  /// Returns false only if no text of the set `bytes` (see TrigramSet::bytes()) can contain the
  /// pattern's text. Returns true if `bytes` is damaged.
  bool may_be_in(std::string_view bytes) const;

 private:
  std::vector<uint32_t> places_;
};

/// A row of `text_block`.
struct TextBlock {
  CallNumber first = 0, last = 0;
  Micros at{};  ///< the time of the block's last event
  std::string_view trigrams;
  /// The calls of the range of which a text may be missing in `trigrams`, packed by pack_calls().
  std::string others;
};

/// Packs the numbers of ascending calls. Each takes one or two bytes: its distance from the number
/// before it, or from `first` if it is the first.
std::string pack_calls(CallNumber first, const std::vector<CallNumber>& calls);
/// Replaces the content of `calls` by what pack_calls() has packed. Returns false if `bytes` is
/// damaged.
bool unpack_calls(CallNumber first, std::string_view bytes, std::vector<CallNumber>& calls);

/// Collects in memory the trigrams of a run's calls while the calls are written: 8 KiB for each of
/// a few blocks. Used by one thread at a time.
class TextBlocks {
 public:
  /// The limits of a block. More text would fill the set with too many trigrams.
  static constexpr CallNumber kBlockCalls = 512;
  static constexpr size_t kBlockBytes = size_t{128} << 10;
  /// A longer text is not collected, because that would cost as much as its digest. The search
  /// then reads all texts of the call.
  static constexpr size_t kLongestText = size_t{4} << 10;

  /// Adds the texts of a call's start or end. If one of the two is not added, the call is in
  /// TextBlock::others.
  void started(CallNumber call, Micros at, std::string_view args);
  void ended(CallNumber call, Micros at, std::string_view result, std::string_view error);
  /// Must be called at the end of the run. Then ready() returns all blocks, even those that have
  /// room or calls that still run.
  void end_all();
  /// Returns the blocks to write. They stay until remove_ready() is called.
  std::vector<TextBlock> ready() const;
  void remove_ready();
  bool any_ready() const;
  /// Forgets all texts, after a transaction that failed. The search then reads these calls' texts.
  void clear() { blocks_.clear(); }

 private:
  // Absent: the call's start was not added. Running: its end was not added yet. RunningLong: the
  // same, and its arguments were too long. Whole: the set has all its texts. Long: a text was too
  // long.
  enum class State : uint8_t { Absent, Running, RunningLong, Whole, Long };
  struct Block {
    CallNumber first = 0, last = 0;
    Micros at{};
    size_t bytes = 0;
    uint32_t running = 0;  // calls that have started and not ended
    bool ended = false;    // no call after `last` is added any more
    std::array<State, kBlockCalls> calls{};
    TrigramSet trigrams;
  };
  void end_block();
  Block* block_of(CallNumber call);
  static bool add(Block& block, Micros at, std::string_view text);
  bool is_ready(const Block& block) const;

  std::deque<Block> blocks_;  // oldest first
  CallNumber next_ = 0;       // all calls that started have lower numbers
  bool run_ended_ = false;
};

}  // namespace callgate
