// Detects from completed calls alone that an agent is stuck. The calls may all be allowed by the
// rules. The guard is pure: it has no clock, no thread and no file. The caller passes in the time
// and the dead ends of earlier sessions as values, and gets findings and changes of dead ends back
// as values. The same calls in the same order give the same findings, live or from the record.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/time.h"
#include "callgate/guard/answer.h"
#include "callgate/guard/call.h"
#include "callgate/guard/memory_key.h"
#include "callgate/guard/thresholds.h"
#include "callgate/record/events.h"
#include "callgate/record/finding.h"
#include "callgate/wire/message.h"

namespace callgate {

/// The active finding or dead end that concerns a call, before the call goes to its child.
struct ActiveFinding {
  /// The level of the strongest active finding that concerns this call.
  Level level = Level::None;
  GuardRule rule{};
  uint64_t key = 0;
  uint32_t calls = 0;  ///< how many calls that finding concerned so far, this one included
  /// A dead end that an earlier session found; nullptr if there is none. Valid until the guard is
  /// called again.
  const DeadEnd* dead_end = nullptr;
};

struct Observation {
  std::vector<Finding> findings;
  std::vector<DeadEndChange> changes;  ///< changes of dead ends that the caller must record
};

/// A gate uses a Guard in this way. load() passes in the dead ends that the record has of an agent.
/// before() is called when a call is decided, and act_on() returns what is done. observe() is
/// called when the answer has arrived: the gate records its findings and changes after the call's
/// finished row and, if the ladder requires it, adds advice to the answer. A call that was denied,
/// blocked or cancelled is not observed, because no server has answered it. A call that timed out
/// at its server is observed.
///
/// A guard is used on one thread. It keeps at most kSessions sessions (a new one replaces the one
/// that was silent longest) of at most kSessionBytes each, and kMostDeadEnds dead ends in all.
class Guard {
 public:
  static constexpr size_t kSessions = 4096, kSessionBytes = 64 * 1024;

  explicit Guard(Thresholds thresholds = {});
  ~Guard();

  /// Sets other thresholds. What was counted so far stays.
  void use(const Thresholds& thresholds);

  /// Passes in the dead ends that the agent's earlier sessions found; call it before the agent's
  /// first call. Expired dead ends have no effect, and a key that is already known keeps its value.
  void load(const std::vector<DeadEnd>& dead_ends);
  /// Reports that the agents of that memory_key() have made at least `calls` calls on the day of
  /// `now` (UTC).
  void spent(std::string_view memory, Micros now, uint64_t calls);

  /// Returns the active finding and the dead end that concern a call. The only change to the guard
  /// is that the finding's count of calls goes up.
  ActiveFinding before(const GuardCall& call);
  /// Reports a call that isn't made because of ActiveFinding::dead_end. The first such call of a
  /// session and a dead end makes a finding.
  Observation stopped(const GuardCall& call);
  /// Evaluates a completed call. Calls must come in the order of their completion.
  Observation observe(const GuardCall& call, const GuardAnswer& answer);

  /// Marks the finding as handled: its evidence starts again from nothing, and the finding may be
  /// reported again.
  void clear(uint32_t session, GuardRule rule, uint64_t key);
  /// Like clear(), and also doubles this key's thresholds for this session, each time.
  void approve(uint32_t session, GuardRule rule, uint64_t key);
  /// The user has acted: the session's budgets start again, but the budget of the day does not.
  void user_acted(uint32_t session);
  void session_gone(uint32_t session);
  /// Forgets the dead ends of a server whose command, environment or tools changed, or that was
  /// restarted while sessions ran: what was missing there may exist now. A restart of the gate
  /// alone does not count, or the memory would never outlive a session.
  std::vector<DeadEndChange> server_changed(std::string_view server);
  /// Forgets the dead ends of that key because a person handled them at the time `at`, except those
  /// that a session found again since.
  std::vector<DeadEndChange> forget_dead_end(uint64_t key, Micros at);
  /// The key of findings about that dead end. If the subject of a dead end from the record is
  /// masked, its key differs from the key that the unmasked dead end had.
  static uint64_t key_of(const DeadEnd& dead_end);

  size_t sessions() const;
  size_t dead_ends() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace callgate
