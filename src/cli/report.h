// What a report shows, gathered once: the text, the JSON and the page say the same figures.
#pragma once

#include <string>
#include <vector>

#include "callgate/app/kept_tools.h"
#include "callgate/store/findings.h"
#include "callgate/store/history.h"
#include "common.h"
#include "terminal.h"

namespace callgate {

/// A call that is evidence, as far as the record still has it.
struct EvidenceLine {
  std::string call, tool, args, outcome;
  Micros at{};
  bool known = false;
};

struct ReportFinding {
  FindingRow row;
  std::vector<EvidenceLine> evidence;  ///< in order
};

struct ReportBucket {
  Micros begin{}, end{};
  OutcomeCounts calls;
};

/// Agents by servers, most calls first.
struct ReportGrid {
  std::vector<std::string> agents, servers;
  size_t more_agents = 0, more_servers = 0;
  size_t all_agents = 0, all_servers = 0;
  std::vector<std::vector<ReportPair>> cells;  ///< [agent][server]; no calls: nothing there
  std::vector<ReportPair> by_agent;            ///< all servers of it
};

/// All calls of one server that tools and their servers answered, and how many failed.
struct ServerFailures {
  std::string server;
  uint64_t calls = 0, failed = 0;
};

struct ReportView {
  Micros since{}, until{}, made{};
  std::string record;  ///< the file's name alone
  Report sums;
  ReportGrid grid;
  std::vector<ReportBucket> buckets;
  Touched touched;  ///< by agent
  std::vector<ToolStats> slowest, failing, largest;
  std::vector<ServerFailures> failing_servers;  ///< those that failed most, over all their tools
  size_t tools = 0;
  std::vector<KeptTools> definitions;
  size_t more_definitions = 0;
  std::vector<ReportFinding> findings;  ///< hard ones first, then standing ones, then newest
  uint64_t more_findings = 0;
  uint64_t hard = 0, soft = 0, standing = 0;  ///< of all
};

/// So many of each; "and N more" stands for the rest.
struct ReportBounds {
  static constexpr size_t kAgents = 12, kServers = 8, kTools = 10, kRules = 10, kFindings = 20,
                          kPlaces = 5, kArguments = 160, kBuckets = 84, kLeastMinutes = 29;
};

/// One pass over the record each for sums, for tools and for what was touched.
Result<ReportView> gather_report(History& history, const Places& places, Micros since, Micros until,
                                 Micros now);

std::string report_text(const Common& common, const ReportView& view);
std::string report_json(const ReportView& view);
/// One page: no script, nothing from elsewhere.
std::string report_page(const ReportView& view);

/// "(no name)" for what has none.
std::string agent_text(const std::string& name);
std::string server_text(const std::string& name);
std::string tool_text(const std::string& server, const std::string& tool);
std::string rule_text(const ReportRule& rule);
/// "stands", "cleared", "approved".
std::string state_text(const FindingRow& row);
/// "3.1 %"; a dash when there is nothing to share.
std::string share_text(uint64_t part, uint64_t whole);
std::string minute_text(Micros at);

}  // namespace callgate
