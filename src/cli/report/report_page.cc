// Formats a report as one self-contained HTML page without scripts. Clients and servers choose the
// names on the page and are not trusted, so the names must be escaped.
#include <fmt/core.h>

#include <algorithm>

#include "callgate/base/base64.h"
#include "callgate/base/digest.h"
#include "cli/text/time_text.h"
#include "report.h"
#include "report_chart.h"
#include "report_html.h"
#include "report_texts.h"
#include "version.h"

namespace callgate {

namespace {

/// Returns an abbreviation of a large number, such as "94k", for places where the order of
/// magnitude is enough.
std::string in_short(uint64_t number) {
  if (number < 10'000) return grouped(number);
  if (number < 10'000'000) return grouped(number / 1000) + "k";
  return grouped(number / 1'000'000) + "M";
}

/// The evidence of the first kOpen findings is shown at once. The evidence of further findings is
/// folded, and a click shows it.
constexpr size_t kOpen = 3;

class Page : HtmlParts {
 public:
  explicit Page(const ReportView& view) : view_(view) {}

  std::string take() {
    head();
    headline();
    out_ += "<main>\n";
    agents();
    touched();
    timeline();
    findings();
    denials();
    tools();
    context();
    out_ += "</main>\n";
    method();
    return std::move(out_);
  }

 private:
  /// The page's content security policy has the hash of the style sheet, so browsers apply no other
  /// style.
  void head() {
    out_ += fmt::format(kReportHead, base64(digest_bytes(sha256(kReportStyle))),
                        minute_text(view_.since), minute_text(view_.until), kReportStyle);
  }

  void figure(std::string_view what, const std::string& value, const std::string& small = "") {
    out_ += fmt::format("<div><dt>{}</dt><dd>{}{}</dd></div>\n", what, value,
                        small.empty() ? "" : "<small>" + small + "</small>");
  }

  void headline() {
    const OutcomeCounts& calls = view_.sums.calls;
    out_ += fmt::format(
        "<header>\n<h1>What agents did</h1>\n<p class=\"soft\">{} to {}, recorded by "
        "Callgate</p>\n<dl class=\"figures\">\n",
        minute_text(view_.since), minute_text(view_.until));
    figure("Calls", grouped(calls.all()));
    figure("Agents", grouped(view_.grid.all_agents), grouped(view_.sums.sessions, "session"));
    figure("Servers", grouped(view_.grid.all_servers), grouped(view_.tools, "tool"));
    figure("Things touched", grouped(view_.sums.touched.items));
    figure("Denied", grouped(calls.denied), share_text(calls.denied, calls.all()));
    figure("Failed", grouped(calls.failed), share_text(calls.failed, calls.all()));
    figure("<a href=\"#findings\">Findings</a>", grouped(view_.hard + view_.soft),
           fmt::format("{} hard, {} soft; {} not cleared", grouped(view_.hard), grouped(view_.soft),
                       grouped(view_.active)));
    out_ += "</dl>\n</header>\n";
  }

  void findings() {
    section("findings", "Findings",
            "Agents whose behaviour alone shows that something is wrong: they repeat calls, guess, "
            "or try again what failed before.");
    if (view_.findings.empty()) out_ += "<p>None in this period.</p>\n";
    size_t number = 0;
    for (const ReportFinding& each : view_.findings) finding(each, number++ < kOpen);
    more(view_.more_findings, "finding");
    end_section();
  }

  void finding(const ReportFinding& each, bool open) {
    const FindingRow& row = each.row;
    const bool hard = row.finding.level == Level::Hard;
    const std::string place = tool_text(row.finding.server, row.finding.tool);
    out_ += fmt::format(
        "<article>\n<h3><span class=\"tag {}\">{}</span>{}: {}</h3>\n"
        "<p class=\"soft\">{} &middot; {} &middot; {}{} &middot; done at once: {} &middot; "
        "<span class=\"{}\">{}</span></p>\n",
        hard ? "hard" : "warn", name(row.finding.level), escaped(agent_text(row.finding.agent)),
        escaped(row.finding.summary), minute_text(row.finding.at), name(row.finding.rule), row.id,
        place.empty() ? "" : ", " + escaped(place), escaped(row.step), row.ended ? "good" : "warn",
        escaped(state_text(row)));
    if (!row.because.empty()) out_ += "<p>" + escaped(row.because) + "</p>\n";
    if (!row.finding.instead.empty()) out_ += "<p>" + escaped(row.finding.instead) + "</p>\n";
    if (!each.evidence.empty()) {
      out_ += fmt::format(
          "<details{}>\n<summary>Evidence: {}, oldest first</summary>\n"
          "<ol class=\"evidence\">\n",
          open ? " open" : "", grouped(each.evidence.size(), "call"));
      for (const EvidenceLine& line : each.evidence) evidence(line);
      out_ += "</ol>\n</details>\n";
    }
    out_ += "</article>\n";
  }

  void evidence(const EvidenceLine& line) {
    if (!line.known) {
      out_ += fmt::format("<li>{}, not in the record any more</li>\n", line.call);
      return;
    }
    out_ += fmt::format("<li>{} &middot; {} &middot; <b>{}</b> {} <code>{}</code></li>\n",
                        line.call, local_time(line.at).substr(0, 19), escaped(line.tool),
                        escaped(line.outcome), escaped(line.args));
  }

  void agents() {
    section("agents", "Agents and servers",
            "The number of calls of each agent to each server. Below this number: how often data "
            "was read and written, and how many calls were denied. Agents appear under the names "
            "that they claim.");
    std::string headings = "<th scope=\"col\">Agent</th><th scope=\"col\" class=\"n\">All</th>";
    for (const std::string& server : view_.grid.servers)
      headings += fmt::format("<th scope=\"col\" class=\"n\">{}</th>",
                              escaped(cut(server_text(server), 28)));
    table("Agents and servers", headings);
    for (size_t row = 0; row < view_.grid.agents.size(); ++row) {
      out_ += "<tr>" + name_cell(agent_text(view_.grid.agents[row]));
      out_ += pair_cell(view_.grid.by_agent[row]);
      for (const ReportPair& pair : view_.grid.cells[row]) out_ += pair_cell(pair);
      out_ += "</tr>\n";
    }
    end_table();
    more(view_.grid.more_agents, "agent");
    more(view_.grid.more_servers, "server");
    end_section();
  }

  static std::string pair_cell(const ReportPair& pair) {
    if (pair.calls.all() == 0)
      return "<td class=\"n none\"><span aria-label=\"none\">&ndash;</span></td>";
    std::string small;
    const auto line = [&small](uint64_t count, std::string_view what) {
      if (count > 0) small += fmt::format("<small>{} {}</small>", in_short(count), what);
    };
    line(pair.touches.reads, "read");
    line(pair.touches.writes, "written");
    line(pair.calls.denied, "denied");
    return fmt::format("<td class=\"n\">{}{}</td>", grouped(pair.calls.all()), small);
  }

  void touched() {
    section("data", "Data",
            "The folders, hosts, repositories and tables that were accessed most, by agent. The "
            "data is derived from arguments and answers. Denied calls are not counted.");
    if (view_.sums.touched.rows.empty()) {
      out_ += "<p>No accessed data is known in this period.</p>\n";
      return end_section();
    }
    table("Data by agent",
          "<th scope=\"col\">Agent</th><th scope=\"col\">Where</th>"
          "<th scope=\"col\" class=\"n\">Things</th><th scope=\"col\" class=\"n\">Read</th>"
          "<th scope=\"col\" class=\"n\">Written</th><th scope=\"col\" class=\"n\">Either</th>");
    for (const TouchedRow& row : view_.sums.touched.rows) {
      const size_t lines = std::max<size_t>(row.places.size() + (row.more_places > 0 ? 1 : 0), 1);
      out_ += fmt::format("<tr><th scope=\"rowgroup\" rowspan=\"{}\" class=\"name\">{}</th>", lines,
                          escaped(agent_text(row.name)));
      bool first = true;
      for (const TouchedPlace& place : row.places) {
        out_ += first ? "" : "<tr>";
        first = false;
        out_ += "<td class=\"name\"><code>" + escaped(place.name) + "</code></td>" +
                number_cell(place.items) + number_cell(place.touches.reads) +
                number_cell(place.touches.writes) + number_cell(place.touches.unknown) + "</tr>\n";
      }
      if (row.more_places > 0)
        out_ += fmt::format("{}<td colspan=\"5\" class=\"soft\">and {}</td></tr>\n",
                            first ? "" : "<tr>", grouped(row.more_places, "more place"));
      else if (first)
        out_ += "<td colspan=\"5\" class=\"none\">&ndash;</td></tr>\n";
    }
    end_table();
    more(view_.sums.touched.more, "agent");
    end_section();
  }

  void timeline() {
    section("time", "Calls over time", "Times are local to the machine that made this page.");
    out_ += report_chart(view_.buckets);
    end_section();
  }

  void denials() {
    section("denied", "Denied",
            "Calls that the configured rules denied, or that the guard stopped because the agent "
            "was stuck, with the newest example of "
            "each rule.");
    if (view_.sums.rules.empty()) {
      out_ += "<p>Nothing was denied.</p>\n";
      return end_section();
    }
    table("Denied calls by rule",
          "<th scope=\"col\">Rule</th><th scope=\"col\" class=\"n\">Calls</th>"
          "<th scope=\"col\">Such as</th><th scope=\"col\">Reason</th>");
    const size_t shown = std::min(view_.sums.rules.size(), ReportBounds::kRules);
    for (size_t i = 0; i < shown; ++i) {
      const ReportRule& rule = view_.sums.rules[i];
      out_ += fmt::format(
          "<tr><th scope=\"row\" class=\"name\"><code>{}</code></th>{}<td "
          "class=\"name\">{}<small>call {}</small></td><td class=\"name\">{}</td></tr>\n",
          escaped(rule_text(rule)), number_cell(rule.calls),
          escaped(tool_text(rule.server, rule.tool)), rule.call, escaped(rule.because));
    }
    end_table();
    more(view_.sums.rules.size() - shown, "rule");
    if (view_.sums.calls.denied > kReportDenials)
      out_ += fmt::format("<p class=\"note\">Only the newest {} denied calls are counted.</p>\n",
                          grouped(kReportDenials));
    end_section();
  }

  void tools() {
    section("tools", "Slow and failing tools",
            "The times do not include how long a person took to answer. Half of a tool's calls "
            "took no longer than p50, and 95 % of its calls no longer than p95.");
    tool_table("Slowest", view_.slowest);
    if (!view_.failing.empty()) tool_table("Failing most", view_.failing);
    if (!view_.failing_servers.empty()) failing_servers();
    end_section();
  }

  void failing_servers() {
    out_ += "<h3>Failures by server</h3>\n";
    table("Failures by server",
          "<th scope=\"col\">Server</th><th scope=\"col\" class=\"n\">Calls</th>"
          "<th scope=\"col\" class=\"n\">Failed</th>");
    for (const ServerFailures& row : view_.failing_servers)
      out_ += fmt::format("<tr>{}{}<td class=\"n\">{}<small>{}</small></td></tr>\n",
                          name_cell(server_text(row.server)), number_cell(row.calls),
                          grouped(row.failed), share_text(row.failed, row.calls));
    end_table();
  }

  void tool_table(std::string_view title, const std::vector<ToolStats>& rows) {
    out_ += fmt::format("<h3>{}</h3>\n", title);
    table(title,
          "<th scope=\"col\">Tool</th><th scope=\"col\" class=\"n\">Calls</th>"
          "<th scope=\"col\" class=\"n\">Failed</th><th scope=\"col\" class=\"n\">p50</th>"
          "<th scope=\"col\" class=\"n\">p95</th><th scope=\"col\" class=\"n\">Longest</th>");
    for (const ToolStats& row : rows)
      out_ += fmt::format(
          "<tr>{}{}<td class=\"n\">{}<small>{}</small></td><td class=\"n\">{}</td><td "
          "class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
          name_cell(tool_text(row.server, row.tool)), number_cell(row.calls), grouped(row.failed),
          share_text(row.failed, row.calls), duration_text(row.p50), duration_text(row.p95),
          duration_text(row.longest));
    end_table();
  }

  void context() {
    section("context", "What fills the model's context",
            "Bytes that agents sent as arguments and got as results. These bytes take room in the "
            "model's context, and so do the definitions of tools, in each session.");
    uint64_t most = 1;
    for (const ToolStats& row : view_.largest)
      most = std::max(most, row.args_bytes + row.result_bytes);
    table("Bytes by tool",
          "<th scope=\"col\">Tool</th><th scope=\"col\" class=\"n\">Calls</th>"
          "<th scope=\"col\" class=\"n\">Sent</th><th scope=\"col\" class=\"n\">Received</th>"
          "<th scope=\"col\" class=\"n\">A call</th>");
    for (const ToolStats& row : view_.largest) {
      const uint64_t bytes = row.args_bytes + row.result_bytes;
      out_ += fmt::format(
          "<tr><th scope=\"row\" class=\"name\">{}{}</th>{}<td class=\"n\">{}</td><td "
          "class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
          escaped(tool_text(row.server, row.tool)), report_meter(bytes, most),
          number_cell(row.calls), bytes_text(row.args_bytes), bytes_text(row.result_bytes),
          bytes_text(row.calls == 0 ? 0 : bytes / row.calls));
    }
    end_table();
    definitions();
    end_section();
  }

  void definitions() {
    if (view_.definitions.empty()) return;
    out_ += "<h3>Definitions</h3>\n";
    table("Definitions by server",
          "<th scope=\"col\">Server</th><th scope=\"col\" class=\"n\">Tools</th>"
          "<th scope=\"col\" class=\"n\">Bytes</th>");
    for (const KeptTools& kept : view_.definitions)
      out_ += fmt::format(
          "<tr><th scope=\"row\" class=\"name\">{}{}</th>{}<td class=\"n\">{}</td></tr>\n",
          escaped(kept.server), report_meter(kept.bytes, view_.definitions.front().bytes),
          number_cell(kept.tools), bytes_text(kept.bytes));
    end_table();
    more(view_.more_definitions, "server");
  }

  void method() {
    out_ += fmt::format(kReportFoot, minute_text(view_.made), kVersion, escaped(view_.record),
                        grouped(view_.sums.calls.open));
  }

  const ReportView& view_;
};

}  // namespace

std::string report_page(const ReportView& view) { return Page(view).take(); }

}  // namespace callgate
