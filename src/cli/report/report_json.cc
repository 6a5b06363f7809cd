// Formats a report as JSON, with the same numbers and limits as the text and the HTML page.
#include <fmt/core.h>

#include <algorithm>

#include "callgate/wire/writer.h"
#include "report.h"

namespace callgate {

namespace {

std::string millis(Nanos duration) {
  return fmt::format("{:.3f}", static_cast<double>(duration.count()) / 1e6);
}

class JsonReport {
 public:
  explicit JsonReport(const ReportView& view) : view_(view) {}

  std::string take() {
    json_.begin_object();
    text("since", format_wall(view_.since));
    text("until", format_wall(view_.until));
    totals();
    pairs();
    timeline();
    touched();
    findings();
    rules();
    tools("slowest", view_.slowest);
    tools("failing", view_.failing);
    failing_servers();
    tools("largest", view_.largest);
    definitions();
    return json_.end_object().take();
  }

 private:
  void count(std::string_view key, uint64_t value) {
    json_.key(key).integer(static_cast<int64_t>(value));
  }
  void text(std::string_view key, std::string_view value) { json_.key(key).string(value); }
  void failing_servers() {
    json_.key("failing_servers").begin_array();
    for (const ServerFailures& row : view_.failing_servers) {
      json_.begin_object();
      text("server", row.server);
      count("calls", row.calls);
      count("failed", row.failed);
      json_.end_object();
    }
    json_.end_array();
  }
  void text_or_null(std::string_view key, std::string_view value) {
    json_.key(key);
    value.empty() ? json_.null() : json_.string(value);
  }
  void calls(const OutcomeCounts& counts) {
    count("calls", counts.all());
    count("ok", counts.ok);
    count("failed", counts.failed);
    count("denied", counts.denied);
    count("open", counts.open);
  }
  void touches(const TouchCounts& counts) {
    count("reads", counts.reads);
    count("writes", counts.writes);
    count("unknown", counts.unknown);
  }

  void totals() {
    json_.key("totals").begin_object();
    calls(view_.sums.calls);
    count("agents", view_.grid.all_agents);
    count("servers", view_.grid.all_servers);
    count("sessions", view_.sums.sessions);
    count("tools", view_.tools);
    count("items", view_.sums.touched.items);
    count("findings_hard", view_.hard);
    count("findings_soft", view_.soft);
    count("findings_active", view_.active);
    json_.end_object();
  }

  void pairs() {
    json_.key("agents").begin_array();
    for (size_t row = 0; row < view_.grid.agents.size(); ++row) {
      json_.begin_object();
      text_or_null("agent", view_.grid.agents[row]);
      json_.key("servers").begin_array();
      for (const ReportPair& pair : view_.grid.cells[row]) {
        if (pair.calls.all() == 0) continue;
        json_.begin_object();
        text_or_null("server", pair.server);
        calls(pair.calls);
        touches(pair.touches);
        count("args_bytes", pair.args_bytes);
        count("result_bytes", pair.result_bytes);
        json_.end_object();
      }
      json_.end_array().end_object();
    }
    json_.end_array();
    count("more_agents", view_.grid.more_agents);
    count("more_servers", view_.grid.more_servers);
  }

  void timeline() {
    json_.key("timeline").begin_array();
    for (const ReportBucket& bucket : view_.buckets) {
      json_.begin_object();
      text("begin", format_wall(bucket.begin));
      text("end", format_wall(bucket.end));
      calls(bucket.calls);
      json_.end_object();
    }
    json_.end_array();
  }

  void touched() {
    json_.key("touched").begin_array();
    for (const TouchedRow& row : view_.sums.touched.rows) {
      json_.begin_object();
      text_or_null("agent", row.name);
      count("items", row.items);
      count("calls", row.calls);
      touches(row.touches);
      json_.key("places").begin_array();
      for (const TouchedPlace& place : row.places) {
        json_.begin_object();
        text("place", place.name);
        count("items", place.items);
        touches(place.touches);
        json_.end_object();
      }
      json_.end_array();
      count("more_places", row.more_places);
      json_.end_object();
    }
    json_.end_array();
  }

  void findings() {
    json_.key("findings").begin_array();
    for (const ReportFinding& finding : view_.findings) {
      const FindingRow& row = finding.row;
      json_.begin_object();
      text("id", row.id);
      text("at", format_wall(row.finding.at));
      text("level", name(row.finding.level));
      text("rule", id(row.finding.rule));
      text("rule_name", name(row.finding.rule));
      text_or_null("agent", row.finding.agent);
      text_or_null("server", row.finding.server);
      text_or_null("tool", row.finding.tool);
      text("summary", row.finding.summary);
      text_or_null("instead", row.finding.instead);
      text("step", row.step);
      text("state", state_text(row));
      text_or_null("because", row.because);
      json_.key("evidence").begin_array();
      for (const EvidenceLine& line : finding.evidence) {
        json_.begin_object();
        text("call", line.call);
        text_or_null("tool", line.tool);
        text_or_null("outcome", line.outcome);
        json_.end_object();
      }
      json_.end_array().end_object();
    }
    json_.end_array();
    count("more_findings", view_.more_findings);
  }

  void rules() {
    json_.key("denials").begin_array();
    const size_t shown = std::min(view_.sums.rules.size(), ReportBounds::kRules);
    for (size_t i = 0; i < shown; ++i) {
      const ReportRule& rule = view_.sums.rules[i];
      json_.begin_object();
      text_or_null("rule", rule.rule);
      text_or_null("because", rule.because);
      count("calls", rule.calls);
      text("example", rule.call);
      text_or_null("server", rule.server);
      text("tool", rule.tool);
      json_.end_object();
    }
    json_.end_array();
    count("more_rules", view_.sums.rules.size() - shown);
  }

  void definitions() {
    json_.key("definitions").begin_array();
    for (const KeptTools& kept : view_.definitions) {
      json_.begin_object();
      text("server", kept.server);
      count("tools", kept.tools);
      count("bytes", kept.bytes);
      json_.end_object();
    }
    json_.end_array();
    count("more_definitions", view_.more_definitions);
  }

  void tools(std::string_view key, const std::vector<ToolStats>& rows) {
    json_.key(key).begin_array();
    for (const ToolStats& row : rows) {
      json_.begin_object();
      text_or_null("server", row.server);
      text("tool", row.tool);
      count("calls", row.calls);
      count("failed", row.failed);
      count("denied", row.denied);
      json_.key("p50_ms").raw(millis(row.p50)).key("p95_ms").raw(millis(row.p95));
      json_.key("longest_ms").raw(millis(row.longest));
      count("args_bytes", row.args_bytes);
      count("result_bytes", row.result_bytes);
      json_.end_object();
    }
    json_.end_array();
  }

  const ReportView& view_;
  JsonWriter json_;
};

}  // namespace

std::string report_json(const ReportView& view) { return JsonReport(view).take(); }

}  // namespace callgate
