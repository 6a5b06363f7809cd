// Tells `history --grep` which calls cannot contain a text, so that it need not read their
// arguments and results. A block is a range of up to kBlockCalls consecutive calls of a run. Its
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

/// A set of trigrams, which are three bytes in sequence. It ignores the case of ASCII letters, and
/// it may contain trigrams that were not added.
class TrigramSet {
 public:
  void add(std::string_view text);
  /// The bits as bytes; may_contain() reads them.
  std::string_view bytes() const {
    return {reinterpret_cast<const char*>(bits_.data()), bits_.size()};
  }

 private:
  std::array<uint8_t, (size_t{1} << 16) / 8> bits_{};
};

/// What the trigrams of a text block must contain if one of its texts contains `text`.
class TrigramPattern {
 public:
  explicit TrigramPattern(std::string_view text);
  /// False if `text` is too short for a trigram, so that the pattern excludes nothing.
  bool excludes() const { return !places_.empty(); }
  /// Returns false only if no text of the block can contain the pattern. `bytes` is
  /// TrigramSet::bytes().
  bool may_be_in(std::string_view bytes) const;

 private:
  std::vector<uint32_t> places_;
};

/// A row of `text_block`.
struct TextBlock {
  CallNumber first = 0, last = 0;
  Micros at{};  ///< of the block's last event
  std::string_view trigrams;
  /// The calls of the range with a text that is not in `trigrams`: as packed by pack_calls().
  std::string others;
};

/// Packs ascending calls as distances from `first`; each takes one or two bytes.
std::string pack_calls(CallNumber first, const std::vector<CallNumber>& calls);
/// Returns false if `bytes` is damaged.
bool unpack_calls(CallNumber first, std::string_view bytes, std::vector<CallNumber>& calls);

/// Collects the texts of a run's calls while they are written, in memory: 8 KiB for each of a few
/// blocks. One thread.
class TextBlocks {
 public:
  /// The limits of a block. More text would fill the set with too many trigrams.
  static constexpr CallNumber kBlockCalls = 512;
  static constexpr size_t kBlockBytes = size_t{128} << 10;
  /// A longer text is not collected, because that would cost as much as its digest. The search
  /// reads the texts of its call.
  static constexpr size_t kLongestText = size_t{4} << 10;

  /// Adds the texts of a call's start or end. A call whose start and end were not both added is in
  /// TextBlock::others.
  void started(CallNumber call, Micros at, std::string_view args);
  void ended(CallNumber call, Micros at, std::string_view result, std::string_view error);
  /// At the end of the run: ready() then returns all blocks, those with room and with calls that
  /// still run, too.
  void end_all();
  /// Returns the blocks to write. They stay until remove_ready() is called.
  std::vector<TextBlock> ready() const;
  void remove_ready();
  bool any_ready() const;
  /// Forgets all texts, after a transaction that failed. The search then reads these calls' texts.
  void clear() { blocks_.clear(); }

 private:
  // Running, RunningLong: the call has no end yet. Whole: all its texts are in the set. Long: not
  // all.
  enum class State : uint8_t { Absent, Running, RunningLong, Whole, Long };
  struct Block {
    CallNumber first = 0, last = 0;
    Micros at{};
    size_t bytes = 0;
    uint32_t running = 0;  // calls that have started and not ended
    bool ended = false;    // takes no further calls
    std::array<State, kBlockCalls> calls{};
    TrigramSet trigrams;
  };
  void end_block();
  Block* block_of(CallNumber call);
  static bool add(Block& block, Micros at, std::string_view text);
  bool is_ready(const Block& block) const;

  std::deque<Block> blocks_;  // oldest first
  bool run_ended_ = false;
};

}  // namespace callgate
