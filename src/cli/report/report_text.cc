// Formats a report as text.
#include <fmt/core.h>

#include "cli/text/table.h"
#include "cli/text/time_text.h"
#include "report.h"

namespace callgate {

namespace {

std::string shown(std::string_view text) { return visible(text, Lines::Escaped); }

Cell number(uint64_t value, Style style = Style::Plain) {
  return {grouped(value), value > 0 ? style : Style::Dim, ""};
}

class TextReport {
 public:
  TextReport(const Common& common, const ReportView& view) : screen_(screen(common)), view_(view) {}

  std::string take() {
    headline();
    agents();
    touched();
    findings();
    rules();
    tools("Slowest tools", view_.slowest);
    tools("Failing tools", view_.failing);
    tools("What fills the model's context", view_.largest);
    definitions();
    return std::move(out_);
  }

 private:
  void title(std::string_view text) { out_ += "\n" + styled(screen_, Style::Bold, text) + "\n"; }
  void more(uint64_t count, std::string_view what) {
    if (count > 0) out_ += "and " + grouped(count, std::string("more ").append(what)) + "\n";
  }

  void headline() {
    const OutcomeCounts& calls = view_.sums.calls;
    out_ += styled(screen_, Style::Bold,
                   fmt::format("{} to {}", minute_text(view_.since), minute_text(view_.until))) +
            "\n";
    out_ += fmt::format("{} by {} in {}, to {}\n", grouped(calls.all(), "call"),
                        grouped(view_.grid.all_agents, "agent"),
                        grouped(view_.sums.sessions, "session"),
                        grouped(view_.grid.all_servers, "server"));
    out_ += fmt::format("{} failed ({}), {} denied ({}), {} touched\n", grouped(calls.failed),
                        share_text(calls.failed, calls.all()), grouped(calls.denied),
                        share_text(calls.denied, calls.all()),
                        grouped(view_.sums.touched.items, "thing"));
    out_ += fmt::format("findings: {} hard, {} soft; {} not cleared\n", grouped(view_.hard),
                        grouped(view_.soft), grouped(view_.active));
  }

  void agents() {
    title("Agents and servers");
    std::vector<std::vector<Cell>> cells;
    for (size_t row = 0; row < view_.grid.agents.size(); ++row)
      for (size_t at = 0; at < view_.grid.servers.size(); ++at) {
        const ReportPair& pair = view_.grid.cells[row][at];
        if (pair.calls.all() == 0) continue;
        cells.push_back({{shown(agent_text(pair.agent)), Style::Cyan},
                         {shown(server_text(pair.server))},
                         number(pair.calls.all()),
                         number(pair.touches.reads),
                         number(pair.touches.writes),
                         number(pair.calls.failed, Style::Red),
                         number(pair.calls.denied, Style::Yellow)});
      }
    out_ += render(screen_,
                   {{.title = "agent", .takes_rest = true, .at_least = 12},
                    {.title = "server", .at_most = 24},
                    {.title = "calls", .align = Align::Right},
                    {.title = "read", .align = Align::Right},
                    {.title = "written", .align = Align::Right},
                    {.title = "failed", .align = Align::Right, .give_up = 2},
                    {.title = "denied", .align = Align::Right, .give_up = 1}},
                   std::move(cells));
    more(view_.grid.more_agents, "agent");
    more(view_.grid.more_servers, "server");
  }

  void touched() {
    if (view_.sums.touched.rows.empty()) return;
    title("Data that was accessed most");
    std::vector<std::vector<Cell>> cells;
    for (const TouchedRow& row : view_.sums.touched.rows)
      for (const TouchedPlace& place : row.places)
        cells.push_back({{shown(agent_text(row.name)), Style::Cyan},
                         {shown(place.name)},
                         number(place.items),
                         number(place.touches.reads),
                         number(place.touches.writes),
                         number(place.touches.unknown)});
    out_ += render(screen_,
                   {{.title = "agent", .at_most = 24},
                    {.title = "folder, host or thing", .takes_rest = true, .at_least = 16},
                    {.title = "things", .align = Align::Right, .give_up = 2},
                    {.title = "read", .align = Align::Right},
                    {.title = "written", .align = Align::Right},
                    {.title = "either", .align = Align::Right, .give_up = 1}},
                   std::move(cells));
  }

  void findings() {
    if (view_.findings.empty()) return;
    title("Findings");
    for (const ReportFinding& finding : view_.findings) {
      const FindingRow& row = finding.row;
      const bool hard = row.finding.level == Level::Hard;
      out_ +=
          fmt::format("{} {} {} {}: {} ({}, {})\n", row.id,
                      styled(screen_, hard ? Style::Red : Style::Yellow, name(row.finding.level)),
                      name(row.finding.rule), shown(agent_text(row.finding.agent)),
                      shown(row.finding.summary), row.step, state_text(row));
      for (const EvidenceLine& line : finding.evidence) {
        const std::string text = line.known ? fmt::format("  {} {} {} {}", line.call, line.outcome,
                                                          shown(line.tool), line.args)
                                            : "  " + line.call;
        out_ += styled(screen_, Style::Dim, cut(text, screen_.width)) + "\n";
      }
    }
    more(view_.more_findings, "finding");
  }

  void rules() {
    if (view_.sums.rules.empty()) return;
    title("Denied by");
    std::vector<std::vector<Cell>> cells;
    for (const ReportRule& rule : view_.sums.rules) {
      if (cells.size() == ReportBounds::kRules) break;
      cells.push_back({number(rule.calls, Style::Yellow),
                       {shown(rule_text(rule))},
                       {shown(tool_text(rule.server, rule.tool))},
                       {rule.call}});
    }
    out_ += render(screen_,
                   {{.title = "calls", .align = Align::Right},
                    {.title = "rule", .takes_rest = true},
                    {.title = "such as", .at_most = 32, .give_up = 2},
                    {.title = "call", .give_up = 1}},
                   std::move(cells));
    if (view_.sums.rules.size() > ReportBounds::kRules)
      more(view_.sums.rules.size() - ReportBounds::kRules, "rule");
  }

  void definitions() {
    if (view_.definitions.empty()) return;
    title("Definitions of tools in the model's context");
    std::vector<std::vector<Cell>> cells;
    for (const KeptTools& kept : view_.definitions)
      cells.push_back(
          {{shown(kept.server), Style::Cyan}, number(kept.tools), {bytes_text(kept.bytes)}});
    out_ += render(screen_,
                   {{.title = "server", .takes_rest = true},
                    {.title = "tools", .align = Align::Right},
                    {.title = "bytes", .align = Align::Right}},
                   std::move(cells));
    more(view_.more_definitions, "server");
  }

  void tools(std::string_view heading, const std::vector<ToolStats>& rows) {
    if (rows.empty()) return;
    title(heading);
    std::vector<std::vector<Cell>> cells;
    for (const ToolStats& row : rows)
      cells.push_back(
          {{shown(tool_text(row.server, row.tool)), Style::Cyan},
           number(row.calls),
           {share_text(row.failed, row.calls), row.failed > 0 ? Style::Red : Style::Dim},
           {duration_text(row.p50)},
           {duration_text(row.p95)},
           {duration_text(row.longest)},
           {bytes_text(row.args_bytes)},
           {bytes_text(row.result_bytes)}});
    out_ += render(screen_,
                   {{.title = "server.tool", .takes_rest = true, .at_least = 20},
                    {.title = "calls", .align = Align::Right},
                    {.title = "failed", .align = Align::Right},
                    {.title = "p50", .align = Align::Right, .give_up = 1},
                    {.title = "p95", .align = Align::Right},
                    {.title = "longest", .align = Align::Right, .give_up = 2},
                    {.title = "sent", .align = Align::Right, .give_up = 3},
                    {.title = "received", .align = Align::Right}},
                   std::move(cells));
  }

  const Screen screen_;
  const ReportView& view_;
  std::string out_;
};

}  // namespace

std::string report_text(const Common& common, const ReportView& view) {
  return TextReport(common, view).take();
}

}  // namespace callgate
