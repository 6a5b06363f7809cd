// Recorded sessions through the rules: what `findings replay` shows of a trace file.
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
/// Sees each finding as it is raised.
using FindingSink = std::function<void(const Finding&)>;

/// One session of a trace: {"name", "agent", "source", "calls": [{"tool", "args", "result",
/// "server", "t", "is_error", "read_only"}]}. Only "tool" and "result" matter much: a result is
/// text or an MCP result; without "t" (seconds) calls follow each other by ten; "agent" and
/// "server" are "source" when absent. What it finds missing stays in `guard` for later sessions.
ReplayedSession replay(Guard& guard, Value session, uint32_t number, const FindingSink& sink = {});

/// {"sessions": [{"name", "alarms": [{"level", "rule", "call"}]}]}
std::string to_json(const std::vector<ReplayedSession>& sessions);

}  // namespace callgate
