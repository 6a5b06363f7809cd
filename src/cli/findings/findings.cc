#include "findings.h"

#include <fmt/core.h>

#include "callgate/base/time.h"
#include "cli/text/table.h"
#include "cli/text/time_text.h"

namespace callgate {

namespace {

const char* meaning(GuardRule rule) {
  switch (rule) {
    case GuardRule::Repeat:
      return "the same call, the same answer";
    case GuardRule::Cycle:
      return "the same cycle of calls again and again";
    case GuardRule::Guess:
      return "different guesses that all fail";
    case GuardRule::Mutated:
      return "an identifier changed a little each time";
    case GuardRule::DeadEnd:
      return "a dead end of an earlier session, tried again";
    case GuardRule::Idle:
      return "many calls, nothing new";
    case GuardRule::Budget:
      return "a budget is used up";
  }
  return "";
}

}  // namespace

void write_finding(JsonWriter& json, const FindingRow& row) {
  const Finding& finding = row.finding;
  json.key("id").string(row.id).key("at").string(format_wall(finding.at));
  json.key("level").string(name(finding.level)).key("rule").string(id(finding.rule));
  json.key("rule_name").string(name(finding.rule));
  json.key("session").string(row.session).key("client").string(finding.agent);
  json.key("server").string(finding.server).key("tool").string(finding.tool);
  json.key("summary").string(finding.summary).key("instead");
  finding.instead.empty() ? json.null() : json.string(finding.instead);
  json.key("call")
      .string(row.call)
      .key("evidence")
      .strings(row.evidence)
      .key("value")
      .number(finding.value)
      .key("limit")
      .number(finding.limit);
  json.key("step").string(row.step).key("cleared");
  row.ended ? json.string(format_wall(*row.ended)) : json.null();
  json.key("how");
  row.how.empty() ? json.null() : json.string(row.how);
  json.key("because");
  row.because.empty() ? json.null() : json.string(row.because);
}

std::string rule_text(GuardRule rule) { return fmt::format("{}: {}", name(rule), meaning(rule)); }

Style level_style(Level level) { return level == Level::Hard ? Style::Red : Style::Yellow; }

std::string findings_table(const Screen& screen, const std::vector<FindingRow>& rows) {
  const Micros now = wall_now();
  std::vector<std::vector<Cell>> cells;
  for (const FindingRow& row : rows) {
    const Finding& finding = row.finding;
    const Style dim = row.ended ? Style::Dim : Style::Plain;
    const std::string place = finding.server + (finding.tool.empty() ? "" : "__" + finding.tool);
    cells.push_back({{row.id, dim, ""},
                     {ago(finding.at, now), dim, ""},
                     {name(finding.level), row.ended ? Style::Dim : level_style(finding.level), ""},
                     {name(finding.rule), dim, ""},
                     {visible(finding.agent, Lines::Escaped), Style::Cyan, ""},
                     {visible(place, Lines::Escaped), dim, ""},
                     {row.ended ? row.how : row.step, dim, ""},
                     {visible(finding.summary, Lines::Escaped), dim, ""}});
  }
  return render(screen,
                {{"ID"},
                 {"AGO"},
                 {"LEVEL"},
                 {"RULE"},
                 {"CLIENT", Align::Left, 16, 2},
                 {"TOOL", Align::Left, 32, 3},
                 {"DONE", Align::Left, 0, 1},
                 {"WHAT", Align::Left, 0, 0, true, 24}},
                std::move(cells));
}

Result<std::string> record_path(const Common& common) {
  const Result<Places> places = find_places(common.config);
  if (!places) return places.error();
  return places->database();
}

int findings_failed(const Error& error) {
  fail(error);
  return error.code == "findings.none" ? kNothingFound : kFailed;
}

}  // namespace callgate
