// Behaviour of agents, from completed calls alone: an authorised agent may still be stuck. Pure: no
// clock, no thread, no file; time and what earlier sessions left come in as values, findings and
// changes go out as values. The same calls in the same order give the same findings, live or from
// the record.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/time.h"
#include "callgate/guard/answer.h"
#include "callgate/guard/effect.h"
#include "callgate/guard/finding.h"
#include "callgate/guard/thresholds.h"
#include "callgate/record/events.h"
#include "callgate/record/finding.h"
#include "callgate/wire/message.h"

namespace callgate {

/// Rules that pass over a call, a bit each.
using ExemptRules = uint8_t;
constexpr ExemptRules exempt_from(GuardRule rule) {
  return static_cast<ExemptRules>(1U << (static_cast<unsigned>(rule) - 1));
}
constexpr ExemptRules kExemptFromAll = (1U << kRules) - 1;

/// Views live as long as the call to the guard.
struct GuardCall {
  uint32_t session = 0;
  std::string_view agent;  ///< the client's name
  std::string_view server, tool;
  Value args;  ///< absent: none
  Effect effect = Effect::Unknown;
  uint32_t call = 0;  ///< for evidence
  Now at;
  ExemptRules exempt = 0;
  /// By whom dead ends are remembered and days are counted, as memory_key() makes it; empty: the
  /// agent.
  std::string_view memory = {};
};

/// What names the memory of an agent: any client may claim its name, so the name of the token that
/// it showed counts as well, or else the program that it was observed to be. Either may be empty.
std::string memory_key(std::string_view agent, std::string_view token, std::string_view program);
/// By whom the calls of a day are counted, of a memory_key(): by what was observed alone where that
/// says who it is, so that another name is no new budget.
std::string_view budget_key(std::string_view memory);
/// The program that a client was observed to be; shells between it and us are passed over.
std::string client_program(const ObservedProcess& process);

/// What is known before a call goes to its child.
struct Standing {
  Level level =
      Level::None;  ///< of the strongest finding that concerns this call and is still alive
  GuardRule rule{};
  uint64_t key = 0;
  uint32_t hits = 0;                  ///< the calls that met that finding so far, this one included
  const DeadEnd* dead_end = nullptr;  ///< of an earlier session; until the guard is called again
};

struct Observation {
  std::vector<Finding> findings;
  std::vector<DeadEndChange> changes;  ///< to be recorded
};

/// How a gate uses it: load() what the record has of an agent; before() when a call is decided, and
/// act_on() says what follows; observe() when its answer is there: findings and changes are
/// recorded behind the finished row; the advice on what was found, if the ladder says so, goes with
/// the answer. A call that was denied, blocked or cancelled isn't observed: nobody has answered it.
/// A time-out of its server is.
///
/// One thread. At most kSessions sessions (the one longest silent makes room) of at most
/// kSessionBytes each, and kDeadEnds dead ends in all.
class Guard {
 public:
  static constexpr size_t kSessions = 4096, kSessionBytes = 64 * 1024, kDeadEnds = 16'384;

  explicit Guard(Thresholds thresholds = {});
  ~Guard();

  /// Other thresholds from now on; what was counted stays.
  void use(const Thresholds& thresholds);

  /// Before an agent's first call: what its earlier sessions left. Expired ones count as none;
  /// a key that is known already keeps what is known.
  void load(const std::vector<DeadEnd>& dead_ends);
  /// On the day of `now` (UTC), the agents of that memory_key() have made at least so many calls.
  void spent(std::string_view memory, Micros now, uint64_t calls);

  /// Changes nothing but the count of hits.
  Standing before(const GuardCall& call);
  /// A call that isn't made because of Standing::dead_end. The first of a session and key is a
  /// finding.
  Observation stopped(const GuardCall& call);
  /// A completed call, in the order of completion.
  Observation observe(const GuardCall& call, const GuardAnswer& answer);

  /// The finding counts as dealt with: its evidence begins anew, and it may be raised again.
  void clear(uint32_t session, GuardRule rule, uint64_t key);
  /// The same, and this key's thresholds are doubled, for this session and each time.
  void approve(uint32_t session, GuardRule rule, uint64_t key);
  /// Somebody looked: budgets of the session begin anew, that of the day goes on.
  void user_acted(uint32_t session);
  void session_gone(uint32_t session);
  /// The server is another one now (its command, environment or tools changed), or was restarted
  /// while sessions ran: what it had not, it may have. A mere restart of the gate is neither, or
  /// memory would never outlive a session.
  std::vector<DeadEndChange> server_changed(std::string_view server);
  /// A person has dealt with it at `at`: what is known of that key, unless it was met again since.
  std::vector<DeadEndChange> forget_dead_end(uint64_t key, Micros at);
  /// Of findings about that dead end. One whose resource is masked has another.
  static uint64_t key_of(const DeadEnd& dead_end);

  size_t sessions() const;
  size_t dead_ends() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace callgate
