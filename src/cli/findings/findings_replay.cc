// `callgate findings replay`: runs the guard over the calls in a trace file or in the record, and
// prints the findings that the guard raises.
#include <fmt/core.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>

#include "callgate/guard/trace.h"
#include "callgate/wire/message.h"
#include "cli/commands.h"
#include "cli/history/history_filter.h"
#include "cli/text/terminal.h"
#include "cli/text/time_text.h"
#include "findings.h"
#include "findings_record.h"

namespace callgate {

namespace {

constexpr size_t kLongestLine = size_t{256} << 20;

struct ReplayOptions {
  std::string file, since;
};

/// Prints a finding for people. `calls` is a text that lists the calls which led to the finding.
void print_finding(const Screen& screen, const std::string& session, const Finding& finding,
                   const std::string& calls) {
  print(fmt::format("{}  {} {}  {}\n", visible(session, Lines::Escaped), name(finding.rule),
                    styled(screen, level_style(finding.level), name(finding.level)),
                    visible(finding.summary, Lines::Escaped)));
  if (!finding.instead.empty())
    print("    instead: " + visible(finding.instead, Lines::Escaped) + "\n");
  if (!calls.empty()) print("    calls: " + calls + "\n");
}

int print_totals(const std::vector<ReplayedSession>& sessions, const Common& common) {
  if (common.json || common.jsonl) {
    print_json(to_json(sessions));
    return kDone;
  }
  size_t alarmed = 0;
  for (const ReplayedSession& session : sessions) alarmed += session.alarms.empty() ? 0 : 1;
  if (!common.quiet)
    print_message(fmt::format("{} of {} {} findings", alarmed, grouped(sessions.size(), "session"),
                              alarmed == 1 ? "has" : "have"));
  return kDone;
}

Error unreadable(const std::string& file) {
  return {"findings.trace", file + " can't be read", "check the file's path and permissions"};
}

Error unreadable(const std::string& file, const std::string& why, size_t line) {
  return {"findings.trace", fmt::format("{}:{}: {}", file, line, why),
          "each line must be a session: {\"name\", \"calls\": [{\"tool\", \"args\", \"result\"}]}"};
}

int replay_file(const ReplayOptions& options, const Common& common) {
  std::ifstream in(options.file);
  if (!in || std::filesystem::is_directory(options.file)) return fail(unreadable(options.file));
  Walker walker({.bytes = kLongestLine, .depth = 256, .nodes = 10'000'000});
  Guard guard;
  const Screen out = screen(common);
  std::vector<ReplayedSession> sessions;
  size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty()) continue;
    const Result<MessagePtr> message = walker.walk(line);
    if (!message) return fail(unreadable(options.file, message.error().message, number));
    const Value session = (*message)->root();
    if (!session.is_object() || !session.find("calls").is_array())
      return fail(unreadable(options.file, "the line has no list \"calls\"", number));
    const auto sink = [&](const Finding& finding) {
      if (common.json || common.jsonl) return;
      std::string calls;
      for (const uint32_t call : finding.evidence) calls += fmt::format("{} ", call);
      print_finding(out, session.find("name").text(), finding, calls);
    };
    sessions.push_back(replay(guard, session, static_cast<uint32_t>(number), sink));
  }
  if (in.bad()) return fail(unreadable(options.file));
  return print_totals(sessions, common);
}

int replay_record(const ReplayOptions& options, const Common& common) {
  HistoryFilter filter;
  if (!options.since.empty()) {
    const Result<Micros> at = parse_when(options.since, wall_now(), DayEnd::Begin);
    if (!at) return wrong_usage(at.error().message);
    filter.since = *at;
  }
  const auto history = open_history(common);
  if (!history) return history_failed(history.error());
  const Result<std::string> path = record_path(common);
  if (!path) return fail(path.error());
  Result<std::vector<FindingRow>> ended = read_findings(*path, {});
  if (!ended) return fail(ended.error());
  const GuardSettings settings = guard_settings(common);
  RecordReplay record(settings, std::move(*ended));
  const Screen out = screen(common);
  std::map<std::string, size_t> places;
  std::vector<ReplayedSession> sessions;
  const auto sink = [&](const CompletedCall& call) {
    const auto [place, fresh] = places.try_emplace(call.row.session, sessions.size());
    if (fresh) sessions.push_back({call.row.session, {}});
    for (const Finding& finding : call.observation.findings) {
      sessions[place->second].alarms.push_back(
          {.level = finding.level, .rule = finding.rule, .call = call.in_session});
      if (common.json || common.jsonl) continue;
      std::string calls;
      for (const uint32_t each : finding.evidence) calls += record.id_of(each) + " ";
      print_finding(out, call.row.session + " " + call.row.client_name, finding, calls);
    }
  };
  if (Status read = record.run(**history, filter, sink); !read) return history_failed(read.error());
  if (!common.quiet && record.left_out() + record.masked() > 0)
    print_message(
        fmt::format("the record has less than the gate saw: {} with cut or dropped arguments, "
                    "which the replay skipped, and {} with masked data",
                    grouped(record.left_out(), "call"), grouped(record.masked(), "call")));
  return print_totals(sessions, common);
}

int run_replay(const ReplayOptions& options, const Common& common) {
  if (!options.file.empty() && !options.since.empty())
    return wrong_usage("findings replay: --since can't be used with a file");
  return options.file.empty() ? replay_record(options, common) : replay_file(options, common);
}

}  // namespace

Run add_findings_replay(Syntax& syntax) {
  const auto options = std::make_shared<ReplayOptions>();
  syntax.optional("FILE", options->file,
                  "a file with one session per line; without FILE, the record is replayed");
  syntax.value("--since", "TIME", options->since, "only calls of the record since this time");
  return [options](const Common& common) { return run_replay(*options, common); };
}

}  // namespace callgate
