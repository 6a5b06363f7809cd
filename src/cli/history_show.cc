// `callgate history show`: one call whole.
#include <fmt/core.h>

#include "call_json.h"
#include "call_line.h"
#include "commands.h"
#include "history_filter.h"
#include "time_text.h"

namespace callgate {

namespace {

struct HistoryShowOptions {
  std::string id = "@last";
};

constexpr size_t kSiblings = 3;  // on each side

Result<CallDetail> detail_of(History& history, const CallRow& row) {
  CallDetail detail;
  Result<std::vector<QuestionRow>> questions = history.questions(row.id);
  if (!questions) return questions.error();
  detail.questions = std::move(*questions);
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

class Sheet {
 public:
  explicit Sheet(const Screen& screen) : screen_(screen) {}
  void line(std::string_view label, std::string_view text) {
    const std::string left = fit(label, 9, Align::Left);
    out_ +=
        fmt::format("{} {}\n", styled(screen_, Style::Dim, left), visible(text, Lines::Escaped));
  }
  void body(std::string_view label, const std::string& text, bool kept, uint64_t bytes,
            JsonReader& reader) {
    if (!kept) return line(label, fmt::format("{}, not kept any more", bytes_text(bytes)));
    if (text.empty()) return line(label, "none");
    line(label, bytes_text(bytes));
    out_ += reader.for_people(text, 1) + "\n";
  }
  const std::string& text() const { return out_; }

 private:
  const Screen& screen_;
  std::string out_;
};

std::string client_text(const CallRow& row) {
  std::string out = row.client_name.empty() ? "unknown" : row.client_name;
  if (!row.client_version.empty()) out += " " + row.client_version;
  if (row.client_pid > 0) out += fmt::format(", process {}", row.client_pid);
  if (!row.client_exe.empty()) out += fmt::format(", {}", row.client_exe);
  return out;
}

std::string decision_text(const CallRow& row) {
  std::string out = name(row.decision);
  out += row.rule.empty() ? ", by default" : ", by rule " + row.rule;
  if (!row.because.empty()) out += ": " + row.because;
  return out;
}

std::string outcome_line(const CallRow& row) {
  std::string out = outcome_text(row.outcome);
  if (row.outcome != Outcome::Pending) out += " in " + duration_text(row.duration);
  if (row.waited > Nanos{0})
    out += fmt::format(", of that {} waiting for a person", duration_text(row.waited));
  if (row.rounds > 1) out += fmt::format(", {} rounds", row.rounds);
  return out;
}

void print_sheet(const Screen& screen, const CallRow& row, const CallDetail& detail, Micros now) {
  JsonReader reader;
  Sheet sheet(screen);
  sheet.line("call", fmt::format("{}  {}", row.id, row.method));
  sheet.line("when", fmt::format("{} ({} ago)", local_time(row.at), ago(row.at, now)));
  sheet.line("client", client_text(row));
  sheet.line("session", row.session + (row.profile.empty() ? "" : ", profile " + row.profile));
  sheet.line("server", row.server.empty() ? "none has it" : row.server);
  sheet.line("tool", row.tool == row.exposed
                         ? row.tool
                         : fmt::format("{}, exposed as {}", row.tool, row.exposed));
  sheet.line("decision", decision_text(row));
  for (const QuestionRow& question : detail.questions) {
    sheet.line("question", fmt::format("{} from {}: {}{}", question.method, question.server,
                                       name(question.decision),
                                       question.rule.empty() ? "" : ", by rule " + question.rule));
  }
  sheet.line("outcome", outcome_line(row));
  if (!row.error.empty())
    sheet.line("error", row.error + (row.error_code ? fmt::format(" ({})", *row.error_code) : ""));
  if (row.masked > 0)
    sheet.line("masked", fmt::format("{} {}", row.masked, row.masked == 1 ? "secret" : "secrets"));
  sheet.body("arguments", row.args, row.args_kept, row.args_bytes, reader);
  sheet.body("result", row.result, row.result_kept, row.result_bytes, reader);
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
    print_sheet(screen(common), *row, *detail, wall_now());
  }
  return kDone;
}

}  // namespace

Run add_history_show(Syntax& syntax) {
  const auto options = std::make_shared<HistoryShowOptions>();
  syntax.optional("ID", options->id,
                  "a call's id, or @last (default), @-2 for the one before, and so on");
  return [options](const Common& common) { return run_history_show(*options, common); };
}

}  // namespace callgate
