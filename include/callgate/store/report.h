// What a report over a period is made of: sums in one pass over the calls as they are filed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "callgate/base/time.h"
#include "callgate/store/touched.h"

namespace callgate {

struct OutcomeCounts {
  uint64_t ok = 0;
  uint64_t failed = 0;  ///< the tool or the server said so, or nothing came
  uint64_t denied = 0;
  uint64_t open = 0;  ///< cancelled, or without an end yet
  uint64_t all() const { return ok + failed + denied + open; }
  bool operator==(const OutcomeCounts&) const = default;
};

/// An agent at a server.
struct ReportPair {
  std::string agent, server;  ///< the client's name, as it says; empty server: nobody's tool
  OutcomeCounts calls;
  TouchCounts touches;  ///< denied calls touched nothing
  uint64_t args_bytes = 0, result_bytes = 0;
};

struct ReportMinute {
  Micros at{};  ///< its beginning
  OutcomeCounts calls;
};

struct ReportRule {
  std::string rule, because;  ///< as decided; an empty rule: the default
  uint64_t calls = 0;
  std::string call, server, tool;  ///< the newest of them: "RUN-CALL"
};

struct Report {
  OutcomeCounts calls;
  uint64_t sessions = 0;              ///< that made a call
  std::vector<ReportPair> pairs;      ///< most calls first
  std::vector<ReportMinute> minutes;  ///< those with calls, in order
  /// Why calls were denied, most calls first; of the newest kReportDenials.
  std::vector<ReportRule> rules;
};
inline constexpr size_t kReportDenials = 20'000;

}  // namespace callgate
