// The filter options that the commands of `callgate history` share.
#pragma once

#include "callgate/store/history.h"
#include "cli/syntax.h"

namespace callgate {

struct FilterOptions {
  std::vector<std::string> servers, accounts, tools, clients, profiles, sessions, outcomes;
  std::string since, until, grep;
  uint64_t limit = 50;
};

/// Declares all filters except --grep and --limit.
void add_filters(Syntax& syntax, FilterOptions& options);
void add_limit(Syntax& syntax, FilterOptions& options);

/// The values that --outcome accepts.
std::vector<std::string> outcome_words();
/// Turns the options into a filter. Fails if the user gave an invalid time or outcome.
Result<HistoryFilter> make_filter(const FilterOptions& options, Micros now);

/// Opens the record. Fails with "history.none" if there is no record yet.
Result<std::unique_ptr<History>> open_history(const Common& common);
/// Prints the error. Returns kNothingFound if there is no record or no such call, kWrongUsage if
/// the user made a mistake in the command line, otherwise kFailed.
int history_failed(const Error& error);
/// Prints `text` to stderr, except with --quiet, and returns kNothingFound.
int nothing_found(const Common& common, std::string_view text);

}  // namespace callgate
