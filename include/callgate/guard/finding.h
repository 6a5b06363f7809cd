// What the guard says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/time.h"

namespace callgate {

enum class Rule : uint8_t {
  Repeat = 1,   ///< R1: the same call, the same answer
  Cycle = 2,    ///< R2: a round of calls, again and again
  Guess = 3,    ///< R3: different guesses, all fail
  Mutated = 4,  ///< R4: an identifier changed a little each time
  DeadEnd = 5,  ///< R5: known from earlier sessions to lead nowhere
  Idle = 6,     ///< R6: a window of calls without anything new
  Budget = 7,   ///< R7: too many calls, too long, too much
};
const char* name(Rule rule);  ///< "R1" … "R7"

enum class Level : uint8_t { None, Soft, Hard };
const char* name(Level level);  ///< "none", "soft", "hard"

/// Raised once per (session, rule, key) until cleared; a soft one that becomes hard is raised once
/// more.
struct Finding {
  Rule rule{};
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

/// The text for the agent: what repeated, the evidence, what exists instead. Ours, plain, at most
/// kAdvice bytes.
std::string advice(const Finding& finding);
constexpr size_t kAdvice = 1200;

}  // namespace callgate
