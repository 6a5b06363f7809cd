#include "schema.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>

namespace callgate {

namespace {

// The tables are made so that a commit usually writes two pages: the last leaf of `event` and the
// last leaf of `payload`. Each further page would cost about 4 µs. Texts that many calls share are
// stored once, in `target` and `ruling`, and rows refer to them by number, so rows stay short and
// filters compare integers. `event.body` is the id of the payload. When retention drops a payload,
// the row in `event` keeps its size and both digests.
constexpr const char* kFirst = R"sql(
create table meta(name text primary key, value any) strict, without rowid;
create table run(id integer primary key, uuid text not null, pid integer not null,
  pid_start text not null, boot_id text not null,
  started integer not null, ended integer, how text, -- how: 'clean' or 'dead'
  low integer not null default 1, -- every call below has its end
  version text not null, config text not null) strict;
create index run_open on run(id) where ended is null;
create table session(id integer primary key, -- run << 32 | session
  at integer not null, client_name text not null, client_version text not null,
  client_pid integer not null, client_exe text not null, profile text not null,
  protocol text not null, era text not null) strict;
create table session_end(id integer primary key, at integer not null, reason text not null) strict;
create table server(id integer primary key, run integer not null, at integer not null,
  server text not null, pid integer not null, name text not null, version text not null,
  protocol text not null) strict;
create table target(id integer primary key, kind integer not null, server text not null,
  tool text not null, exposed text not null, era text not null) strict;
create table ruling(id integer primary key, verdict integer not null, rule text not null,
  because text not null) strict;
create table event(id integer primary key, -- (run << 32 | call) << 1 | ended
  at integer not null,
  session integer, target integer, ruling integer, client_id text, -- of a start
  outcome integer, duration integer, waited integer, error_code integer, error text, -- of an end
  body integer, size integer, masked integer, digest blob, wire blob) strict;
create table payload(id integer primary key, at integer not null, bytes blob) strict; -- at: seconds
create table question(id integer primary key, -- run << 32 | question
  at integer not null, session integer not null, call integer not null, server text not null,
  method text not null, ruling integer not null,
  body integer, size integer, masked integer, digest blob) strict;
create table tombstone(id integer primary key, run integer, at integer not null,
  kind text not null, -- 'bodies': dropped payloads first … last; 'events': never written
  first integer, last integer, count integer not null, bytes integer not null,
  reason text not null) strict;
insert into meta(name, value) values ('wire_key', randomblob(32)), ('prunes', 0);
)sql";

// Rows are only added. The newest row for a (kind, name) is its current state.
constexpr const char* kClientStates = R"sql(
create table client_state(id integer primary key, at integer not null,
  kind text not null, -- 'client', 'token' or 'session'
  name text not null,
  state text not null, -- 'active', 'paused' or 'revoked'
  because text not null) strict;
)sql";

// `rounds` is set in the row of a call's end: the number of requests of the client that made up the
// call. Null means one; rows of older versions have null.
constexpr const char* kRounds = "alter table event add column rounds integer";

// What the gate process observed about a client besides its pid and program. Null in rows of older
// versions.
constexpr const char* kObserved = R"sql(
alter table session add column client_start text;
alter table session add column client_cwd text;
alter table session add column client_user text;
alter table session add column client_parents text; -- a line each, nearest first
alter table session add column peer text;
alter table session add column token text;
)sql";

// The guard's findings and dead ends, and the items that calls accessed. `event.touched` is a
// sequence of varints, each item << 2 | op. `event.seen` is set in the row of a call's end: a blob
// with what the guard observed of the answer (see packed_columns.h), 1 if the stored body still
// shows the same, 0 if the guard observed nothing, null in rows of older versions.
constexpr const char* kBehaviour = R"sql(
create table item(id integer primary key, kind integer not null, name text not null) strict;
alter table event add column touched blob;
alter table event add column seen any;
alter table target add column read_only integer; -- null: neither the configuration nor the server declares it
create table finding(id integer primary key, -- run << 32 | finding
  at integer not null, session integer not null, call integer not null,
  rule integer not null, level integer not null, key integer not null,
  agent text not null, server text not null, tool text not null,
  summary text not null, instead text not null,
  evidence text not null, -- calls of its run, a JSON array
  value real not null, bound real not null, step text not null) strict;
create table finding_end(id integer primary key, at integer not null, finding integer not null,
  how text not null, -- 'cleared' or 'approved'
  because text not null) strict;
create table dead_end(agent text, server text, tool text, resource text, kind integer not null,
  tries integer not null, sessions integer not null,
  first integer not null, last integer not null, expires integer not null,
  primary key(agent, server, tool, resource)) strict, without rowid;
)sql";

// A second, packed copy of the calls, for filters and sums. Each row has up to 512 consecutive
// calls, column by column. See filed.h.
constexpr const char* kFiled = R"sql(
create table filed(id integer primary key, -- of the stretch's first call
  last integer not null, -- the last call that is filed
  calls blob not null, figures blob not null, touched blob not null) strict;
alter table run add column filed integer; -- 1: the run is over, and filed whole
)sql";

// Clients' answers to questions. An answer has the id of its question. If no server asked the
// question, the answer has an id that no question has.
constexpr const char* kAnswers = R"sql(
create table answer(id integer primary key, -- run << 32 | question
  at integer not null, session integer not null, call integer not null,
  server text not null, method text not null, action text not null, because text not null,
  body integer, size integer, masked integer, digest blob, wire blob) strict;
)sql";

// `item_by_hash` has the row of an item by a hash of its kind and name, so that a name has one row
// however many runs access it. `text_block` shows which calls cannot contain the text of
// `history --grep`; see text_blocks.h.
constexpr const char* kNamesAndTexts = R"sql(
create table item_by_hash(hash integer primary key, item integer not null) strict;
create table text_block(id integer primary key, -- the start of the block's first call
  last integer not null, -- the block's last call
  at integer not null,   -- seconds: the block's last event
  trigrams blob not null, others blob not null) strict;
)sql";

// Answers that came after the call's end, when the client did not wait any more. A call has at most
// one. If a call is a retry, `event.earlier` in the row of its end is the id of the earlier call
// (run << 32 | call).
constexpr const char* kLateAnswers = R"sql(
create table late_answer(id integer primary key, -- run << 32 | call
  at integer not null, outcome integer not null, error_code integer, error text,
  body integer, size integer, masked integer, digest blob, wire blob) strict;
alter table event add column earlier integer;
)sql";

// Calls of which no later call is a retry any more. A gate process also writes the calls of earlier
// runs here.
constexpr const char* kRetriesEnded = R"sql(
create table retries_ended(id integer primary key, -- run << 32 | call
  at integer not null) strict;
)sql";

// The account of the remote server, "" if it has none. Calls to two accounts have two targets.
constexpr const char* kAccounts = "alter table target add column account text not null default ''";

// kMigrations[N] turns a record of schema version N into one of version N + 1. Migrations only add
// tables, or columns with a default, because a gate process of an older version may be writing the
// same record at the same time, with its own statements.
constexpr const char* kMigrations[] = {kFirst,       kClientStates, kRounds,  kObserved,
                                       kBehaviour,   kFiled,        kAnswers, kNamesAndTexts,
                                       kLateAnswers, kRetriesEnded, kAccounts};
static_assert(std::size(kMigrations) == kSchemaVersion);

// Creates each missing folder of the path (0700).
Status create_folders(const std::string& path) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
      const int reason = errno;
      struct stat there {};
      if (::stat(folder.c_str(), &there) != 0) {
        return file_error(reason, folder, "cannot create the folder");
      }
    }
  }
  return {};
}

struct Mark {
  int64_t application = 0, version = 0;
  bool empty = false;
};

Result<Mark> read_mark(sqlite3* db, const std::string& path) {
  Mark mark;
  const auto application = query_integer(db, path, "pragma application_id");
  if (!application) return application.error();
  const auto version = query_integer(db, path, "pragma user_version");
  if (!version) return version.error();
  const auto tables = query_integer(db, path, "select count(*) from sqlite_schema");
  if (!tables) return tables.error();
  mark.application = *application;
  mark.version = *version;
  mark.empty = *tables == 0 && mark.application == 0 && mark.version == 0;
  return mark;
}

// Reads the three values of read_mark() in one transaction, because another gate process may be
// creating the record at the same time.
Result<Mark> read_mark_at_once(sqlite3* db, const std::string& path) {
  if (auto s = execute(db, path, "begin"); !s) return s.error();
  auto mark = read_mark(db, path);
  sqlite3_exec(db, "rollback", nullptr, nullptr, nullptr);
  return mark;
}

Status judge(const Mark& mark, const std::string& path) {
  if (mark.application != kApplicationId) {
    return Error{"record.not_ours", fmt::format("{} is a database of another program", path),
                 "set CALLGATE_STATE to another folder, or move that file away"};
  }
  if (mark.version > kSchemaVersion) {
    return Error{"record.newer",
                 fmt::format("{} was written by a newer callgate (schema {}, this one knows {})",
                             path, mark.version, kSchemaVersion),
                 "update callgate, or set CALLGATE_STATE to another folder"};
  }
  return {};
}

Status apply_migrations(sqlite3* db, const std::string& path) {
  // Read again, because another process may have migrated the record before we got the lock.
  const auto mark = read_mark(db, path);
  if (!mark) return mark.error();
  if (!mark->empty) {
    if (auto s = judge(*mark, path); !s) return s;
  }
  for (int64_t version = mark->version; version < kSchemaVersion; ++version) {
    if (auto s = execute(db, path, kMigrations[version]); !s) return s;
  }
  const std::string numbers = fmt::format("pragma application_id = {}; pragma user_version = {}",
                                          kApplicationId, kSchemaVersion);
  if (auto s = execute(db, path, numbers.c_str()); !s) return s;
  return execute(db, path, "commit");
}

}  // namespace

Status create_file(const std::string& path) {
  if (auto s = create_folders(path); !s) return s;
  // O_EXCL, so that this opens only a new file. If this process already used the file, closing a
  // second descriptor would drop sqlite3's POSIX locks on it.
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) {
    ::close(fd);
    return {};
  }
  if (errno == EEXIST) return {};
  return file_error(errno, path, "cannot create the record");
}

Status migrate(sqlite3* db, const std::string& path) {
  const auto mark = read_mark_at_once(db, path);
  if (!mark) return mark.error();
  if (!mark->empty) {
    if (auto s = judge(*mark, path); !s) return s;
    if (mark->version == kSchemaVersion) return {};
  } else {
    // These settings cannot change after the first write to the file. If two processes create the
    // record at the same time, both set the same values.
    const char* settings = "pragma page_size = 4096; pragma auto_vacuum = incremental";
    if (auto s = execute(db, path, settings); !s) return s;
    if (auto s = execute(db, path, "pragma journal_mode = wal"); !s) return s;
  }
  if (auto s = execute(db, path, "begin immediate"); !s) return s;
  Status status = apply_migrations(db, path);
  if (!status && sqlite3_get_autocommit(db) == 0) {
    sqlite3_exec(db, "rollback", nullptr, nullptr, nullptr);
  }
  return status;
}

Status check_schema(sqlite3* db, const std::string& path) {
  const auto mark = read_mark_at_once(db, path);
  if (!mark) return mark.error();
  return judge(*mark, path);
}

Result<bool> has_column(sqlite3* db, const std::string& path, const char* table,
                        const char* column) {
  const auto count = query_integer(
      db, path,
      fmt::format("select count(*) from pragma_table_info('{}') where name = '{}'", table, column)
          .c_str());
  if (!count) return count.error();
  return *count > 0;
}

}  // namespace callgate
