// `callgate history show`: shows all that the record has about one call.
#include <fmt/core.h>

#include <algorithm>
#include <sstream>

#include "call_json.h"
#include "call_line.h"
#include "cli/commands.h"
#include "cli/text/labelled_lines.h"
#include "cli/text/time_text.h"
#include "history_filter.h"

namespace callgate {

namespace {

struct HistoryShowOptions {
  std::string id = "@last";
};

constexpr size_t kSiblings = 3;  // calls of the session that are shown before and after the call

Result<Observed> observed_of(History& history, const std::string& session) {
  // The id is safe in SQL: it has only digits and a dash.
  const auto found = history.sql(
      fmt::format("select client_start, client_cwd, client_user, peer, token, client_parents from "
                  "sessions where id = '{}'",
                  session),
      1);
  if (!found) return found.error();
  Observed observed;
  if (found->rows.empty()) return observed;
  const auto& row = found->rows.front();
  observed = {row[0].value_or(""), row[1].value_or(""), row[2].value_or(""),
              row[3].value_or(""), row[4].value_or(""), {}};
  std::istringstream lines(row[5].value_or(""));
  for (std::string line; std::getline(lines, line);) observed.parents.push_back(line);
  return observed;
}

Result<CallDetail> detail_of(History& history, const CallRow& row) {
  CallDetail detail;
  Result<std::vector<QuestionRow>> questions = history.questions(row.id);
  if (!questions) return questions.error();
  detail.questions = std::move(*questions);
  Result<Observed> observed = observed_of(history, row.session);
  if (!observed) return observed.error();
  detail.observed = std::move(*observed);
  HistoryFilter filter;
  filter.sessions = {row.session};
  filter.limit = kSiblings;
  filter.before = row.id;
  const Result<History::Page> older = history.list(filter);
  if (!older) return older.error();
  for (auto each = older->calls.rbegin(); each != older->calls.rend(); ++each)
    detail.siblings.push_back(each->id);
  filter.before.clear();
  filter.after = row.id;
  filter.oldest_first = true;
  const Result<History::Page> newer = history.list(filter);
  if (!newer) return newer.error();
  for (const CallRow& each : newer->calls) detail.siblings.push_back(each.id);
  return detail;
}

std::string client_text(const CallRow& row) {
  std::string out = row.client_name.empty() ? "unknown" : row.client_name;
  if (!row.client_version.empty()) out += " " + row.client_version;
  return out + ", as it claims";
}

std::string observed_text(const CallRow& row, const Observed& observed) {
  std::string out;
  const auto part = [&out](const std::string& text) { out += (out.empty() ? "" : ", ") + text; };
  if (row.client_pid > 0) part(fmt::format("process {}", row.client_pid));
  if (!row.client_exe.empty()) part(row.client_exe);
  if (!observed.cwd.empty()) part("in " + observed.cwd);
  if (!observed.user.empty()) part("user " + observed.user);
  if (!observed.peer.empty()) part("from " + observed.peer);
  if (!observed.token.empty()) part("token " + observed.token);
  return out;
}

std::string decision_text(const CallRow& row) {
  if (row.decision == Permission::None)
    return "none: the call ended before the rules decided about it";
  std::string out = name(row.decision);
  out += row.rule.empty() ? ", by default" : ", by rule " + row.rule;
  if (!row.because.empty()) out += ": " + row.because;
  return out;
}

std::string error_text(const std::string& error, std::optional<int64_t> code) {
  return error + (code ? fmt::format(" ({})", *code) : "");
}

std::string outcome_line(const CallRow& row) {
  std::string out = outcome_text(row.outcome);
  if (row.outcome != Outcome::Pending) out += " in " + duration_text(row.duration);
  if (row.waited > Nanos{0})
    out += fmt::format(", of that {} waiting for a person", duration_text(row.waited));
  if (row.rounds > 1) out += fmt::format(", {} rounds", row.rounds);
  return out;
}

std::string earlier_text(const CallRow& row) {
  // The answer of the earlier call is this call's result.
  if (row.result_bytes > 0)
    return row.earlier + ": the client got the answer of that call, and this call was not made";
  return row.earlier + ": nobody knows how that call ended, and this call was not made";
}

void add_late_answer(LabelledLines& sheet, const CallRow& row, JsonReader& reader) {
  const LateAnswerRow& late = *row.late;
  // If the record has no end of the call, it is not known when the call ended.
  const std::string when =
      row.ended == Micros{}
          ? "at " + local_time(late.at)
          : duration_text(std::max(late.at - row.ended, Micros{})) + " after the end of the call";
  sheet.line("late", fmt::format("{} {}; the client did not get this answer",
                                 outcome_text(late.outcome), when));
  if (!late.error.empty()) sheet.line("error", error_text(late.error, late.error_code));
  sheet.body("result", late.result, late.result_kept, late.result_bytes, reader);
}

void add_question(LabelledLines& sheet, const QuestionRow& question, JsonReader& reader) {
  if (question.decision) {
    sheet.line("question", fmt::format("{} from {}: {}{}", question.method, question.server,
                                       name(*question.decision),
                                       question.rule.empty() ? "" : ", by rule " + question.rule));
    if (!question.params.empty()) sheet.part(question.params, reader);
  }
  if (question.answered == Micros{}) return;
  sheet.line("answer", question.answer_because.empty()
                           ? question.answer
                           : question.answer + ": " + question.answer_because);
  if (!question.response.empty()) sheet.part(question.response, reader);
}

void print_call_sheet(const Screen& screen, const CallRow& row, const CallDetail& detail,
                      Micros now) {
  JsonReader reader;
  LabelledLines sheet(screen);
  sheet.line("call", fmt::format("{}  {}", row.id, row.method));
  sheet.line("when", fmt::format("{} ({} ago)", local_time(row.at), ago(row.at, now)));
  sheet.line("client", client_text(row));
  if (const std::string observed_line = observed_text(row, detail.observed); !observed_line.empty())
    sheet.line("observed", observed_line);
  std::string parents;
  for (const std::string& parent : detail.observed.parents)
    parents += (parents.empty() ? "" : "  <  ") + parent;
  if (!parents.empty()) sheet.line("parents", parents);
  sheet.line("session", row.session + (row.profile.empty() ? "" : ", profile " + row.profile));
  sheet.line("server", (row.server.empty() ? "no server has it" : row.server) +
                           (row.account.empty() ? "" : ", account " + row.account));
  sheet.line("tool", row.tool == row.exposed
                         ? row.tool
                         : fmt::format("{}, exposed as {}", row.tool, row.exposed));
  sheet.line("decision", decision_text(row));
  for (const QuestionRow& question : detail.questions) add_question(sheet, question, reader);
  sheet.line("outcome", outcome_line(row));
  std::string findings;
  for (const std::string& id : row.findings) findings += (findings.empty() ? "" : "  ") + id;
  if (!findings.empty()) sheet.line("findings", findings + "  (callgate findings explain ID)");
  if (!row.earlier.empty()) sheet.line("earlier", earlier_text(row));
  if (!row.error.empty()) sheet.line("error", error_text(row.error, row.error_code));
  if (row.masked > 0)
    sheet.line("masked", fmt::format("{} {}", row.masked, row.masked == 1 ? "secret" : "secrets"));
  sheet.body("arguments", row.args, row.args_kept, row.args_bytes, reader);
  sheet.body("result", row.result, row.result_kept, row.result_bytes, reader);
  if (row.late) add_late_answer(sheet, row, reader);
  std::string siblings;
  for (const std::string& id : detail.siblings) siblings += (siblings.empty() ? "" : "  ") + id;
  if (!siblings.empty()) sheet.line("around it", siblings);
  print(sheet.text());
}

int run_history_show(const HistoryShowOptions& options, const Common& common) {
  const auto history = open_history(common);
  if (!history) return history_failed(history.error());
  const Result<CallRow> row = (*history)->show(options.id);
  if (!row) return history_failed(row.error());
  const Result<CallDetail> detail = detail_of(**history, *row);
  if (!detail) return history_failed(detail.error());
  JsonReader reader;
  if (common.json || common.jsonl) {
    print_json(call_detail_json(*row, *detail, reader));
  } else {
    print_call_sheet(screen(common), *row, *detail, wall_now());
  }
  return kDone;
}

}  // namespace

Run add_history_show(Syntax& syntax) {
  const auto options = std::make_shared<HistoryShowOptions>();
  syntax.optional(
      "ID", options->id,
      "a call's id, or @last for the newest call (default), @-2 for the call before it, and so on");
  return [options](const Common& common) { return run_history_show(*options, common); };
}

}  // namespace callgate
