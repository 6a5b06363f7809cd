// `callgate history sql`: runs one SQL statement that the user wrote. The statement can only read,
// has limits of time and size, and has access to the documented views only.
#include <algorithm>
#include <cctype>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "callgate/base/ascii.h"
#include "callgate/base/digest.h"
#include "history_impl.h"
#include "store/filed/packed_columns.h"
#include "views.h"

namespace callgate {

namespace {

constexpr Millis kGrace{1000};  // how long an interrupted statement may take until it ends
constexpr int kOpsBetweenChecks = 10'000;
constexpr int kLongestValue = 64 << 20;  // the maximum size of one value, in bytes
constexpr const char* kTouchedItems = "touched_items";
constexpr size_t kLargestAnswer = size_t{256} << 20;  // the maximum size of all values, in bytes

const std::set<std::string_view>& view_names() {
  static const auto& names = *new std::set<std::string_view>{
      "calls", "sessions", "servers", "questions", "decisions", "touched", "findings"};
  return names;
}

// The tables that the documented views read.
const std::set<std::string_view>& base_tables() {
  static const auto& names =
      *new std::set<std::string_view>{"event",  "payload", "answer",  "late_answer", "question",
                                      "ruling", "run",     "server",  "session",     "session_end",
                                      "target", "item",    "finding", "finding_end", "json_each"};
  return names;
}

// The functions that a statement may call. They do not write, do not load code, and do not make
// large values from small ones.
const std::set<std::string_view>& functions() {
  static const auto& names = *new std::set<std::string_view>{"abs",
                                                             "avg",
                                                             "char",
                                                             "coalesce",
                                                             "count",
                                                             "cume_dist",
                                                             "date",
                                                             "datetime",
                                                             "dense_rank",
                                                             "first_value",
                                                             "format",
                                                             "glob",
                                                             "group_concat",
                                                             "hex",
                                                             "ifnull",
                                                             "iif",
                                                             "instr",
                                                             "json",
                                                             "json_array",
                                                             "json_array_length",
                                                             "json_extract",
                                                             "json_group_array",
                                                             "json_group_object",
                                                             "json_object",
                                                             "json_quote",
                                                             "json_type",
                                                             "json_valid",
                                                             "julianday",
                                                             "lag",
                                                             "last_value",
                                                             "lead",
                                                             "length",
                                                             "like",
                                                             "lower",
                                                             "ltrim",
                                                             "max",
                                                             "min",
                                                             "nth_value",
                                                             "ntile",
                                                             "nullif",
                                                             "percent_rank",
                                                             "printf",
                                                             "quote",
                                                             "rank",
                                                             "replace",
                                                             "round",
                                                             "row_number",
                                                             "rtrim",
                                                             "sign",
                                                             "strftime",
                                                             "substr",
                                                             "substring",
                                                             "sum",
                                                             "time",
                                                             "total",
                                                             "trim",
                                                             "typeof",
                                                             "unicode",
                                                             "unixepoch",
                                                             "upper",
                                                             "->",
                                                             "->>"};
  return names;
}

/// SQLite gives authorize() only the name of the view that reads a table, and a statement may give
/// the same name to an expression of its own (`with calls as …`). So each documented view only
/// reads an inner view, which has the same columns and a random name that the statement's author
/// cannot know. Only inner views may read tables.
struct InnerViews {
  std::string suffix = "_" + hex(random_bytes(16));

  bool has(std::string_view name) const {
    return name.size() > suffix.size() && name.ends_with(suffix) &&
           view_names().count(name.substr(0, name.size() - suffix.size())) != 0;
  }
  /// Returns SQL that creates the documented and the inner views.
  std::string statements(std::string text) const {
    std::string shells;
    for (const std::string_view view : view_names()) {
      const std::string name(view), inner = "temp." + name + suffix;
      const std::string made = "create temp view " + name + " as";
      if (const size_t at = text.find(made); at != std::string::npos)
        text.replace(at, made.size(), "create view " + inner + " as");
      shells += made + " select * from " + inner + ";\n";
    }
    return text + shells;
  }
};

// Turns a value of event.touched (a blob) into a JSON array of the numbers that are packed in it.
void touched_as_json(sqlite3_context* context, int, sqlite3_value** values) {
  const auto* data = static_cast<const char*>(sqlite3_value_blob(values[0]));
  const auto size = static_cast<size_t>(sqlite3_value_bytes(values[0]));
  std::string json = "[";
  each_touched({data, data == nullptr ? 0 : size}, [&json](TouchedItem each) {
    json += json.size() > 1 ? "," : "";
    json += std::to_string(each.item << 2 | static_cast<int64_t>(each.op));
  });
  json += "]";
  sqlite3_result_text64(context, json.data(), json.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

std::string_view view_of(const char* text) { return text == nullptr ? std::string_view() : text; }

// Lets a statement read a base table only from within an inner view. `from` is the name of the
// innermost view or of a named expression of the statement, or null.
int authorize(void* context, int action, const char* first, const char* second,
              const char* database, const char* from) {
  const InnerViews& inner = *static_cast<const InnerViews*>(context);
  switch (action) {
    case SQLITE_SELECT:
      return SQLITE_OK;
    case SQLITE_READ: {
      const bool a_view = (view_names().count(view_of(first)) != 0 || inner.has(view_of(first))) &&
                          view_of(database) != "main";
      const bool within = inner.has(view_of(from)) && base_tables().count(view_of(first)) != 0;
      // If the statement needs no column of a table that a view joins, SQLite passes the table with
      // an empty column name and without the view's name. This reads no value, so it is allowed.
      const bool no_column = view_of(second).empty() && base_tables().count(view_of(first)) != 0;
      return a_view || within || no_column ? SQLITE_OK : SQLITE_DENY;
    }
    case SQLITE_FUNCTION: {
      const std::string name = lowered(view_of(second));
      const bool ours = name == kTouchedItems && inner.has(view_of(from));
      return ours || functions().count(name) != 0 ? SQLITE_OK : SQLITE_DENY;
    }
    default:
      return SQLITE_DENY;
  }
}

struct Deadline {
  std::chrono::steady_clock::time_point at;
  bool passed = false;
};

int check_deadline(void* context) {
  auto* deadline = static_cast<Deadline*>(context);
  deadline->passed = std::chrono::steady_clock::now() >= deadline->at;
  return deadline->passed ? 1 : 0;
}

Error refused(const std::string& why) {
  return {
      "history.sql", "this statement is refused or wrong: " + why,
      "write one SELECT over the views calls, sessions, servers, questions, decisions, touched, "
      "findings"};
}

Error too_long() { return refused("it ran longer than the limit of 30 s"); }

bool only_blank(const char* tail) {
  while (*tail != '\0' && (std::isspace(static_cast<unsigned char>(*tail)) != 0 || *tail == ';'))
    ++tail;
  return *tail == '\0';
}

Result<SqlTable> collect(sqlite3* db, Statement& statement, const Deadline& deadline,
                         size_t limit) {
  SqlTable table;
  sqlite3_stmt* s = statement.get();
  const int columns = sqlite3_column_count(s);
  for (int i = 0; i < columns; ++i) table.columns.emplace_back(sqlite3_column_name(s, i));
  size_t bytes = 0;
  int rc = SQLITE_ROW;
  while (table.rows.size() < limit && (rc = statement.step()) == SQLITE_ROW) {
    auto& row = table.rows.emplace_back();
    for (int i = 0; i < columns; ++i) {
      if (statement.is_null(i)) {
        row.emplace_back();
      } else {
        sqlite3_column_text(s, i);  // turns numbers into text
        row.emplace_back(statement.text(i));
        bytes += row.back()->size();
      }
    }
    if (bytes > kLargestAnswer) return refused("its answer is larger than 256 MiB");
  }
  if (rc == SQLITE_ROW || rc == SQLITE_DONE) return table;
  if (deadline.passed) return too_long();
  return refused(sqlite3_errmsg(db));
}

// Limits the size and the nesting of what a statement can compute within one step of SQLite's
// virtual machine, because the deadline is checked only between steps.
void set_limits(sqlite3* db) {
  sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, kLongestValue);
  sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, 100'000);
  sqlite3_limit(db, SQLITE_LIMIT_EXPR_DEPTH, 200);
  sqlite3_limit(db, SQLITE_LIMIT_COMPOUND_SELECT, 50);
  sqlite3_limit(db, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000);
  sqlite3_limit(db, SQLITE_LIMIT_TRIGGER_DEPTH, 0);
}

/// Runs one statement on its own connection, so that the settings of this connection affect no
/// other statement.
class Run {
 public:
  Run(std::string path, OpenMode mode, std::string statement, size_t limit, Millis runtime)
      : path_(std::move(path)),
        mode_(mode),
        statement_(std::move(statement)),
        limit_(limit),
        deadline_{std::chrono::steady_clock::now() + runtime} {}

  void work() {
    Result<SqlTable> answer = ask();
    const std::lock_guard lock(mutex_);
    answer_.emplace(std::move(answer));
    done_.notify_all();
  }

  /// Waits for work(), which another thread runs, and returns its result. Returns nullopt if work()
  /// has not ended kGrace after the deadline.
  std::optional<Result<SqlTable>> wait() {
    std::unique_lock lock(mutex_);
    done_.wait_until(lock, deadline_.at + kGrace, [this] { return answer_.has_value(); });
    return std::move(answer_);
  }

 private:
  Result<SqlTable> ask() {
    Patience patience;
    patience.until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    auto opened = open_database(path_, mode_, &patience);
    if (!opened) return opened.error();
    sqlite3* db = opened->get();
    if (auto s = prepare(db); !s) return s.error();
    auto prepared = Statement::prepare_first(db, statement_);
    if (!prepared.statement) return refused(sqlite3_errmsg(db));
    if (prepared.statement->get() == nullptr) return refused("it is empty");
    if (!only_blank(prepared.tail)) return refused("it is more than one statement");
    if (sqlite3_stmt_readonly(prepared.statement->get()) == 0) return refused("it writes");
    return collect(db, *prepared.statement, deadline_, limit_);
  }

  Status prepare(sqlite3* db) {
    if (auto s = execute(db, path_, "pragma temp_store = memory"); !s) return s;
    const int registered = sqlite3_create_function_v2(
        db, kTouchedItems, 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, nullptr,
        touched_as_json, nullptr, nullptr, nullptr);
    if (registered != SQLITE_OK) return database_error(db, registered, path_);
    const auto documented = view_statements(db, path_);
    if (!documented) return documented.error();
    if (auto s = execute(db, path_, inner_.statements(*documented).c_str()); !s) return s;
    if (auto s = execute(db, path_, "pragma query_only = on"); !s) return s;
    set_limits(db);
    sqlite3_set_authorizer(db, authorize, &inner_);
    sqlite3_progress_handler(db, kOpsBetweenChecks, check_deadline, &deadline_);
    return {};
  }

  const std::string path_;
  const OpenMode mode_;
  const std::string statement_;
  const size_t limit_;
  Deadline deadline_;
  InnerViews inner_;
  std::mutex mutex_;
  std::condition_variable done_;
  std::optional<Result<SqlTable>> answer_;
};

}  // namespace

Result<SqlTable> History::sql(const std::string& statement, size_t limit, Millis runtime) {
  const auto run = std::make_shared<Run>(impl_->path, impl_->mode, statement, limit, runtime);
  std::thread worker([run] { run->work(); });
  if (auto answer = run->wait()) {
    worker.join();
    return std::move(*answer);
  }
  // The statement is in a function of SQLite that takes long and cannot be interrupted. The worker
  // ends when this function returns, or with this process.
  worker.detach();
  return too_long();
}

}  // namespace callgate
