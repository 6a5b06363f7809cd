// `callgate history list` and `callgate history search`: list the calls that match, newest first.
#include <fmt/core.h>

#include "call_json.h"
#include "call_line.h"
#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/text/time_text.h"
#include "history_filter.h"

namespace callgate {

namespace {

struct HistoryListOptions {
  FilterOptions filter;
  std::string before;
};

struct HistorySearchOptions {
  FilterOptions filter;
  std::vector<std::string> words;
};

void print_page(const History::Page& page) {
  JsonWriter json;
  json.begin_object().key("calls").begin_array();
  for (const CallRow& row : page.calls) json.raw(call_json(row));
  json.end_array().key("next");
  page.next.empty() ? json.null() : json.string(page.next);
  print_json(json.end_object().take());
}

int run_history_list(const HistoryListOptions& options, const Common& common) {
  const Micros now = wall_now();
  Result<HistoryFilter> filter = make_filter(options.filter, now);
  if (!filter) return history_failed(filter.error());
  filter->before = options.before;
  filter->bodies = !common.json && !common.jsonl;
  const auto history = open_history(common);
  if (!history) return history_failed(history.error());
  const Result<History::Page> page = (*history)->list(*filter);
  if (!page) return history_failed(page.error());
  if (common.json) {
    print_page(*page);
  } else if (common.jsonl) {
    for (const CallRow& row : page->calls) print_json(call_json(row));
  } else if (!page->calls.empty()) {
    print(call_table(screen(common), page->calls, now, options.filter.grep));
  }
  if (page->calls.empty()) return nothing_found(common, "no call matches");
  const bool more = !page->next.empty() && !common.json && !common.jsonl && !common.quiet;
  if (more)
    print_message(fmt::format("older calls: --before {}, or --limit 0 for all", page->next));
  return kDone;
}

int run_history_search(const HistorySearchOptions& options, const Common& common) {
  HistoryListOptions list{options.filter, ""};
  for (const std::string& word : options.words)
    list.filter.grep += (list.filter.grep.empty() ? "" : " ") + word;
  return run_history_list(list, common);
}

}  // namespace

Run add_history_list(Syntax& syntax) {
  // A shared_ptr, because the returned function can be copied.
  const auto options = std::make_shared<HistoryListOptions>();
  add_filters(syntax, options->filter);
  syntax.value("--grep", "TEXT", options->filter.grep,
               "calls with TEXT in arguments, result or error");
  add_limit(syntax, options->filter);
  syntax.value("--before", "ID", options->before,
               "calls older than the call ID, to page through the list");
  return [options](const Common& common) { return run_history_list(*options, common); };
}

Run add_history_search(Syntax& syntax) {
  const auto options = std::make_shared<HistorySearchOptions>();
  syntax.many("TEXT", options->words,
              "what to find in arguments, results and errors, ignoring case");
  add_filters(syntax, options->filter);
  add_limit(syntax, options->filter);
  return [options](const Common& common) { return run_history_search(*options, common); };
}

}  // namespace callgate
