#include "sqlite.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

#include "wal_vfs.h"

namespace callgate {

namespace {

// sqlite3's busy handler. Sleeps 20 µs at first, which is far less than a commit takes, and longer
// with each try (at most 1.3 ms), so that two gate processes with one record hardly delay each
// other.
int wait_for_lock(void* context, int tries) {
  auto* patience = static_cast<Patience*>(context);
  if (patience->hurry.load(std::memory_order_relaxed)) return 0;
  const auto now = std::chrono::steady_clock::now();
  if (now >= patience->until) return 0;
  std::this_thread::sleep_for(std::chrono::microseconds(20 << std::min(tries, 6)));
  return 1;
}

bool no_space(int system_error) {
  return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG;
}
bool no_permission(int system_error) {
  return system_error == EACCES || system_error == EROFS || system_error == EPERM;
}

std::string immutable_uri(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    const bool plain = c != '?' && c != '#' && c != '%';
    uri += plain ? std::string(1, c) : fmt::format("%{:02x}", static_cast<unsigned char>(c));
  }
  return uri + "?immutable=1";
}

Error full(const std::string& path) {
  return {"record.full", fmt::format("the disk that holds the record {} is full", path),
          "free some space, or move the state folder with CALLGATE_STATE"};
}
Error read_only(const std::string& path) {
  return {"record.read_only", fmt::format("the record {} cannot be written: no permission", path),
          "make the file and its folder writable for you, or set CALLGATE_STATE to another folder"};
}

}  // namespace

Result<Statement> Statement::prepare(sqlite3* db, const std::string& path, std::string_view sql) {
  Statement statement;
  sqlite3_stmt* raw = nullptr;
  const int rc = sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()),
                                    SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  statement.statement_.reset(raw);
  if (rc != SQLITE_OK) return database_error(db, rc, path);
  return statement;
}

Statement::First Statement::prepare_first(sqlite3* db, const std::string& sql) {
  First first;
  sqlite3_stmt* raw = nullptr;
  const int rc =
      sqlite3_prepare_v2(db, sql.c_str(), static_cast<int>(sql.size()) + 1, &raw, &first.tail);
  if (rc != SQLITE_OK) return first;
  first.statement.emplace();
  first.statement->statement_.reset(raw);
  return first;
}

Statement& Statement::bind(int at, int64_t value) {
  ENSURE(sqlite3_bind_int64(statement_.get(), at, value) == SQLITE_OK);
  return *this;
}

Statement& Statement::bind(int at, std::string_view text) {
  // sqlite3 would bind a null pointer as NULL.
  const char* data = text.data() == nullptr ? "" : text.data();
  ENSURE(sqlite3_bind_text64(statement_.get(), at, data, text.size(), SQLITE_STATIC, SQLITE_UTF8) ==
         SQLITE_OK);
  return *this;
}

Statement& Statement::bind_blob(int at, std::string_view bytes) {
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  ENSURE(sqlite3_bind_blob64(statement_.get(), at, data, bytes.size(), SQLITE_STATIC) == SQLITE_OK);
  return *this;
}

Statement& Statement::bind(int at, const Digest& digest) {
  return bind_blob(at, {reinterpret_cast<const char*>(digest.data()), digest.size()});
}

Statement& Statement::bind_real(int at, double value) {
  ENSURE(sqlite3_bind_double(statement_.get(), at, value) == SQLITE_OK);
  return *this;
}

Statement& Statement::bind_null(int at) {
  ENSURE(sqlite3_bind_null(statement_.get(), at) == SQLITE_OK);
  return *this;
}

int Statement::run() {
  const int rc = step();
  reset();
  return rc;
}

int Statement::Use::step() {
  // A parameter without a value would have the value of the statement's previous use.
  ENSURE(bound_ == sqlite3_bind_parameter_count(statement_.get()));
  return statement_.step();
}

std::string Statement::text(int column) const { return std::string(view(column)); }

std::string_view Statement::view(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column));
  return data == nullptr ? std::string_view()
                         : std::string_view(static_cast<const char*>(data), size);
}

Result<DatabasePtr> open_database(const std::string& path, OpenMode mode, Patience* patience) {
  sqlite3* raw = nullptr;
  const bool writes = mode == OpenMode::Commit || mode == OpenMode::Write;
  const int flags = (writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX |
                    SQLITE_OPEN_EXRESCODE;
  const int rc =
      mode == OpenMode::Immutable
          ? sqlite3_open_v2(immutable_uri(path).c_str(), &raw, flags | SQLITE_OPEN_URI, nullptr)
          : sqlite3_open_v2(path.c_str(), &raw, flags,
                            mode == OpenMode::Commit ? wal_vfs() : nullptr);
  DatabasePtr db(raw);
  if (rc != SQLITE_OK) return database_error(raw, rc, path);
  if (writes && sqlite3_db_readonly(raw, "main") == 1) return read_only(path);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  if (patience != nullptr) sqlite3_busy_handler(raw, wait_for_lock, patience);
  return db;
}

Status execute(sqlite3* db, const std::string& path, const char* sql) {
  const int rc = sqlite3_exec(db, sql, nullptr, nullptr, nullptr);
  if (rc != SQLITE_OK) return database_error(db, rc, path);
  return {};
}

Result<int64_t> query_integer(sqlite3* db, const std::string& path, std::string_view sql,
                              int64_t fallback) {
  auto statement = Statement::prepare(db, path, sql);
  if (!statement) return statement.error();
  const int rc = statement->step();
  if (rc == SQLITE_ROW) return statement->integer(0);
  if (rc == SQLITE_DONE) return fallback;
  return database_error(db, rc, path);
}

Error database_error(sqlite3* db, int rc, const std::string& path) {
  // After a failed COMMIT, sqlite3_system_errno() does not have the reason, but errno has.
  const int last = errno;
  const int noted = db == nullptr ? 0 : sqlite3_system_errno(db);
  const int system_error = noted != 0 ? noted : last;
  const char* what = db == nullptr ? sqlite3_errstr(rc) : sqlite3_errmsg(db);
  switch (rc & 0xff) {
    case SQLITE_FULL:
      return full(path);
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return read_only(path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {"record.locked", fmt::format("the record {} is locked by another process", path),
              "end the program that holds it open (try: fuser -v " + path + ")"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {"record.corrupt", fmt::format("{} is damaged or not a database: {}", path, what),
              "move the file away (a new one is made), and look at it with: sqlite3 FILE .recover"};
    case SQLITE_CANTOPEN:
      if (no_permission(system_error)) return read_only(path);
      if (no_space(system_error)) return full(path);
      return {"record.open", fmt::format("the record {} cannot be opened: {}", path, what),
              "check that its folder exists and is yours, or set CALLGATE_STATE to another folder"};
    case SQLITE_IOERR:
      if (no_space(system_error)) return full(path);
      return {"record.io",
              fmt::format("reading or writing the record {} failed: {} ({})", path, what,
                          std::strerror(system_error)),
              "check the disk, or move the state folder with CALLGATE_STATE"};
    default:
      return {"record.io", fmt::format("an operation on the record {} failed: {}", path, what),
              "please report this with the output of: callgate --version"};
  }
}

Error file_error(int system_error, const std::string& path, const std::string& what) {
  if (no_permission(system_error)) return read_only(path);
  if (no_space(system_error)) return full(path);
  return {"record.open", fmt::format("{} {}: {}", what, path, std::strerror(system_error)),
          "check that its folder exists and is yours, or set CALLGATE_STATE to another folder"};
}

}  // namespace callgate
