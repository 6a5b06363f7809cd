// How many system calls a commit makes. It must be as complete and as visible as SQLite's own.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include <cstdarg>

#include "store/sqlite/wal_vfs.h"
#include "store_support.h"

using namespace store_test;

namespace {

// Runs between SQLite and the kernel. Counts this thread's calls, and may refuse writes.
thread_local int writes = 0, locks = 0;
thread_local int writes_until_refused = -1, refusal = 0;

ssize_t counted_write(int fd, const void* bytes, size_t size, off_t at) {
  ++writes;
  if (writes_until_refused == 0) {
    errno = refusal;
    return -1;
  }
  if (writes_until_refused > 0) --writes_until_refused;
  return ::pwrite(fd, bytes, size, at);
}

int counted_lock(int fd, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void* argument = va_arg(rest, void*);
  va_end(rest);
  ++locks;
  return ::fcntl(fd, command, argument);
}

class SystemCalls {
 public:
  SystemCalls() {
    for (const char* name : {"pwrite", "pwrite64"}) {
      set(name, reinterpret_cast<sqlite3_syscall_ptr>(counted_write));
    }
    set("fcntl", reinterpret_cast<sqlite3_syscall_ptr>(counted_lock));
    take();
  }
  ~SystemCalls() {
    writes_until_refused = -1;
    vfs_->xSetSystemCall(vfs_, nullptr, nullptr);
  }
  struct Count {
    int writes, locks;
  };
  static Count take() { return {std::exchange(writes, 0), std::exchange(locks, 0)}; }
  static void refuse(int after, int reason) {
    writes_until_refused = after;
    refusal = reason;
  }
  static void allow() { writes_until_refused = -1; }

 private:
  void set(const char* name, sqlite3_syscall_ptr call) {
    if (vfs_->xGetSystemCall(vfs_, name) != nullptr) vfs_->xSetSystemCall(vfs_, name, call);
  }
  sqlite3_vfs* vfs_ = sqlite3_vfs_find(nullptr);
};

void commit_one(Gate& gate, CallNumber call) {
  gate.recorder->append(started(call, "{\"n\":" + std::to_string(call) + "}"));
  gate.flush();
}

/// A connection that stays open, so that a test can read the record many times.
class Other {
 public:
  explicit Other(const std::string& path, const char* vfs = nullptr) {
    REQUIRE(sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs) ==
            SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
  }
  ~Other() { sqlite3_close_v2(db); }
  void run(const std::string& sql) const {
    INFO(sql);
    const int rc = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr);
    REQUIRE(rc == SQLITE_OK);
  }
  int64_t integer(const char* sql, int column = 0) const {
    sqlite3_stmt* statement = nullptr;
    REQUIRE(sqlite3_prepare_v2(db, sql, -1, &statement, nullptr) == SQLITE_OK);
    REQUIRE(sqlite3_step(statement) == SQLITE_ROW);
    const int64_t value = sqlite3_column_int64(statement, column);
    sqlite3_finalize(statement);
    return value;
  }
  sqlite3* db = nullptr;
};

/// Reads copies of the database and its log, as after a power cut that kept what was written.
std::string found_again(const Folder& from, const std::string& sql) {
  const Folder to;
  for (const char* name : {"callgate.db", "callgate.db-wal"}) {
    std::filesystem::copy_file(from.file(name), to.file(name));
  }
  CHECK(look(to.file(), "pragma integrity_check") == "ok");
  return look(to.file(), sql);
}

}  // namespace

TEST_CASE("a commit is one write, and in a series of commits also one lock and one unlock") {
  const Folder folder;
  Gate gate(folder.file());
  commit_one(gate, 1);
  const SystemCalls calls;
  int fewest_locks = 1000;
  for (CallNumber call = 2; call <= 300; ++call) {
    commit_one(gate, call);
    const auto [written, locked] = SystemCalls::take();
    CHECK(written == 1);
    fewest_locks = std::min(fewest_locks, locked);
  }
  CHECK(fewest_locks == 2);  // on a slow machine some commits take more
  CHECK(gate.durable.size() == 300);
}

TEST_CASE("a commit that is larger than one write is written in pieces") {
  const Folder folder;
  Gate gate(folder.file());
  commit_one(gate, 1);
  const SystemCalls calls;
  for (CallNumber call = 2; call <= 9; ++call) {
    gate.recorder->append(started(call, std::to_string(call) + std::string(20'000, 'x')));
  }
  gate.flush();
  CHECK(gate.durable.size() == 9);
  const int written = SystemCalls::take().writes;
  CHECK(written >= 3);  // about 40 pages
  CHECK(written <= 4);
  CHECK(found_again(folder, "select count(*) from event") == "9");
}

TEST_CASE("a refused write fails its commit, and later commits succeed") {
  const Folder folder;
  Gate gate(folder.file());
  for (CallNumber call = 1; call <= 5; ++call) commit_one(gate, call);
  const SystemCalls calls;
  int after = 0;
  size_t size = 20'000;  // of each body, which makes three writes
  std::string expected = "record.full";
  int reason = ENOSPC;
  SUBCASE("the only write fails because the disk is full") { size = 10; }
  SUBCASE("the only write fails because the disk is broken") {
    size = 10, expected = "record.io", reason = EIO;
  }
  SUBCASE("the first of several writes fails") {}
  SUBCASE("the second write fails") { after = 1; }
  SUBCASE("the last write fails") { after = 2; }
  SystemCalls::refuse(after, reason);
  for (CallNumber call = 6; call <= 13; ++call) {
    gate.recorder->append(started(call, std::to_string(call) + std::string(size, 'x')));
  }
  gate.flush();
  CHECK(gate.durable.size() == 5);
  REQUIRE(gate.failed.size() == 8);
  CHECK(gate.failed.begin()->second.code == expected);
  SystemCalls::allow();
  CHECK(found_again(folder, "select count(*) from event") == "5");
  CHECK(gate.settle());
  for (CallNumber call = 14; call <= 20; ++call) commit_one(gate, call);
  CHECK(gate.durable.size() == 12);
  CHECK(found_again(folder, "select count(*) from event") == "20");
}

TEST_CASE("other connections see each commit of a series at once") {
  const Folder folder;
  Gate gate(folder.file());
  const Other other(folder.file());
  for (CallNumber call = 1; call <= 200; ++call) {
    commit_one(gate, call);
    CHECK(other.integer("select count(*) from event") == call);
  }
}

TEST_CASE("after another process's commit, ours still does not need the store's thread") {
  const Folder folder;
  Gate gate(folder.file());
  const Other other(folder.file());
  for (CallNumber call = 1; call <= 200; ++call) {
    if (call % 3 == 0) other.run("update run set version = version || 'x'");
    commit_one(gate, call);
    CHECK(gate.durable.size() == call);
  }
  CHECK(look(folder.file(), "pragma integrity_check") == "ok");
}

TEST_CASE("checkpoints by others copy nearly the whole log during a series of commits") {
  const Folder folder;
  Gate gate(folder.file());
  const Other other(folder.file());
  for (CallNumber call = 1; call <= 400; ++call) {
    gate.recorder->append(started(call, std::to_string(call) + std::string(3000, 'x')));
    gate.flush();
    if (call % 40 != 0) continue;
    // The result is -1 while the gate itself makes a checkpoint on another thread.
    int64_t frames = -1, copied = -1;
    while (frames < 0) frames = other.integer("pragma wal_checkpoint(passive)", 1);
    while (copied < 0) copied = other.integer("pragma wal_checkpoint(passive)", 2);
    CHECK(frames - copied <= 140);  // frames of 512 KiB and one commit
  }
}

TEST_CASE("an idle gate does not block checkpoints") {
  const Folder folder;
  Gate gate(folder.file());
  const Other other(folder.file());
  sqlite3_busy_timeout(other.db, 0);
  for (CallNumber call = 1; call <= 50; ++call) commit_one(gate, call);
  CHECK(gate.turn_until([&] { return gate.flush() == Millis{0}; }));
  CHECK(other.integer("pragma wal_checkpoint(truncate)") == 0);
  for (CallNumber call = 51; call <= 100; ++call) commit_one(gate, call);
  CHECK(gate.durable.size() == 100);
}

TEST_CASE("the log stays small during a long series of commits") {
  const Folder folder;
  Gate gate(folder.file());
  uint64_t longest = 0;
  for (CallNumber call = 1; call <= 6000; ++call) {
    gate.recorder->append(started(call, std::to_string(call) + std::string(7000, 'x')));
    REQUIRE(gate.turn_until([&] { return gate.durable.size() == call; }));
    if (call % 16 == 0) {
      longest = std::max<uint64_t>(longest, std::filesystem::file_size(folder.file() + "-wal"));
    }
  }
  CHECK(longest <= 32u << 20);
}

TEST_CASE(
    "a gate that is killed during a series of commits leaves an intact record with all durable "
    "calls") {
  const Folder folder;
  for (int round = 0; round < 5; ++round) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      Gate gate(folder.file());
      for (CallNumber call = 1;; ++call) {
        commit_one(gate, call);
        if (!gate.turn_until([&] { return gate.durable.size() == call; })) ::_exit(7);
        if (::write(ends[1], "x", 1) != 1) ::_exit(8);
      }
    }
    ::close(ends[1]);
    int64_t told = 0;
    char byte = 0;
    while (told < 400 + 7 * round && ::read(ends[0], &byte, 1) == 1) ++told;
    ::kill(child, SIGKILL);
    while (::read(ends[0], &byte, 1) == 1) ++told;
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    const auto kept = "select count(*) from event where id >> 33 = " + std::to_string(round + 1) +
                      " and id % 2 = 0";
    CHECK(look(folder.file(), "pragma integrity_check") == "ok");
    CHECK(std::stoll(look(folder.file(), kept)) >= told);
  }
}

TEST_CASE(
    "pages that a full cache writes early and again later have the right content after the "
    "commit") {
  const Folder folder;
  int page = 4096;
  SUBCASE("the pages have our size") {}
  SUBCASE("the pages have a size that is not gathered into one write") { page = 1024; }
  const Other db(folder.file(), wal_vfs());
  db.run("pragma page_size = " + std::to_string(page));
  db.run("pragma journal_mode = wal; create table t(id integer primary key, text)");
  db.run("pragma cache_size = 4; pragma cache_spill = 1; pragma wal_autocheckpoint = 0");
  auto commit = Statement::prepare(db.db, folder.file(), "commit");
  REQUIRE(commit);
  const char* fill =
      "with recursive n(i) as (select 1 union all select i + 1 from n where i < 300)"
      " insert into t(text) select printf('%.*c', 900, 'x') from n";
  const std::string change = "update t set text = text || 'y' where id % 7 = 0;";
  for (int round = 1; round <= 3; ++round) {
    db.run("begin immediate");
    db.run(fill);
    db.run("savepoint s; delete from t where id % 2 = 0; rollback to s; release s;");
    db.run(change + change);
    CHECK(commit_gathered(db.db, *commit) == SQLITE_DONE);
    const auto rows = std::to_string(round * 300);
    CHECK(found_again(folder, "select count(*) from t") == rows);
    db.run("begin immediate");
    db.run(fill + (";" + change) + "rollback");
    Other(folder.file()).run("update t set text = text || 'z' where id = 1");
    CHECK(found_again(folder, "select count(*) from t") == rows);
    CHECK(found_again(folder, "select substr(text, 901) from t where id = 1") ==
          std::string(static_cast<size_t>(round), 'z'));
  }
  CHECK(found_again(folder, "select substr(text, 901) from t where id = 7") == "yyyyyy");
}
