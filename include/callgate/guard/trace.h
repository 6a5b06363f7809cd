// Replays recorded sessions through the guard's rules. `callgate findings replay` shows the result
// for a trace file.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "callgate/guard/guard.h"

namespace callgate {

struct Alarm {
  Level level{};
  GuardRule rule{};
  uint32_t call = 0;  ///< counts from 0 within its session
};
struct ReplayedSession {
  std::string name;
  std::vector<Alarm> alarms;
};
/// replay() calls this with each finding when the guard makes it.
using FindingSink = std::function<void(const Finding&)>;

/// Replays one session of a trace: {"name", "agent", "source", "calls": [{"tool", "args", "result",
/// "server", "t", "is_error", "read_only"}]}. Only "tool" and "result" are required. "result" is a
/// text or an MCP result. Calls without "t" (seconds) are ten seconds apart. "agent" and "server"
/// default to "source". `guard` keeps the dead ends of the session for the sessions that are
/// replayed later.
ReplayedSession replay(Guard& guard, Value session, uint32_t number, const FindingSink& sink = {});

/// Returns {"sessions": [{"name", "alarms": [{"level", "rule", "call"}]}]}.
std::string to_json(const std::vector<ReplayedSession>& sessions);

}  // namespace callgate
