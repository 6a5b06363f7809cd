// `callgate history sql`: runs one read-only SQL statement over the documented views of the record.
#include <fmt/core.h>

#include <algorithm>

#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/text/table.h"
#include "cli/text/time_text.h"
#include "history_filter.h"

namespace callgate {

namespace {

struct HistorySqlOptions {
  std::vector<std::string> words;
  uint64_t limit = 1000;
};

constexpr size_t kWidestCell = 60;

/// Appends a number to column names that occur more than once, because the keys of a JSON object
/// must be different.
std::vector<std::string> distinct(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  for (const std::string& name : names) {
    std::string each = name;
    for (int i = 2; std::find(out.begin(), out.end(), each) != out.end(); ++i)
      each = fmt::format("{}_{}", name, i);
    out.push_back(std::move(each));
  }
  return out;
}

std::string sql_row_json(const std::vector<std::string>& names,
                         const std::vector<std::optional<std::string>>& row) {
  JsonWriter json;
  json.begin_object();
  for (size_t i = 0; i < names.size(); ++i) {
    json.key(names[i]);
    row[i] ? json.string(*row[i]) : json.null();
  }
  return json.end_object().take();
}

std::string sql_table(const Screen& screen, const SqlTable& table) {
  std::vector<Column> columns_of;
  for (const std::string& name : table.columns) {
    columns_of.push_back(
        {.title = visible(name, Lines::Escaped), .at_most = screen.terminal ? kWidestCell : 0});
  }
  std::vector<std::vector<Cell>> cells;
  for (const auto& row : table.rows) {
    std::vector<Cell> line;
    for (const auto& value : row) {
      line.push_back(value ? Cell{visible(*value, Lines::Escaped), Style::Plain, ""}
                           : Cell{"null", Style::Dim, ""});
    }
    cells.push_back(std::move(line));
  }
  return render(screen, std::move(columns_of), std::move(cells));
}

int run_history_sql(const HistorySqlOptions& options, const Common& common) {
  std::string statement;
  for (const std::string& word : options.words) statement += (statement.empty() ? "" : " ") + word;
  const auto history = open_history(common);
  if (!history) return history_failed(history.error());
  const Result<SqlTable> table = (*history)->sql(statement, options.limit);
  if (!table) return history_failed(table.error());
  const std::vector<std::string> names = distinct(table->columns);
  if (common.json) {
    JsonWriter json;
    json.begin_object().key("rows").begin_array();
    for (const auto& row : table->rows) json.raw(sql_row_json(names, row));
    print_json(json.end_array().end_object().take());
  } else if (common.jsonl) {
    for (const auto& row : table->rows) print_json(sql_row_json(names, row));
  } else if (!table->rows.empty()) {
    print(sql_table(screen(common), *table));
  }
  if (table->rows.empty()) return nothing_found(common, "no row");
  if (table->rows.size() == options.limit && !common.quiet)
    print_message(
        fmt::format("the output ends after {}; see --limit", grouped(options.limit, "row")));
  return kDone;
}

}  // namespace

Run add_history_sql(Syntax& syntax) {
  const auto options = std::make_shared<HistorySqlOptions>();
  syntax.many("STATEMENT", options->words,
              "one SELECT over the views calls, sessions, servers, questions, decisions");
  syntax.number("--limit", "N", options->limit, "at most N rows (default 1000)");
  return [options](const Common& common) { return run_history_sql(*options, common); };
}

}  // namespace callgate
