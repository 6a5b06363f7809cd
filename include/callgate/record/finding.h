// What the behaviour guard says of an agent, and the memory of where its sessions led nowhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/time.h"

namespace callgate {

enum class GuardRule : uint8_t {
  Repeat = 1,   ///< R1: the same call, the same answer
  Cycle = 2,    ///< R2: a round of calls, again and again
  Guess = 3,    ///< R3: different guesses, all fail
  Mutated = 4,  ///< R4: an identifier changed a little each time
  DeadEnd = 5,  ///< R5: known from earlier sessions to lead nowhere
  Idle = 6,     ///< R6: a window of calls without anything new
  Budget = 7,   ///< R7: too many calls, too long, too much
};
constexpr uint8_t kRules = 7;
const char* name(GuardRule rule);  ///< "R1" … "R7"
std::optional<GuardRule> rule_named(std::string_view name);

enum class Level : uint8_t { None, Soft, Hard };
const char* name(Level level);  ///< "none", "soft", "hard"

/// Raised once per (session, rule, key) until cleared, as long as the guard has room for the
/// session and for the key; a soft one that becomes hard is raised once more.
struct Finding {
  GuardRule rule{};
  Level level{};
  uint64_t key = 0;  ///< what it is about, within its session and rule
  uint32_t session = 0;
  std::string agent, server, tool;
  std::string summary;             ///< one sentence, with the numbers that explain it
  std::string instead;             ///< what exists instead, as far as known; may be empty
  std::vector<uint32_t> evidence;  ///< the calls that made it, oldest first, at most kEvidence
  double value = 0, limit = 0;     ///< by the rule's own measure: value passed limit
  Micros at{};
  static constexpr size_t kEvidence = 16;

  bool operator==(const Finding&) const = default;
};

/// What an answer amounts to.
enum class AnswerKind : uint8_t { Ok, NotFound, Denied, Invalid, Timeout, Rate, Empty, Error };
const char* name(AnswerKind kind);  ///< "ok", "not_found", "denied", …

/// An answer as the guard compares it; made once a completed call.
struct AnswerFacts {
  AnswerKind kind = AnswerKind::Ok;
  bool pending = false;  ///< says that something is still running, queued or in progress
  uint64_t hash = 0;   ///< of the text with times and durations masked, if that leaves enough of it
  uint64_t exact = 0;  ///< of the text as it is
  uint64_t shape = 0;  ///< of how a failure begins, without names and numbers
  uint64_t bytes = 0;  ///< of the text
  bool operator==(const AnswerFacts&) const = default;
};

/// A thing that an agent looked for and that was not there, or not for it: remembered beyond the
/// session, so that the next one need not probe it again. The key is (agent, server, tool,
/// resource).
struct DeadEnd {
  std::string agent, server, tool;
  /// A normalised path, URI or reference, with "#" and a hash where other arguments count; or
  /// "call:" and a hash of the call. In the record secrets are masked.
  std::string resource;
  AnswerKind kind = AnswerKind::NotFound;  ///< NotFound or Denied
  uint32_t tries = 0, sessions = 0;
  Micros first{}, last{};
  Micros expires{};

  bool operator==(const DeadEnd&) const = default;
};

/// What the record has of an agent when a session of it begins.
struct AgentMemory {
  std::vector<DeadEnd> dead_ends;
  uint64_t calls_today = 0;  ///< made since midnight (UTC), by all processes
};

struct DeadEndChange {
  enum class What : uint8_t { Keep, Forget } what = What::Keep;
  DeadEnd dead_end;  ///< Forget: the key counts, the rest is what was known
};

}  // namespace callgate
