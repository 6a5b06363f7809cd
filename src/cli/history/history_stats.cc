// `callgate history stats`: sums up the calls of each tool.
#include <fmt/core.h>

#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/text/table.h"
#include "cli/text/time_text.h"
#include "history_filter.h"

namespace callgate {

namespace {

struct HistoryStatsOptions {
  FilterOptions filter;
};

std::string stats_json(const ToolStats& row) {
  JsonWriter json;
  json.begin_object().key("server").string(row.server).key("tool").string(row.tool);
  json.key("calls").integer(static_cast<int64_t>(row.calls));
  json.key("failed").integer(static_cast<int64_t>(row.failed));
  json.key("denied").integer(static_cast<int64_t>(row.denied));
  json.key("p50_ms")
      .raw(milliseconds(row.p50))
      .key("p95_ms")
      .raw(milliseconds(row.p95))
      .key("longest_ms")
      .raw(milliseconds(row.longest));
  json.key("args_bytes").integer(static_cast<int64_t>(row.args_bytes));
  json.key("result_bytes").integer(static_cast<int64_t>(row.result_bytes));
  return json.end_object().take();
}

Cell count_cell(uint64_t value, Style style) {
  return {std::to_string(value), value > 0 ? style : Style::Dim, ""};
}

std::string stats_table(const Screen& screen, const std::vector<ToolStats>& rows) {
  std::vector<std::vector<Cell>> cells;
  for (const ToolStats& row : rows) {
    const std::string tool = row.server.empty() ? row.tool : row.server + "." + row.tool;
    cells.push_back({{visible(tool, Lines::Escaped), Style::Cyan},
                     count_cell(row.calls, Style::Plain),
                     count_cell(row.failed, Style::Red),
                     count_cell(row.denied, Style::Yellow),
                     {duration_text(row.p50)},
                     {duration_text(row.p95)},
                     {duration_text(row.longest)},
                     {bytes_text(row.args_bytes)},
                     {bytes_text(row.result_bytes)}});
  }
  const std::vector<Column> columns_of = {
      {.title = "server.tool", .takes_rest = true, .at_least = 20},
      {.title = "calls", .align = Align::Right},
      {.title = "failed", .align = Align::Right},
      {.title = "denied", .align = Align::Right},
      {.title = "p50", .align = Align::Right},
      {.title = "p95", .align = Align::Right},
      {.title = "longest", .align = Align::Right, .give_up = 1},
      {.title = "sent", .align = Align::Right, .give_up = 3},
      {.title = "received", .align = Align::Right, .give_up = 2}};
  return render(screen, columns_of, std::move(cells));
}

int run_history_stats(const HistoryStatsOptions& options, const Common& common) {
  Result<HistoryFilter> filter = make_filter(options.filter, wall_now());
  if (!filter) return history_failed(filter.error());
  filter->limit = 0;
  const auto history = open_history(common);
  if (!history) return history_failed(history.error());
  const Result<std::vector<ToolStats>> rows = (*history)->stats(*filter);
  if (!rows) return history_failed(rows.error());
  if (common.json) {
    JsonWriter json;
    json.begin_object().key("tools").begin_array();
    for (const ToolStats& row : *rows) json.raw(stats_json(row));
    print_json(json.end_array().end_object().take());
  } else if (common.jsonl) {
    for (const ToolStats& row : *rows) print_json(stats_json(row));
  } else if (!rows->empty()) {
    print(stats_table(screen(common), *rows));
  }
  return rows->empty() ? nothing_found(common, "no call matches") : kDone;
}

}  // namespace

Run add_history_stats(Syntax& syntax) {
  const auto options = std::make_shared<HistoryStatsOptions>();
  add_filters(syntax, options->filter);
  syntax.value("--grep", "TEXT", options->filter.grep,
               "calls with TEXT in arguments, result or error");
  return [options](const Common& common) { return run_history_stats(*options, common); };
}

}  // namespace callgate
