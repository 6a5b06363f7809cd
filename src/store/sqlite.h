// The few pieces of sqlite3 that the store's other files use: a connection, a statement, and what
// went wrong in words. Nothing here locks: a connection and its statements belong to one thread at
// a time.
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

/// How long a busy database is waited for. Owned by whoever owns the connection, but for `hurry`.
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

/// Text and blobs are bound without a copy: they must live until reset(). Columns and parameters
/// count as in sqlite3.
class Statement {
 public:
  Statement() = default;
  static Result<Statement> prepare(sqlite3* db, const std::string& path, std::string_view sql);

  /// A stranger's text: only its first statement is compiled, `tail` is what follows. Empty: it
  /// does not compile.
  struct First;
  static First prepare_first(sqlite3* db, const std::string& sql);

  Statement& bind(int at, int64_t value);
  Statement& bind(int at, std::string_view text);
  Statement& bind_blob(int at, std::string_view bytes);
  Statement& bind(int at, const Digest& digest);
  Statement& bind_real(int at, double value);
  Statement& bind_null(int at);
  /// SQLITE_ROW, SQLITE_DONE or an error; whoever steps must reset.
  int step() { return sqlite3_step(statement_.get()); }
  /// Steps once and resets; the result of the step.
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
  /// The same without a copy: gone with the next step or reset.
  std::string_view view(int column) const;
  sqlite3_stmt* get() const { return statement_.get(); }

 private:
  std::unique_ptr<sqlite3_stmt, FinalizeStatement> statement_;
};

struct Statement::First {
  std::optional<Statement> statement;
  const char* tail = "";  // within the text
};

/// Commit: as Write, for a connection whose commits go through commit_gathered. Immutable: a file
/// that nobody can write, read without a lock or a log.
enum class OpenMode { Commit, Write, Read, Immutable };

/// A connection with our settings: no double-quoted strings, defensive, and `patience` as its busy
/// handler (which must outlive it; null: it never waits). The file must exist.
Result<DatabasePtr> open_database(const std::string& path, OpenMode mode, Patience* patience);

/// For one or more statements without parameters or rows.
Status execute(sqlite3* db, const std::string& path, const char* sql);
/// The one integer that a statement gives; `fallback` if it gives no row.
Result<int64_t> query_integer(sqlite3* db, const std::string& path, std::string_view sql,
                              int64_t fallback = 0);

/// What the connection's last call failed of, as one of the record's codes: "record.full",
/// "record.read_only", "record.locked", "record.corrupt", "record.open", "record.io", each with
/// what to do next.
Error database_error(sqlite3* db, int rc, const std::string& path);
/// The same for a system call that failed before sqlite3 had its turn.
Error file_error(int system_error, const std::string& path, const std::string& what);

inline bool is_busy(int rc) { return (rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED; }

}  // namespace callgate
