#include "history_filter.h"

#include <fmt/core.h>

#include "cli/text/time_text.h"

namespace callgate {

namespace {

constexpr Outcome kOutcomes[] = {Outcome::Ok,     Outcome::ToolError, Outcome::RpcError,
                                 Outcome::Denied, Outcome::Timeout,   Outcome::Cancelled,
                                 Outcome::Lost,   Outcome::Pending,   Outcome::Repeated};

Result<Outcome> outcome_of(const std::string& word) {
  for (const Outcome each : kOutcomes) {
    if (word == name(each)) return each;
  }
  const std::vector<std::string> known = outcome_words();
  std::string all;
  for (const std::string& each : known) all += (all.empty() ? "" : ", ") + each;
  return Error{"usage", fmt::format("'{}' is no outcome{}", word, did_you_mean(word, known)),
               "outcomes are " + all};
}

}  // namespace

std::vector<std::string> outcome_words() {
  std::vector<std::string> words;
  for (const Outcome each : kOutcomes) words.emplace_back(name(each));
  return words;
}

void add_filters(Syntax& syntax, FilterOptions& options) {
  syntax.values("--server", "GLOB", options.servers, "calls to these servers");
  syntax.values("--account", "GLOB", options.accounts, "calls to these accounts of remote servers");
  syntax.values("--tool", "GLOB", options.tools,
                "calls of these tools; GLOB is compared with the server's own name for the tool");
  syntax.values("--client", "GLOB", options.clients, "calls by these clients");
  syntax.values("--profile", "GLOB", options.profiles, "calls by clients with these profiles");
  syntax.values("--session", "ID", options.sessions, "calls of these sessions");
  syntax.values("--outcome", "OUTCOME", options.outcomes,
                "calls with this outcome: ok, tool_error, rpc_error, denied, timeout, cancelled, "
                "lost, pending or repeated");
  syntax.value("--since", "TIME", options.since,
               "calls since this time, such as 2h, 7d, today, 2026-11-22 or 2026-11-22T14:05:00Z");
  syntax.value("--until", "TIME", options.until,
               "calls at this time or earlier; a date includes the whole day");
}

void add_limit(Syntax& syntax, FilterOptions& options) {
  syntax.number("--limit", "N", options.limit, "only the newest N calls; 0 for all (default 50)");
}

Result<HistoryFilter> make_filter(const FilterOptions& options, Micros now) {
  HistoryFilter filter;
  filter.servers = options.servers;
  filter.tools = options.tools;
  filter.clients = options.clients;
  filter.profiles = options.profiles;
  filter.accounts = options.accounts;
  filter.sessions = options.sessions;
  filter.grep = options.grep;
  filter.limit = options.limit;
  for (const std::string& word : options.outcomes) {
    const Result<Outcome> outcome = outcome_of(word);
    if (!outcome) return outcome.error();
    filter.outcomes.push_back(*outcome);
  }
  if (!options.since.empty()) {
    const Result<Micros> since = parse_when(options.since, now, DayEnd::Begin);
    if (!since) return since.error();
    filter.since = *since;
  }
  if (!options.until.empty()) {
    const Result<Micros> until = parse_when(options.until, now, DayEnd::End);
    if (!until) return until.error();
    filter.until = *until;
  }
  return filter;
}

Result<std::unique_ptr<History>> open_history(const Common& common) {
  const Result<Places> places = find_places(common.config);
  if (!places) return places.error();
  return History::open(places->database());
}

int history_failed(const Error& error) {
  fail(error);
  const std::string_view code = error.code;
  if (code == "history.none" || code == "history.no_call") return kNothingFound;
  const bool asked_wrongly =
      code == "usage" || code.substr(0, 4) == "cli." || code == "history.sql";
  return asked_wrongly ? kWrongUsage : kFailed;
}

int nothing_found(const Common& common, std::string_view text) {
  if (!common.quiet) print_message(text);
  return kNothingFound;
}

}  // namespace callgate
