// `callgate findings explain`: shows a finding and the calls that led to it. Also shows whether a
// replay of the record leads to the same finding.
#include <fmt/core.h>

#include <span>

#include "callgate/guard/ladder.h"
#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/history/call_line.h"
#include "cli/history/history_filter.h"
#include "cli/text/labelled_lines.h"
#include "findings.h"
#include "findings_record.h"

namespace callgate {

namespace {

struct FindingsExplainOptions {
  std::string id = "@last";
};

struct Explained {
  FindingRow row;
  std::vector<CallRow> calls;    // the evidence, oldest first
  std::optional<Finding> again;  // the same finding, if the replay of the record raises it, too
};

/// Returns true if findings of this rule depend on earlier sessions.
bool looks_back(GuardRule rule) { return rule == GuardRule::DeadEnd || rule == GuardRule::Budget; }

Status find_again(History& history, const std::string& path, const GuardSettings& settings,
                  Explained& explained) {
  const FindingRow& row = explained.row;
  HistoryFilter filter;
  filter.until = row.finding.at + std::chrono::seconds(1);
  if (looks_back(row.finding.rule)) {
    filter.since = row.finding.at - settings.thresholds().dead_end_life;
    filter.clients = {row.finding.agent};
  } else {
    filter.sessions = {row.session};
  }
  // The replay also needs the findings that a user has cleared, because clearing changes which
  // findings come later. If a dead end is cleared in one session, it is cleared in all sessions, so
  // its findings of all sessions are needed.
  FindingFilter ends;
  if (row.finding.rule != GuardRule::DeadEnd) ends.session = row.session;
  Result<std::vector<FindingRow>> ended = read_findings(path, ends);
  if (!ended) return ended.error();
  RecordReplay replay(settings, std::move(*ended));
  return replay.run(history, filter, [&](const CompletedCall& call) {
    if (call.row.session != row.session) return;
    for (const Finding& each : call.observation.findings)
      if (each.rule == row.finding.rule && each.level == row.finding.level &&
          call.row.id == row.call)
        explained.again = each;
  });
}

Result<Explained> explain_finding(History& history, const std::string& path,
                                  const GuardSettings& settings, const std::string& id) {
  Result<FindingRow> row = read_finding(path, id);
  if (!row) return row.error();
  Explained explained{.row = std::move(*row), .calls = {}, .again = std::nullopt};
  for (const std::string& call : explained.row.evidence) {
    Result<CallRow> found = history.show(call);
    if (found) explained.calls.push_back(std::move(*found));
  }
  if (Status again = find_again(history, path, settings, explained); !again) return again.error();
  return explained;
}

/// Describes what the guard would do about the finding if `step` were the only step in
/// `guard.ladder`.
std::string at_step(Step step, const FindingRow& row) {
  const Finding& finding = row.finding;
  const bool hard = finding.level == Level::Hard;
  switch (step) {
    case Step::Observe:
      return "nothing but this finding";
    case Step::Advise:
      return "the answer gets an additional text: " + advice(finding, row.run);
    case Step::Delay: {
      std::string waits;
      for (const uint32_t count : {1U, 2U, 3U}) {
        const Step only[] = {Step::Delay};
        waits +=
            (waits.empty() ? "" : ", ") + duration_text(act_on(only, finding.level, count).delay);
      }
      return "the next such call is delayed, and further such calls are delayed longer: " + waits +
             " … 1m 0s";
    }
    case Step::Ask:
      return hard ? "the next such call is refused until a person agrees"
                  : "nothing: a soft finding refuses no call";
    case Step::Block:
      return hard ? "the next such call is refused, with the reason"
                  : "nothing: a soft finding refuses no call";
    case Step::Pause:
      return hard ? "the session is paused until a person runs callgate clients resume"
                  : "nothing: a soft finding refuses no call";
  }
  return "";
}

std::string how_it_ended(const FindingRow& row) {
  if (!row.ended) return "not cleared";
  return fmt::format("{} at {} {}", row.how, local_time(*row.ended), row.because);
}

std::string again_text(const Explained& explained) {
  if (explained.again)
    return "a replay of the record leads to the same finding: " + explained.again->summary;
  return "a replay of the record does not lead to this finding: arguments or results are dropped "
         "or masked, or the thresholds were different";
}

/// Returns the text of the call's answer on one line, at most kMost columns of it.
std::string quoted_answer(const CallRow& row, JsonReader& reader) {
  constexpr size_t kMost = 200;  // in columns of a terminal
  if (!row.error.empty()) return row.error;
  if (!row.result_kept) return "(not in the record any more)";
  std::string text;
  if (const MessagePtr result = reader.read(row.result))
    for (Value part : result->root().find("content"))
      text += (text.empty() ? "" : " ") + part.find("text").text();
  if (text.empty()) text = row.result;
  return cut(visible(text, Lines::Escaped), kMost);
}

void print_finding_sheet(const Screen& out, const Explained& explained, Micros now) {
  const FindingRow& row = explained.row;
  const Finding& finding = row.finding;
  LabelledLines sheet(out);
  JsonReader reader;
  sheet.line("finding", fmt::format("{}  {}", row.id, name(finding.level)));
  sheet.line("rule", rule_text(finding.rule));
  sheet.line("when", fmt::format("{} ({} ago)", local_time(finding.at), ago(finding.at, now)));
  sheet.line("session", row.session + ", " + (finding.agent.empty() ? "unknown" : finding.agent));
  sheet.line("tool", finding.server + (finding.tool.empty() ? "" : "__" + finding.tool));
  sheet.line("what", finding.summary);
  sheet.line("measure",
             fmt::format("{:.4g}, the threshold is {:.4g}", finding.value, finding.limit));
  if (!finding.instead.empty()) sheet.line("instead", finding.instead);
  sheet.line("done", row.step);
  sheet.line("state", how_it_ended(row));
  sheet.line("calls", fmt::format("{}, in order", explained.calls.size()));
  for (const CallRow& call : explained.calls) {
    sheet.line("", fmt::format("{}  {}  {}  {}", call.id, local_time(call.at), call.exposed,
                               preview(reader, call.args, 100)));
    sheet.line("",
               fmt::format("    {}: {}", outcome_text(call.outcome), quoted_answer(call, reader)));
  }
  sheet.line("replay", again_text(explained));
  for (const Step step : kSteps)
    sheet.line(step == Step::Observe ? "ladder" : "",
               fmt::format("{:<8} {}", name(step), at_step(step, row)));
  if (!row.ended) sheet.line("next", "callgate findings clear " + row.id);
  print(sheet.text());
}

void print_as_json(const Explained& explained, JsonReader& reader) {
  JsonWriter json;
  json.begin_object();
  write_finding(json, explained.row);
  json.key("calls").begin_array();
  for (const CallRow& call : explained.calls) {
    json.begin_object().key("id").string(call.id).key("at").string(format_wall(call.at));
    json.key("exposed").string(call.exposed).key("outcome").string(name(call.outcome));
    json.key("args").raw(reader.one_line(call.args));
    json.key("answer").string(quoted_answer(call, reader)).end_object();
  }
  json.end_array()
      .key("replayed")
      .boolean(explained.again.has_value())
      .key("ladder")
      .begin_object();
  for (const Step step : kSteps) json.key(name(step)).string(at_step(step, explained.row));
  print_json(json.end_object().end_object().take());
}

int run_explain(const FindingsExplainOptions& options, const Common& common) {
  const Result<std::string> path = record_path(common);
  if (!path) return fail(path.error());
  const auto history = open_history(common);
  if (!history) return history_failed(history.error());
  const Result<Explained> explained =
      explain_finding(**history, *path, guard_settings(common), options.id);
  if (!explained) return findings_failed(explained.error());
  JsonReader reader;
  if (common.json || common.jsonl) {
    print_as_json(*explained, reader);
  } else {
    print_finding_sheet(screen(common), *explained, wall_now());
  }
  return kDone;
}

}  // namespace

Run add_findings_explain(Syntax& syntax) {
  const auto options = std::make_shared<FindingsExplainOptions>();
  syntax.optional("ID", options->id, "a finding's id, or @last (default)");
  return [options](const Common& common) { return run_explain(*options, common); };
}

}  // namespace callgate
