// R4: an identifier is changed a little each time, and none of them exists.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/guard/answer.h"
#include "callgate/guard/finding.h"
#include "evidence.h"

namespace callgate {

/// At most 16 kinds of calls (a call with its identifiers masked); the one longest unused makes
/// room.
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
    uint32_t failed = 0;  ///< different calls since this kind last found something new
    uint32_t near = 0;    ///< different failing identifiers that differ a little from one seen
                          ///< before; no success clears these
    uint32_t used = 0;
    std::array<uint64_t, 16> calls{};  ///< that failed, the latest
    uint32_t calls_seen = 0;
    std::array<Identifier, 4> real{}, wrong{};
    uint32_t reals = 0, wrongs = 0;
    Evidence<Finding::kEvidence> evidence;
    Cadence cadence;

    bool numeric = false;

    /// Numbers lie close together in honest lists, too: a list of which a part is missing has more
    /// that exist.
    uint32_t count() const;
    /// The real identifier that is most like the last wrong one; empty if none was seen.
    std::string_view nearest() const;
  };

  /// Null if this kind of call has nothing to say: no identifier, or an answer that doesn't count.
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
