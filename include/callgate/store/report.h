// The sums over a period that `callgate report` shows. One pass over the calls makes them all. No
// sum has repeated calls (Outcome::Repeated), because these were not made.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "callgate/base/time.h"
#include "callgate/store/touched.h"

namespace callgate {

struct OutcomeCounts {
  uint64_t ok = 0;
  uint64_t failed = 0;  ///< the tool or the server reported an error, or no answer came
  uint64_t denied = 0;
  uint64_t open = 0;  ///< cancelled, or without an end yet
  uint64_t all() const { return ok + failed + denied + open; }
  bool operator==(const OutcomeCounts&) const = default;
};

/// The calls of one agent to one server.
struct ReportPair {
  /// `agent` is the name that the client gives itself. `server` is empty if no server has the tool.
  std::string agent, server;
  OutcomeCounts calls;
  TouchCounts touches;  ///< denied calls accessed nothing
  uint64_t args_bytes = 0, result_bytes = 0;
};

struct ReportMinute {
  Micros at{};  ///< the minute's beginning
  OutcomeCounts calls;
};

struct ToolStats {
  std::string server, tool;
  uint64_t calls = 0, failed = 0, denied = 0;
  Nanos p50{}, p95{}, longest{};
  uint64_t args_bytes = 0, result_bytes = 0;
};

struct ReportRule {
  /// The rule that denied the calls and its reason. An empty rule means the default decision.
  std::string rule, because;
  uint64_t calls = 0;
  std::string call, server, tool;  ///< the newest of these calls: its id "RUN-CALL", server, tool
};

struct Report {
  OutcomeCounts calls;
  uint64_t sessions = 0;              ///< sessions that made a call
  std::vector<ReportPair> pairs;      ///< most calls first
  std::vector<ReportMinute> minutes;  ///< minutes with calls, in order
  /// Why calls were denied, most calls first. Only the newest kReportDenials denied calls are
  /// counted.
  std::vector<ReportRule> rules;
  std::vector<ToolStats> tools;  ///< sorted by server and tool
  Touched touched;               ///< sums per agent
};
inline constexpr size_t kReportDenials = 20'000;

}  // namespace callgate
