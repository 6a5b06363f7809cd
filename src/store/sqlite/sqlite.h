// Wraps the parts of sqlite3 that the store uses: connections, statements, and errors with a text.
// None of this has a mutex, so only one thread at a time may use a connection and its statements.
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

/// How long a connection waits for another process's lock. Only the thread that uses the connection
/// may access this, except `hurry`.
struct Patience {
  std::chrono::steady_clock::time_point until{};
  std::atomic<bool> hurry{false};  // any thread may set this to end the waiting
};

struct CloseDatabase {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
};
using DatabasePtr = std::unique_ptr<sqlite3, CloseDatabase>;

/// A prepared statement. bind() does not copy texts and blobs, so they must stay valid until
/// reset(). As in sqlite3, the first parameter is 1 and the first column is 0.
class Statement {
 public:
  Statement() = default;
  static Result<Statement> prepare(sqlite3* db, const std::string& path, std::string_view sql);

  /// Compiles SQL that the user wrote: only the first statement of the text, and First::tail is the
  /// rest. First::statement is empty if the statement does not compile.
  struct First;
  static First prepare_first(sqlite3* db, const std::string& sql);
  class Use;

  Statement& bind(int at, int64_t value);
  Statement& bind(int at, std::string_view text);
  Statement& bind_blob(int at, std::string_view bytes);
  Statement& bind(int at, const Digest& digest);
  Statement& bind_real(int at, double value);
  Statement& bind_null(int at);
  /// Returns SQLITE_ROW, SQLITE_DONE or an error. The caller must reset the statement afterwards.
  int step() { return sqlite3_step(statement_.get()); }
  /// Calls step() once, then reset(). Returns the result of step().
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
  /// Returns the column's text without a copy. It is valid until the next step() or reset().
  std::string_view view(int column) const;
  sqlite3_stmt* get() const { return statement_.get(); }

 private:
  std::unique_ptr<sqlite3_stmt, FinalizeStatement> statement_;
};

struct Statement::First {
  std::optional<Statement> statement;
  const char* tail = "";  // points into the text that was compiled
};

/// One use of a statement that is used many times. Binds the parameters in their order; the
/// destructor resets the statement.
class Statement::Use {
 public:
  explicit Use(Statement& statement) : statement_(statement) {}
  ~Use() { statement_.reset(); }
  Use(const Use&) = delete;

  Use& bind(int64_t value) { return statement_.bind(++bound_, value), *this; }
  Use& bind(std::string_view text) { return statement_.bind(++bound_, text), *this; }
  Use& bind(const Digest& digest) { return statement_.bind(++bound_, digest), *this; }
  Use& bind(const std::optional<int64_t>& value) { return value ? bind(*value) : bind_null(); }
  Use& bind_blob(std::string_view bytes) { return statement_.bind_blob(++bound_, bytes), *this; }
  Use& bind_real(double value) { return statement_.bind_real(++bound_, value), *this; }
  Use& bind_null() { return statement_.bind_null(++bound_), *this; }
  /// Returns SQLITE_ROW, SQLITE_DONE or an error. Every parameter must have a value.
  int step();

 private:
  Statement& statement_;
  int bound_ = 0;
};

/// Commit: like Write, but the connection uses wal_vfs(), for commit_gathered(). Immutable: reads
/// without locks and without the log a file that no process can be writing.
enum class OpenMode { Commit, Write, Read, Immutable };

/// Opens a connection with our settings: no double-quoted strings, defensive, and `patience` as its
/// busy handler. `patience` must outlive the connection; if it is null, the connection never waits.
/// The file must exist.
Result<DatabasePtr> open_database(const std::string& path, OpenMode mode, Patience* patience);

/// Runs one or more statements that have no parameters and return no rows.
Status execute(sqlite3* db, const std::string& path, const char* sql);
/// Returns the integer in the first row and column of the statement's result; `fallback` if there
/// is no row.
Result<int64_t> query_integer(sqlite3* db, const std::string& path, std::string_view sql,
                              int64_t fallback = 0);

/// Returns the reason why the last call on this connection failed, with one of the codes
/// "record.full", "record.read_only", "record.locked", "record.corrupt", "record.open" and
/// "record.io", and with what the user can do next.
Error database_error(sqlite3* db, int rc, const std::string& path);
/// Returns the same kind of error for a system call of our own that failed (with errno
/// `system_error`).
Error file_error(int system_error, const std::string& path, const std::string& what);

inline bool is_busy(int rc) { return (rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED; }

}  // namespace callgate
