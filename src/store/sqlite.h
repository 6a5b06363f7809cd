// The pieces of sqlite3 that the store's other files use: a connection, a statement, and errors in
// words. Nothing here locks: a connection and its statements belong to one thread at a time.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "callgate/base/digest.h"
#include "callgate/base/result.h"

namespace callgate {

/// How long to wait for a busy database. Belongs to the thread that has the connection, except
/// `hurry`.
struct Patience {
  std::chrono::steady_clock::time_point until{};
  std::atomic<bool> hurry{false};  // any thread: stop waiting now
};

struct CloseDatabase {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
};
using DatabasePtr = std::unique_ptr<sqlite3, CloseDatabase>;

/// Text and blobs are bound without a copy: they must stay valid until reset(). Columns and
/// parameters are numbered as in sqlite3.
class Statement {
 public:
  Statement() = default;
  static Result<Statement> prepare(sqlite3* db, const std::string& path, std::string_view sql);

  /// For the user's own SQL. Compiles only the first statement; `tail` is the rest of the text.
  /// `statement` is empty if the text does not compile.
  struct First;
  static First prepare_first(sqlite3* db, const std::string& sql);

  Statement& bind(int at, int64_t value);
  Statement& bind(int at, std::string_view text);
  Statement& bind_blob(int at, std::string_view bytes);
  Statement& bind(int at, const Digest& digest);
  Statement& bind_real(int at, double value);
  Statement& bind_null(int at);
  /// Returns SQLITE_ROW, SQLITE_DONE or an error. The caller must reset the statement afterwards.
  int step() { return sqlite3_step(statement_.get()); }
  /// Steps once and resets. Returns the result of the step.
  int run();
  void reset() { sqlite3_reset(statement_.get()); }

  bool is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
  }
  bool is_blob(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_BLOB;
  }
  int64_t integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
  double real(int column) const { return sqlite3_column_double(statement_.get(), column); }
  std::string text(int column) const;
  /// The same without a copy: valid until the next step or reset.
  std::string_view view(int column) const;
  sqlite3_stmt* get() const { return statement_.get(); }

 private:
  std::unique_ptr<sqlite3_stmt, FinalizeStatement> statement_;
};

struct Statement::First {
  std::optional<Statement> statement;
  const char* tail = "";  // within the text
};

/// Commit is like Write, for a connection whose commits go through commit_gathered(). Immutable is
/// for a file that nobody can write: it is read without a lock or a log.
enum class OpenMode { Commit, Write, Read, Immutable };

/// Opens a connection with our settings: no double-quoted strings, defensive, and `patience` as its
/// busy handler. `patience` must outlive the connection; if it is null, the connection never waits.
/// The file must exist.
Result<DatabasePtr> open_database(const std::string& path, OpenMode mode, Patience* patience);

/// Runs one or more statements that have no parameters and return no rows.
Status execute(sqlite3* db, const std::string& path, const char* sql);
/// Returns the one integer that a statement yields; `fallback` if it yields no row.
Result<int64_t> query_integer(sqlite3* db, const std::string& path, std::string_view sql,
                              int64_t fallback = 0);

/// Why the connection's last call failed, as one of the record's codes: "record.full",
/// "record.read_only", "record.locked", "record.corrupt", "record.open", "record.io". Each error
/// contains what to do next.
Error database_error(sqlite3* db, int rc, const std::string& path);
/// The same for a system call that failed before sqlite3 was called.
Error file_error(int system_error, const std::string& path, const std::string& what);

inline bool is_busy(int rc) { return (rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED; }

}  // namespace callgate
