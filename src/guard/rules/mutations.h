// Rule "mutated-id": the agent changes an identifier a little in each call, and none of the changed
// identifiers exists.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/guard/answer.h"
#include "callgate/record/finding.h"
#include "evidence.h"

namespace callgate {

/// Keeps at most 16 kinds of calls (a kind is a call with its identifiers masked); a new one
/// replaces the kind that was unused longest.
class Mutations {
 public:
  static constexpr size_t kIdentifier = 48;
  struct Identifier {
    std::array<char, kIdentifier> text{};
    uint8_t size = 0;
    std::string_view view() const { return {text.data(), size}; }
    void set(std::string_view from);
  };
  struct Kind {
    uint64_t kind = 0;
    uint32_t failed = 0;  ///< different failed calls since this kind last found something new
    /// How many different failing identifiers were similar to an earlier identifier. A success does
    /// not reset this.
    uint32_t near = 0;
    uint32_t used = 0;
    std::array<uint64_t, 16> calls{};  ///< the latest failed calls
    uint32_t calls_seen = 0;
    std::array<Identifier, 4> real{}, wrong{};
    uint32_t reals = 0, wrongs = 0;
    Evidence<Finding::kEvidence> evidence;
    Cadence cadence;

    bool numeric = false;

    /// Returns the count that the rule compares with its thresholds: the number of failed calls, or
    /// of similar identifiers that failed, whichever is greater. Similar numbers count only if more
    /// of them failed than were found, because honest agents go through lists of numbers, too.
    uint32_t count() const;
    /// The existing identifier that is most similar to the last wrong one; empty if no identifier
    /// of this kind is known to exist.
    std::string_view nearest() const;
  };

  /// Counts an answer. Returns nullptr if the call has no identifier or the answer doesn't count.
  Kind* add(uint64_t kind, uint64_t call, std::string_view identifier, AnswerKind answer,
            uint32_t number, Nanos at);
  void reset(uint64_t kind);
  const Kind* find(uint64_t kind) const;

 private:
  Kind& entry(uint64_t kind);
  static constexpr size_t kMost = 16;
  std::vector<Kind> kinds_;
  uint32_t clock_ = 0;

 public:
  static constexpr size_t kMostBytes = kMost * sizeof(Kind);
};

}  // namespace callgate
