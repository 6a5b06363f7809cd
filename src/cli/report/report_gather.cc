// Gathers the contents of a report, sorts them, and limits the number of entries.
#include <fmt/core.h>

#include <algorithm>
#include <ctime>
#include <map>

#include "cli/text/time_text.h"
#include "report.h"

namespace callgate {

namespace {

using Bounds = ReportBounds;

/// Returns the `most` names with the largest sums, largest first. Sets `cut` to the number of names
/// that are left out.
template <class Sum>
std::vector<std::string> ranked(const std::map<std::string, Sum>& sums, size_t most, size_t& cut) {
  std::vector<std::pair<std::string, Sum>> all(sums.begin(), sums.end());
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  cut = all.size() > most ? all.size() - most : 0;
  all.resize(all.size() - cut);
  std::vector<std::string> names;
  for (auto& each : all) names.push_back(std::move(each.first));
  return names;
}

void add(ReportPair& to, const ReportPair& more) {
  to.calls.ok += more.calls.ok;
  to.calls.failed += more.calls.failed;
  to.calls.denied += more.calls.denied;
  to.calls.open += more.calls.open;
  to.touches.reads += more.touches.reads;
  to.touches.writes += more.touches.writes;
  to.touches.unknown += more.touches.unknown;
  to.args_bytes += more.args_bytes;
  to.result_bytes += more.result_bytes;
}

ReportGrid grid_of(const std::vector<ReportPair>& pairs) {
  std::map<std::string, uint64_t> agents, servers;
  for (const ReportPair& pair : pairs) {
    agents[pair.agent] += pair.calls.all();
    servers[pair.server] += pair.calls.all();
  }
  ReportGrid grid;
  grid.agents = ranked(agents, Bounds::kAgents, grid.more_agents);
  grid.servers = ranked(servers, Bounds::kServers, grid.more_servers);
  grid.all_agents = agents.size();
  grid.all_servers = servers.size();
  grid.cells.assign(grid.agents.size(), std::vector<ReportPair>(grid.servers.size()));
  grid.by_agent.resize(grid.agents.size());
  for (const ReportPair& pair : pairs) {
    const auto agent = std::find(grid.agents.begin(), grid.agents.end(), pair.agent);
    if (agent == grid.agents.end()) continue;
    const auto row = static_cast<size_t>(agent - grid.agents.begin());
    grid.by_agent[row].agent = pair.agent;
    add(grid.by_agent[row], pair);
    const auto server = std::find(grid.servers.begin(), grid.servers.end(), pair.server);
    if (server != grid.servers.end())
      grid.cells[row][static_cast<size_t>(server - grid.servers.begin())] = pair;
  }
  return grid;
}

constexpr int64_t kMicrosOfSecond = 1'000'000, kSecondsOfDay = 86'400;

int64_t next_midnight(std::tm day, int days) {
  day.tm_mday += days;
  day.tm_hour = day.tm_min = day.tm_sec = 0;
  day.tm_isdst = -1;
  return static_cast<int64_t>(std::mktime(&day));
}

/// Returns the edges of the chart's buckets: starts of minutes, hours or days in local time. The
/// first edge is not after `first`, the last edge is after `until`.
std::vector<Micros> edges(Micros first, Micros until) {
  constexpr int64_t kSteps[] = {60,
                                300,
                                900,
                                3600,
                                3 * 3600,
                                6 * 3600,
                                kSecondsOfDay,
                                7 * kSecondsOfDay,
                                28 * kSecondsOfDay,
                                364 * kSecondsOfDay};
  const int64_t from = first.count() / kMicrosOfSecond, to = until.count() / kMicrosOfSecond;
  int64_t step = kSteps[std::size(kSteps) - 1];
  for (const int64_t each : kSteps)
    if ((to - from) / each < static_cast<int64_t>(Bounds::kBuckets)) {
      step = each;
      break;
    }
  const auto when = static_cast<std::time_t>(from);
  std::tm day{};
  localtime_r(&when, &day);
  const int64_t midnight = next_midnight(day, 0);
  std::vector<Micros> edges;
  const auto push = [&edges](int64_t second) { edges.push_back(Micros(second * kMicrosOfSecond)); };
  if (step < kSecondsOfDay) {
    int64_t at = midnight + (from - midnight) / step * step;
    for (push(at); at <= to; push(at)) at += step;
    return edges;
  }
  push(midnight);
  for (int days = 1; edges.back().count() / kMicrosOfSecond <= to; ++days)
    push(next_midnight(day, days * static_cast<int>(step / kSecondsOfDay)));
  return edges;
}

// Sums up the minutes in buckets for the chart. If the calls cover fewer than kLeastMinutes
// minutes, adds empty buckets before the calls, but none before `since`.
std::vector<ReportBucket> buckets_of(const std::vector<ReportMinute>& minutes, Micros since) {
  std::vector<ReportBucket> buckets;
  if (minutes.empty()) return buckets;
  const Micros last = minutes.back().at;
  const Micros first =
      std::min(minutes.front().at,
               std::max(since, last - Micros(std::chrono::minutes(Bounds::kLeastMinutes))));
  const std::vector<Micros> between = edges(first, last);
  for (size_t i = 0; i + 1 < between.size(); ++i)
    buckets.push_back({between[i], between[i + 1], {}});
  size_t at = 0;
  for (const ReportMinute& minute : minutes) {
    while (at + 1 < buckets.size() && minute.at >= buckets[at].end) ++at;
    OutcomeCounts& calls = buckets[at].calls;
    calls.ok += minute.calls.ok;
    calls.failed += minute.calls.failed;
    calls.denied += minute.calls.denied;
    calls.open += minute.calls.open;
  }
  return buckets;
}

template <class Before>
std::vector<ToolStats> best(const std::vector<ToolStats>& tools, Before before) {
  std::vector<ToolStats> sorted = tools;
  std::stable_sort(sorted.begin(), sorted.end(), before);
  sorted.resize(std::min(sorted.size(), Bounds::kTools));
  return sorted;
}

std::string in_brief(const std::string& json) {
  std::string text;
  for (const char c : json.substr(0, 8 * Bounds::kArguments)) {
    const bool blank = c == '\n' || c == ' ' || c == '\t';
    if (!blank || text.empty() || text.back() != ' ') text += blank ? ' ' : c;
  }
  return cut(visible(text, Lines::Escaped), Bounds::kArguments);
}

EvidenceLine evidence_line(History& history, const std::string& id) {
  EvidenceLine line{.call = id};
  const Result<CallRow> call = history.show(id);
  if (!call) return line;
  line.known = true;
  line.at = call->at;
  line.tool = tool_text(call->server, call->tool);
  line.args = in_brief(call->args);
  line.outcome = name(call->outcome);
  return line;
}

Status add_findings(ReportView& view, History& history, const std::string& database) {
  Result<std::vector<FindingRow>> rows = read_findings(database, {.since = view.since});
  if (!rows) return rows.error();
  std::erase_if(*rows, [&view](const FindingRow& row) { return row.finding.at > view.until; });
  for (const FindingRow& row : *rows) {
    ++(row.finding.level == Level::Hard ? view.hard : view.soft);
    view.active += !row.ended;
  }
  std::stable_sort(rows->begin(), rows->end(), [](const FindingRow& a, const FindingRow& b) {
    if (a.finding.level != b.finding.level) return a.finding.level > b.finding.level;
    return !a.ended && b.ended;
  });
  if (rows->size() > Bounds::kFindings) {
    view.more_findings = rows->size() - Bounds::kFindings;
    rows->resize(Bounds::kFindings);
  }
  for (FindingRow& row : *rows) {
    ReportFinding finding{.row = std::move(row), .evidence = {}};
    for (const std::string& id : finding.row.evidence)
      finding.evidence.push_back(evidence_line(history, id));
    view.findings.push_back(std::move(finding));
  }
  return {};
}

uint64_t bytes_of(const ToolStats& tool) { return tool.args_bytes + tool.result_bytes; }

std::vector<ServerFailures> failing_servers(const std::vector<ToolStats>& tools) {
  std::map<std::string, ServerFailures> sums;
  for (const ToolStats& tool : tools) {
    ServerFailures& sum = sums[tool.server];
    sum.server = tool.server;
    sum.calls += tool.calls;
    sum.failed += tool.failed;
  }
  std::vector<ServerFailures> all;
  for (const auto& [name, sum] : sums)
    if (sum.failed > 0) all.push_back(sum);
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.failed > b.failed; });
  if (all.size() > Bounds::kTools) all.resize(Bounds::kTools);
  return all;
}

}  // namespace

Result<ReportView> gather_report(History& history, const Places& places, Micros since, Micros until,
                                 Micros now) {
  ReportView view{.since = since, .until = until, .made = now};
  const std::string database = places.database();
  view.record = database.substr(database.rfind('/') + 1);
  Result<Report> sums = history.report({.by = TouchedFilter::By::Agent,
                                        .since = since,
                                        .until = until,
                                        .limit = Bounds::kAgents,
                                        .places = Bounds::kPlaces});
  if (!sums) return sums.error();
  view.sums = std::move(*sums);
  view.grid = grid_of(view.sums.pairs);
  view.buckets = buckets_of(view.sums.minutes, since);
  const std::vector<ToolStats>& tools = view.sums.tools;
  view.tools = tools.size();
  view.slowest = best(tools, [](const auto& a, const auto& b) { return a.p95 > b.p95; });
  std::erase_if(view.slowest, [](const ToolStats& tool) { return tool.longest.count() == 0; });
  view.failing = best(tools, [](const auto& a, const auto& b) { return a.failed > b.failed; });
  std::erase_if(view.failing, [](const ToolStats& tool) { return tool.failed == 0; });
  view.failing_servers = failing_servers(tools);
  view.largest =
      best(tools, [](const auto& a, const auto& b) { return bytes_of(a) > bytes_of(b); });
  view.definitions = kept_tools(places.state_dir, since);
  if (view.definitions.size() > Bounds::kTools) {
    view.more_definitions = view.definitions.size() - Bounds::kTools;
    view.definitions.resize(Bounds::kTools);
  }
  if (Status status = add_findings(view, history, database); !status) return status.error();
  return view;
}

std::string agent_text(const std::string& name) { return name.empty() ? "(no name)" : name; }
std::string server_text(const std::string& name) { return name.empty() ? "(no server)" : name; }
std::string tool_text(const std::string& server, const std::string& tool) {
  return server.empty() ? tool : server + "." + tool;
}
std::string rule_text(const ReportRule& rule) {
  return rule.rule.empty() ? "the default" : rule.rule;
}
std::string state_text(const FindingRow& row) { return row.ended ? row.how : "active"; }

std::string share_text(uint64_t part, uint64_t whole) {
  if (whole == 0) return "\u2013";
  return fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string minute_text(Micros at) { return local_time(at).substr(0, 16); }

}  // namespace callgate
