// A week as a busy desk leaves it in the record: agents that prefer some servers, projects and
// hours, what they touched, refusals, failures and findings. The same for the same count of calls.
#pragma once

#include <cstdint>
#include <string>

#include "callgate/base/time.h"

namespace callgate::bench {

inline constexpr uint32_t kWeekAgents = 12, kWeekServers = 20;

/// 7 runs of a gateway with all agents, 77 of one agent each; the last call is a little before
/// `now`. False, with the reason on stderr: it cannot be written.
bool fill_week(const std::string& path, uint32_t calls, Micros now);

}  // namespace callgate::bench
