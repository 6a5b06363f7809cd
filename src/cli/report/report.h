// The contents of a report. `callgate report` gathers them once, so that its text, its JSON and its
// HTML page show the same numbers.
#pragma once

#include <string>
#include <vector>

#include "callgate/app/kept_tools.h"
#include "callgate/store/findings.h"
#include "callgate/store/history.h"
#include "cli/text/common.h"
#include "cli/text/terminal.h"

namespace callgate {

/// A call that is evidence for a finding. `known` is false if the record does not have the call any
/// more; then only `call` is set.
struct EvidenceLine {
  std::string call, tool, args, outcome;
  Micros at{};
  bool known = false;
};

struct ReportFinding {
  FindingRow row;
  std::vector<EvidenceLine> evidence;  ///< oldest first
};

struct ReportBucket {
  Micros begin{}, end{};
  OutcomeCounts calls;
};

/// Calls per agent and server, sorted by number of calls.
struct ReportGrid {
  std::vector<std::string> agents, servers;
  size_t more_agents = 0, more_servers = 0;
  size_t all_agents = 0, all_servers = 0;
  std::vector<std::vector<ReportPair>> cells;  ///< [agent][server]; zero for pairs without calls
  std::vector<ReportPair> by_agent;            ///< for each agent, the sums over all servers
};

/// The number of calls to one server, and how many of them failed.
struct ServerFailures {
  std::string server;
  uint64_t calls = 0, failed = 0;
};

struct ReportView {
  Micros since{}, until{}, made{};
  std::string record;  ///< the record's file name without its folder
  Report sums;
  ReportGrid grid;
  std::vector<ReportBucket> buckets;
  std::vector<ToolStats> slowest, failing, largest;
  std::vector<ServerFailures> failing_servers;  ///< most failures first, over all tools of a server
  size_t tools = 0;
  std::vector<KeptTools> definitions;
  size_t more_definitions = 0;
  /// Hard findings come before soft findings. Among findings of the same level, active findings
  /// come first, then the newest.
  std::vector<ReportFinding> findings;
  uint64_t more_findings = 0;
  /// The numbers of hard, soft and active findings, including those that the report does not show.
  uint64_t hard = 0, soft = 0, active = 0;
};

/// How many agents, servers and so on a report shows. If there are more, the report shows "and N
/// more".
struct ReportBounds {
  static constexpr size_t kAgents = 12, kServers = 8, kTools = 10, kRules = 10, kFindings = 20,
                          kPlaces = 5, kArguments = 160, kBuckets = 84, kLeastMinutes = 29;
};

/// Gathers the contents of a report.
Result<ReportView> gather_report(History& history, const Places& places, Micros since, Micros until,
                                 Micros now);

std::string report_text(const Common& common, const ReportView& view);
std::string report_json(const ReportView& view);
/// Returns a self-contained HTML page without scripts.
std::string report_page(const ReportView& view);

/// Returns the name, or "(no name)" if it is empty.
std::string agent_text(const std::string& name);
std::string server_text(const std::string& name);
std::string tool_text(const std::string& server, const std::string& tool);
std::string rule_text(const ReportRule& rule);
/// Returns the finding's state: "active" (nobody has cleared it), "cleared" or "approved".
std::string state_text(const FindingRow& row);
/// Returns `part` of `whole` as "3.1 %", or a dash if `whole` is 0.
std::string share_text(uint64_t part, uint64_t whole);
std::string minute_text(Micros at);

}  // namespace callgate
