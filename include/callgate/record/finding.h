// The behaviour guard's findings about an agent, and its memory of the agent's dead ends.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/time.h"

namespace callgate {

enum class GuardRule : uint8_t {
  Repeat = 1,   ///< the same call with the same answer
  Cycle = 2,    ///< the same sequence of calls over and over
  Guess = 3,    ///< different guesses that all fail
  Mutated = 4,  ///< an identifier that is changed a little each time
  DeadEnd = 5,  ///< a call that led nowhere in earlier sessions
  Idle = 6,     ///< many calls in a row that bring nothing new
  Budget = 7,   ///< too many calls, too much time or too many bytes
};
constexpr uint8_t kRules = 7;
/// Returns the name that people and agents read: "repeated-call", "cycle", "guessing",
/// "mutated-id", "dead-end", "no-progress" or "budget".
const char* name(GuardRule rule);
/// Returns the short id for programs: "R1" … "R7", in the order of the enumeration.
const char* id(GuardRule rule);
/// Returns the rule with this name or this id; nullopt if there is none.
std::optional<GuardRule> rule_named(std::string_view word);

/// Returns a text such as "guard dead-end". If the guard stops a call, the record has this text as
/// the rule that decided.
std::string stopped_by(GuardRule rule);
/// True if `text` is stopped_by(rule). Also accepts the form with the rule's id instead of its
/// name, which older gates recorded.
bool is_stopped_by(std::string_view text, GuardRule rule);

enum class Level : uint8_t { None, Soft, Hard };
const char* name(Level level);  ///< "none", "soft", "hard"

/// What the gate does about a finding, the weakest first.
enum class Step : uint8_t { Observe, Advise, Delay, Ask, Block, Pause };
inline constexpr Step kSteps[] = {Step::Observe, Step::Advise, Step::Delay,
                                  Step::Ask,     Step::Block,  Step::Pause};
const char* name(Step step);  ///< "observe", "advise", …
std::optional<Step> step_named(std::string_view name);

/// The guard's conclusion that an agent is stuck. For each (session, rule, key), the guard reports
/// a finding once, until a person clears the finding. If the level rises from soft to hard, the
/// guard reports the finding a second time. If the guard has no more room for the session or the
/// key, it may report the same finding again.
struct Finding {
  GuardRule rule{};
  Level level{};
  /// Identifies what the finding is about (a call, a path, a tool …) within the session and rule.
  uint64_t key = 0;
  uint32_t session = 0;
  std::string agent, server, tool;
  std::string summary;  ///< one sentence, with the numbers that explain it
  /// What exists in place of the thing that the agent looked for; empty if the guard does not know
  /// this.
  std::string instead;
  std::vector<uint32_t> evidence;  ///< the calls that caused it, oldest first; at most kEvidence
  /// The measured value, and the threshold that it has passed, in the rule's own unit. The rule
  /// Idle measures the share of calls with something new, so its `value` is below `limit`.
  double value = 0, limit = 0;
  Micros at{};
  static constexpr size_t kEvidence = 16;

  bool operator==(const Finding&) const = default;
};

/// How a user ended a finding.
enum class FindingEnd : uint8_t { Cleared, Approved };
const char* name(FindingEnd end);  ///< "cleared", "approved"

/// What kind of success or failure an answer is for the agent.
enum class AnswerKind : uint8_t { Ok, NotFound, Denied, Invalid, Timeout, Rate, Empty, Error };
const char* name(AnswerKind kind);  ///< "ok", "not_found", "denied", …

/// The facts about an answer that the guard compares. They are computed once for each completed
/// call.
struct AnswerFacts {
  AnswerKind kind = AnswerKind::Ok;
  bool pending = false;  ///< the text reports work that is still running or queued
  /// A hash of the text with times and durations left out. If too little text is left without them,
  /// equals `exact`.
  uint64_t hash = 0;
  uint64_t exact = 0;  ///< a hash of the unchanged text
  uint64_t shape = 0;  ///< a hash of a failure's first words, without names and numbers
  uint64_t bytes = 0;  ///< the length of the text
  bool operator==(const AnswerFacts&) const = default;
};

/// Something that an agent looked for and did not find, or was not allowed to see. The gate
/// remembers it after the session has ended, so that later sessions need not try again. The key is
/// (agent, server, tool, resource).
struct DeadEnd {
  std::string agent, server, tool;
  /// The subject: a normalised path, URI or reference, followed by "#" and a hash if other
  /// arguments matter. If the call has no such subject: "call:" and a hash of the call. The record
  /// masks secrets in this text.
  std::string subject;
  AnswerKind kind = AnswerKind::NotFound;  ///< NotFound or Denied
  uint32_t tries = 0;                      ///< how many calls failed there
  uint32_t sessions = 0;                   ///< how many sessions made such calls
  Micros first{}, last{};
  Micros expires{};

  bool operator==(const DeadEnd&) const = default;
};

/// What the record holds about an agent when a session of the agent begins.
/// A call of an earlier run whose answer did not reach the client: cancelled, timed out, or under
/// way when the gate process died.
struct UnansweredCall {
  uint64_t id = 0;  ///< a CallId
  Micros at{}, ended{};
  std::string profile, folder;  ///< of the client
  std::string server, tool;
  std::optional<bool> read_only;  ///< as in CallStarted
  std::string args;               ///< JSON text, whole and unmasked
  /// The server's late result, JSON text, whole and unmasked. Empty if there is none, or if the
  /// record does not have all of it.
  std::string result;
  bool late = false;  ///< the server has answered late
};

/// What the record knows of an agent's earlier sessions.
struct AgentMemory {
  std::vector<DeadEnd> dead_ends;
  uint64_t calls_today = 0;  ///< calls since midnight (UTC), from all processes of the agent
  std::vector<UnansweredCall> unanswered;
};

struct DeadEndChange {
  enum class What : uint8_t { Keep, Forget } what = What::Keep;
  /// The dead end that was found or forgotten. For Forget, only the key (agent, server, tool,
  /// resource) matters; the other members have their last values.
  DeadEnd dead_end;
};

}  // namespace callgate
