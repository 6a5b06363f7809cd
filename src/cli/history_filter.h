// The filters that the history commands share.
#pragma once

#include "callgate/store/history.h"
#include "syntax.h"

namespace callgate {

struct FilterOptions {
  std::vector<std::string> servers, tools, clients, profiles, sessions, outcomes;
  std::string since, until, grep;
  uint64_t limit = 50;
};

/// All but --grep and --limit.
void add_filters(Syntax& syntax, FilterOptions& options);
void add_limit(Syntax& syntax, FilterOptions& options);

/// What --outcome takes.
std::vector<std::string> outcome_words();
/// Errors are the user's: a time or an outcome that is none.
Result<HistoryFilter> make_filter(const FilterOptions& options, Micros now);

/// Opens the record of these places. Without one yet: history.none.
Result<std::unique_ptr<History>> open_history(const Common& common);
/// kNothingFound for what is not there, kWrongUsage for what was asked wrongly, kFailed for the
/// rest; the error is told.
int history_failed(const Error& error);
/// Says that nothing was found, unless asked to be quiet.
int nothing_found(const Common& common, std::string_view text);

}  // namespace callgate
