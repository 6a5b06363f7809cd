// `callgate touched`: shows which agents accessed which data.
#include <fmt/core.h>

#include <filesystem>

#include "callgate/touched/touch.h"
#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/text/table.h"
#include "cli/text/time_text.h"
#include "history_filter.h"

namespace callgate {

namespace {

using By = TouchedFilter::By;

struct TouchedOptions {
  std::string since = "7d", until, by = "agent", op, under;
  std::vector<std::string> clients, servers, accounts;
  uint64_t limit = 20;
};

/// Turns the value of --under into the form in which the record stores places: makes a relative
/// path absolute, and normalizes absolute paths and URIs. Returns other text unchanged, such as the
/// name of a table.
std::string place_meant(const std::string& text) {
  if (text.empty()) return text;
  const bool says_itself = text[0] == '/' || text.find(':') != std::string::npos;
  if (says_itself) {  // an absolute path or a URI
    const std::vector<DataItem> touches = touches_of_resource(text, {});
    return touches.empty() ? text : touches[0].what;
  }
  std::error_code wrong;
  const bool file = text[0] == '.' || std::filesystem::exists(text, wrong);
  if (!file) return text;
  const auto absolute = std::filesystem::absolute(text, wrong);
  return wrong ? text : absolute.lexically_normal().string();
}

Result<TouchedFilter> make_touched_filter(const TouchedOptions& options, Micros now) {
  FilterOptions shared;
  shared.clients = options.clients;
  shared.servers = options.servers;
  shared.accounts = options.accounts;
  shared.since = options.since;
  shared.until = options.until;
  const Result<HistoryFilter> times = make_filter(shared, now);
  if (!times) return times.error();
  TouchedFilter filter;
  filter.by = options.by == "path" ? By::Path : options.by == "server" ? By::Server : By::Agent;
  filter.since = times->since;
  filter.until = times->until;
  filter.clients = options.clients;
  filter.servers = options.servers;
  filter.accounts = options.accounts;
  if (!options.op.empty()) filter.op = data_op(options.op);
  filter.under = place_meant(options.under);
  filter.limit = options.limit;
  return filter;
}

void write_counts(JsonWriter& json, const TouchCounts& counts) {
  json.key("reads").integer(static_cast<int64_t>(counts.reads));
  json.key("writes").integer(static_cast<int64_t>(counts.writes));
  json.key("unknown").integer(static_cast<int64_t>(counts.unknown));
}

void write_names(JsonWriter& json, std::string_view key, const std::vector<std::string>& names) {
  json.key(key).strings(names);
}

std::string touched_row_json(const TouchedRow& row, By by) {
  JsonWriter json;
  json.begin_object();
  if (by == By::Path) {
    json.key("kind").string(name(row.kind)).key("name").string(row.name);
  } else {
    json.key(by == By::Agent ? "client" : "server").string(row.name);
    json.key("items").integer(static_cast<int64_t>(row.items));
  }
  json.key("calls").integer(static_cast<int64_t>(row.calls));
  write_counts(json, row.touches);
  json.key("first").string(format_wall(row.first)).key("last").string(format_wall(row.last));
  json.key("last_call").string(row.last_call);
  if (by != By::Agent) write_names(json, "clients", row.clients);
  if (by != By::Server) write_names(json, "servers", row.servers);
  if (by == By::Path) return json.end_object().take();
  json.key("places").begin_array();
  for (const TouchedPlace& place : row.places) {
    json.begin_object().key("name").string(place.name);
    json.key("items").integer(static_cast<int64_t>(place.items));
    write_counts(json, place.touches);
    json.end_object();
  }
  json.end_array().key("more_places").integer(static_cast<int64_t>(row.more_places));
  return json.end_object().take();
}

void print_document(const Touched& touched, By by, const TouchedOptions& options) {
  JsonWriter json;
  json.begin_object().key("by").string(options.by).key("touched").begin_array();
  for (const TouchedRow& row : touched.rows) json.raw(touched_row_json(row, by));
  json.end_array().key("more").integer(static_cast<int64_t>(touched.more));
  print_json(json.end_object().take());
}

/// Returns the number as text, and "" for 0, so that other numbers are easy to see.
std::string empty_for_zero(uint64_t count) { return count == 0 ? "" : std::to_string(count); }

std::string joined_places(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& each : names)
    text += (text.empty() ? "" : ", ") + (each.empty() ? "(unnamed)" : each);
  return visible(text, Lines::Escaped);
}

std::string shown_name(const TouchedRow& row) {
  return row.name.empty() ? "(unnamed)" : visible(row.name, Lines::Escaped);
}

std::vector<Cell> counts_of(std::string text, Style style, uint64_t items,
                            const TouchCounts& counts) {
  return {{std::move(text), style, ""},
          {empty_for_zero(items)},
          {empty_for_zero(counts.reads)},
          {empty_for_zero(counts.writes)},
          {empty_for_zero(counts.unknown)}};
}

/// Returns one block of lines per agent or server: a line with the sums of the agent or server,
/// then one line for each place that it accessed.
std::string blocks(const Screen& out, const Touched& touched, By by, Micros now) {
  std::vector<std::vector<Cell>> cells;
  for (const TouchedRow& row : touched.rows) {
    std::vector<Cell> line = counts_of(shown_name(row), Style::Cyan, row.items, row.touches);
    line.push_back({empty_for_zero(row.calls)});
    line.push_back({ago(row.last, now)});
    line.push_back({joined_places(by == By::Agent ? row.servers : row.clients)});
    cells.push_back(std::move(line));
    for (const TouchedPlace& place : row.places) {
      cells.push_back(counts_of("  " + visible(place.name, Lines::Escaped), Style::Plain,
                                place.items, place.touches));
      cells.back().resize(8);
    }
    if (row.more_places == 0) continue;
    cells.push_back({{fmt::format("  and {} more {}", row.more_places,
                                  row.more_places == 1 ? "place" : "places"),
                      Style::Dim, ""}});
    cells.back().resize(8);
  }
  return render(
      out,
      {{.title = by == By::Agent ? "agent" : "server", .takes_rest = true, .at_least = 24},
       {.title = "things", .align = Align::Right},
       {.title = "read", .align = Align::Right},
       {.title = "written", .align = Align::Right},
       {.title = "either", .align = Align::Right, .give_up = 2},
       {.title = "calls", .align = Align::Right, .give_up = 1},
       {.title = "last", .align = Align::Right},
       {.title = by == By::Agent ? "servers" : "agents", .at_most = 26, .give_up = 3}},
      std::move(cells));
}

std::string items(const Screen& out, const Touched& touched, Micros now) {
  std::vector<std::vector<Cell>> cells;
  for (const TouchedRow& row : touched.rows)
    cells.push_back({{shown_name(row), Style::Cyan, ""},
                     {empty_for_zero(row.touches.reads)},
                     {empty_for_zero(row.touches.writes)},
                     {empty_for_zero(row.touches.unknown)},
                     {joined_places(row.clients)},
                     {joined_places(row.servers)},
                     {ago(row.last, now)},
                     {row.last_call, Style::Dim, ""}});
  return render(out,
                {{.title = "what", .takes_rest = true, .at_least = 24},
                 {.title = "read", .align = Align::Right},
                 {.title = "written", .align = Align::Right},
                 {.title = "either", .align = Align::Right, .give_up = 3},
                 {.title = "agents", .at_most = 24},
                 {.title = "servers", .at_most = 20, .give_up = 2},
                 {.title = "last", .align = Align::Right},
                 {.title = "last call", .give_up = 1}},
                std::move(cells));
}

int run_touched(const TouchedOptions& options, const Common& common) {
  const Micros now = wall_now();
  const Result<TouchedFilter> filter = make_touched_filter(options, now);
  if (!filter) return history_failed(filter.error());
  const auto history = open_history(common);
  if (!history) return history_failed(history.error());
  const Result<Touched> touched = (*history)->touched(*filter);
  if (!touched) return history_failed(touched.error());
  if (common.json) {
    print_document(*touched, filter->by, options);
  } else if (common.jsonl) {
    for (const TouchedRow& row : touched->rows) print_json(touched_row_json(row, filter->by));
  } else if (!touched->rows.empty()) {
    const Screen out = screen(common);
    print(filter->by == By::Path ? items(out, *touched, now)
                                 : blocks(out, *touched, filter->by, now));
  }
  if (touched->rows.empty())
    return nothing_found(common, "no accessed data is known in that period");
  const bool more = touched->more > 0 && !common.json && !common.jsonl && !common.quiet;
  if (more) print_message(fmt::format("rows left out: {}; --limit 0 shows all", touched->more));
  return kDone;
}

}  // namespace

Run add_touched(Syntax& syntax) {
  // A shared_ptr, because the returned function can be copied.
  const auto options = std::make_shared<TouchedOptions>();
  syntax.value("--since", "TIME", options->since,
               "calls since this time, such as 2h, 7d, today, 2026-11-22 or 2026-11-22T14:05:00Z "
               "(default 7d)");
  syntax.value("--until", "TIME", options->until,
               "calls at this time or earlier; a date includes the whole day");
  syntax.choice("--by", {"agent", "server", "path"}, options->by,
                "one row per agent, per server or per path (default agent)");
  syntax.choice("--op", {"read", "write"}, options->op,
                "only data that was read, or only data that was written");
  syntax.value("--under", "PATH", options->under,
               "only this folder or address, and everything below it");
  syntax.values("--client", "GLOB", options->clients, "only data that these clients accessed");
  syntax.values("--server", "GLOB", options->servers,
                "only data that was accessed through these servers");
  syntax.values("--account", "GLOB", options->accounts,
                "only data that was accessed with these accounts of remote servers");
  syntax.number("--limit", "N", options->limit,
                "at most N rows, those with the most accesses; 0 for all (default 20)");
  return [options](const Common& common) { return run_touched(*options, common); };
}

}  // namespace callgate
