// Faults of files and disks. Each fault has its code, nothing hangs, and every gap is recorded.
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>

#include "store_support.h"

using namespace store_test;

namespace {

Error open_error(const std::string& path) {
  RecorderOptions options;
  options.path = path;
  auto opened = Recorder::open(options, this_process(), wall(), [](auto) {});
  return opened ? Error{} : opened.error();
}

void expect(const Error& error, const std::string& code) {
  CHECK(error.code == code);
  CHECK_FALSE(error.message.empty());
  CHECK_FALSE(error.next.empty());
}

// Runs in a process of its own, because limits and users cannot be changed back.
int apart(const std::function<int()>& body) {
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) ::_exit(body());
  return exit_of(pid);
}

void limit_file_size(rlim_t bytes) {
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = bytes;
  ::setrlimit(RLIMIT_FSIZE, &limit);
}

}  // namespace

TEST_CASE("writers and readers report a file that is not a database as corrupt") {
  const Folder folder;
  std::ofstream(folder.file()) << "this is not a database, but it is long enough to look like one\n"
                               << std::string(4096, 'x');
  expect(open_error(folder.file()), "record.corrupt");
  expect(History::open(folder.file()).error(), "record.corrupt");
}

TEST_CASE("another program's database is refused and not changed") {
  const Folder folder;
  look(folder.file(), "create table theirs(a)");
  expect(open_error(folder.file()), "record.not_ours");
  look(folder.file("b.db"), "pragma application_id = 7");
  expect(open_error(folder.file("b.db")), "record.not_ours");
  expect(History::open(folder.file()).error(), "record.not_ours");
  CHECK(look(folder.file(), "select count(*) from sqlite_schema") == "1");
}

TEST_CASE("a record of a newer callgate is refused and not changed") {
  const Folder folder;
  { const Gate gate(folder.file()); }
  look(folder.file(), "pragma user_version = 1000");
  expect(open_error(folder.file()), "record.newer");
  expect(History::open(folder.file()).error(), "record.newer");
  CHECK(look(folder.file(), "select count(*) from run") == "1");
}

TEST_CASE("a folder instead of the file, or a path through a file, cannot be opened") {
  const Folder folder;
  REQUIRE(::mkdir(folder.file().c_str(), 0700) == 0);
  expect(open_error(folder.file()), "record.open");
  std::ofstream(folder.file("plain")) << "x";
  expect(open_error(folder.file("plain") + "/callgate.db"), "record.open");
}

TEST_CASE("a folder or file that cannot be written is reported as read-only") {
  if (::getuid() != 0) return;  // only root can become a user who may not write
  const Folder folder;
  { const Gate gate(folder.file()); }
  REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
  REQUIRE(::chmod(folder.file().c_str(), 0644) == 0);
  CHECK(apart([&] {
          if (::setuid(65534) != 0) return 9;
          if (open_error(folder.file()).code != "record.read_only") return 1;
          return open_error(folder.file("new.db")).code == "record.read_only" ? 0 : 2;
        }) == 0);
  // Now the file can be written, but its log can't be created.
  REQUIRE(::chmod(folder.file().c_str(), 0666) == 0);
  CHECK(apart([&] {
          if (::setuid(65534) != 0) return 9;
          return open_error(folder.file()).code == "record.read_only" ? 0 : 1;
        }) == 0);
}

TEST_CASE("a disk that is full when the record is created is reported as full") {
  const Folder folder;
  CHECK(apart([&] {
          limit_file_size(8192);
          return open_error(folder.file()).code == "record.full" ? 0 : 1;
        }) == 0);
}

TEST_CASE("opening a locked record fails after some seconds") {
  const Folder folder;
  { const Gate gate(folder.file()); }
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(folder.file().c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "begin immediate", nullptr, nullptr, nullptr) == SQLITE_OK);
  expect(open_error(folder.file()), "record.locked");
  sqlite3_close(other);
}

TEST_CASE(
    "on a full disk calls fail with the reason, and their rows are written when there is space "
    "again") {
  const Folder folder;
  CHECK(apart([&] {
          Gate gate(folder.file());
          gate.recorder->append(started(1));
          if (!gate.settle() || gate.durable.size() != 1) return 1;
          limit_file_size(200'000);  // more bytes than the database has, so the log reaches it
          CallNumber call = 1;
          const std::string text(8000, 'x');
          while (gate.failed.empty() && call < 1000) {
            ++call;
            gate.recorder->append(started(call, std::to_string(call) + text));
            if (!gate.turn_until([&] { return gate.durable.size() + gate.failed.size() == call; }))
              return 2;
          }
          if (gate.failed.size() != 1 || gate.failed.begin()->second.code != "record.full")
            return 3;
          gate.recorder->append(finished(call, Outcome::Denied, ""));
          gate.recorder->append(started(++call));  // this call fails as well
          if (!gate.turn_until([&] { return gate.failed.size() == 2; })) return 4;
          if (gate.recorder->lag() != 3) return 5;
          limit_file_size(RLIM_INFINITY);
          if (!gate.settle() || gate.recorder->failure()) return 6;
          const auto rows = look(folder.file(), "select count(*) from event");
          return rows == std::to_string(call + 1) && gate.failed.size() == 2 ? 0 : 7;
        }) == 0);
  CHECK(look(folder.file(), "pragma integrity_check") == "ok");
}

TEST_CASE("events that do not fit the queue are counted, and the record has their number") {
  const Folder folder;
  CHECK(apart([&] {
          RecorderOptions options;
          options.path = folder.file();
          options.queue_limit = size_t{8} << 20;
          Gate gate(options);
          gate.recorder->append(started(1));
          if (!gate.settle()) return 1;
          limit_file_size(50'000);
          const std::string text(32'000, 'x');
          CallNumber call = 1;
          while (call < 320) {  // 10 MB: over the queue's 8 MiB
            ++call;
            gate.recorder->append(started(call, std::to_string(call) + text));
            if (call % 40 == 0 &&
                !gate.turn_until([&] { return gate.durable.size() + gate.failed.size() == call; }))
              return 2;
          }
          if (gate.durable.size() != 1) return 3;
          const size_t kept = gate.recorder->lag();
          if (kept < 250 || kept > 269) return 4;
          limit_file_size(RLIM_INFINITY);
          if (!gate.settle()) return 5;
          const auto gap = look(folder.file(), "select count from tombstone where kind = 'events'");
          return gap == std::to_string(319 - kept) ? 0 : 6;
        }) == 0);
}

TEST_CASE("a locked record does not delay the end of the gate for long") {
  const Folder folder;
  sqlite3* other = nullptr;
  const auto begin = Clock::now();
  {
    Gate gate(folder.file());
    REQUIRE(sqlite3_open(folder.file().c_str(), &other) == SQLITE_OK);
    REQUIRE(sqlite3_exec(other, "begin immediate", nullptr, nullptr, nullptr) == SQLITE_OK);
    gate.recorder->append(started(1));
    gate.flush();
  }
  // The limit is generous, because it only shows that the end does not hang.
  CHECK(Clock::now() - begin < std::chrono::seconds(10));
  sqlite3_close(other);
}
