// Several processes use one record, and a new process ends the runs of dead ones.
#include <signal.h>
#include <sys/wait.h>

#include "store_support.h"

using namespace store_test;

namespace {

// A gate in a process of its own: fork() before any thread of ours runs. `life` ends with _exit.
pid_t in_child(const std::function<void()>& life) {
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    life();
    ::_exit(0);
  }
  return pid;
}

// Waits for one byte from the child, instead of a fixed time.
struct Signal {
  Signal() { REQUIRE(::pipe(ends) == 0); }
  ~Signal() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  void give() const { [[maybe_unused]] const ssize_t n = ::write(ends[1], "x", 1); }
  void take() const {
    char byte = 0;
    REQUIRE(::read(ends[0], &byte, 1) == 1);
  }
  int ends[2] = {-1, -1};
};

// Makes calls one after the other. Each waits for its row.
void many_calls(Gate& gate, CallNumber calls) {
  for (CallNumber call = 1; call <= calls; ++call) {
    gate.recorder->append(started(call, "{\"n\":" + std::to_string(call) + "}"));
    if (!gate.turn_until([&] { return gate.durable.size() + gate.failed.size() == call; }))
      ::_exit(7);
    gate.recorder->append(finished(call, Outcome::Ok, ""));
  }
}

uint64_t log_size(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path + "-wal", error);
  return error ? 0 : size;
}

}  // namespace

TEST_CASE("a process is identified by its pid, start time and boot") {
  const auto [start, boot] = process_identity(::getpid());
  CHECK_FALSE(start.empty());
  CHECK_FALSE(boot.empty());
  CHECK(process_lives(::getpid(), start, boot));
  CHECK_FALSE(process_lives(::getpid(), start + "1", boot));  // another process has the pid now
  CHECK_FALSE(process_lives(::getpid(), start, "another boot"));
  CHECK_FALSE(process_lives(0, start, boot));
  const pid_t child = in_child([] { ::pause(); });
  const std::string child_start = process_identity(child).first;
  CHECK(process_lives(child, child_start, boot));
  ::kill(child, SIGKILL);
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) == 0);
  CHECK_FALSE(process_lives(child, child_start, boot));  // a zombie
  exit_of(child);
  CHECK_FALSE(process_lives(child, child_start, boot));
}

TEST_CASE("calls of a killed gate without an end are recorded as lost when the next gate starts") {
  const Folder folder;
  const Signal ready;
  const pid_t child = in_child([&] {
    Gate gate(folder.file());
    for (CallNumber call = 1; call <= 3000; ++call) {
      gate.recorder->append(started(call, "{}"));
      if (call != 5 && call != 2999) gate.recorder->append(finished(call, Outcome::Ok, ""));
      if (call % 100 == 0 && !gate.settle()) ::_exit(7);
    }
    gate.recorder->append(started(3001, "{}"));
    if (!gate.settle()) ::_exit(7);
    ready.give();
    ::pause();
  });
  ready.take();
  {
    const Gate early(folder.file());  // the first gate lives, so nothing is lost
    CHECK(early.recorder->dead_runs().empty());
    CHECK(look(folder.file(), "select count(*) from event where outcome = 6") == "0");
  }
  ::kill(child, SIGKILL);
  exit_of(child);
  const Gate next(folder.file());
  CHECK(next.recorder->dead_runs() == std::vector<std::string>{"run-" + std::to_string(child)});
  CHECK(look(folder.file(),
             "select group_concat((id >> 1) & 0xffffffff) from event where outcome = 6") ==
        "5,2999,3001");
  CHECK(look(folder.file(), "select how from run where id = 1") == "dead");
  CHECK((*History::open(folder.file()))->show("1-3001")->outcome == Outcome::Lost);
  const Gate later(folder.file());
  CHECK(later.recorder->dead_runs().empty());
}

TEST_CASE("the search for lost calls begins after the last point at which all calls had ended") {
  const Folder folder;
  Gate gate(folder.file());
  for (CallNumber call = 1; call <= 5000; ++call) {
    gate.recorder->append(started(call, "{}"));
    gate.recorder->append(finished(call, Outcome::Ok, ""));
    if (call % 500 == 0) CHECK(gate.settle());
  }
  const int low = std::stoi(look(folder.file(), "select low from run where id = 1"));
  CHECK(low > 5000 - 1024 - 500);
  CHECK(low <= 5001);
}

TEST_CASE("recording a call needs no index and no scan of a table") {
  const Folder folder;
  const Gate gate(folder.file());
  CHECK(look(folder.file(),
             "select count(*) from sqlite_schema where type = 'index' and tbl_name in ('event', "
             "'payload')") == "0");
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open_v2(folder.file().c_str(), &db, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
  const char* queries[] = {
      "explain query plan select id from event s where s.id between 1 and 9 and not exists (select "
      "1 from event e where e.id = s.id + 1)",
      "explain query plan select s.id from event s left join event e on e.id = s.id + 1 where s.id "
      "between 1 and 9 order by s.id desc limit 50"};
  for (const char* query : queries) {
    sqlite3_stmt* plan = nullptr;
    REQUIRE(sqlite3_prepare_v2(db, query, -1, &plan, nullptr) == SQLITE_OK);
    while (sqlite3_step(plan) == SQLITE_ROW) {
      const std::string step = reinterpret_cast<const char*>(sqlite3_column_text(plan, 3));
      INFO(step);
      CHECK(step.find("SCAN") == std::string::npos);
      CHECK(step.find("TEMP B-TREE") == std::string::npos);
    }
    sqlite3_finalize(plan);
  }
  sqlite3_close(db);
}

TEST_CASE("two gates write one record without stopping each other or closing each other's run") {
  const Folder folder;
  constexpr CallNumber kCalls = 1500;
  pid_t children[2];
  for (pid_t& child : children) {
    child = in_child([&] {
      Gate gate(folder.file());
      many_calls(gate, kCalls);
      ::_exit(gate.failed.empty() && (gate.recorder.reset(), true) ? 0 : 3);
    });
  }
  for (const pid_t child : children) CHECK(exit_of(child) == 0);
  CHECK(look(folder.file(), "select count(*) from event where id % 2 = 0") ==
        std::to_string(2 * kCalls));
  CHECK(look(folder.file(), "select count(*) from event where id % 2 = 1 and outcome = 0") ==
        std::to_string(2 * kCalls));
  CHECK(look(folder.file(), "select count(*) from run where how = 'clean'") == "2");
  CHECK(look(folder.file(), "pragma integrity_check") == "ok");
}

TEST_CASE("many gates may create the same record at the same time") {
  const Folder folder;
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    children.push_back(in_child([&] {
      RecorderOptions options;
      options.path = folder.path() + "/new/callgate.db";
      auto opened = Recorder::open(options, this_process(), wall(), [](auto) {});
      ::_exit(opened && (opened->reset(), true) ? 0 : 3);
    }));
  }
  for (const pid_t child : children) CHECK(exit_of(child) == 0);
  CHECK(look(folder.path() + "/new/callgate.db", "select count(*) from run") == "8");
}

TEST_CASE("the log stays small with two writers and a reader that polls") {
  const Folder folder;
  const std::string text(3000, 'x');
  const auto writer = [&] {
    Gate gate(folder.file());
    for (CallNumber call = 1; call <= 12'000; ++call) {
      gate.recorder->append(started(call, std::to_string(call) + text));
      gate.recorder->append(finished(call, Outcome::Ok, text + std::to_string(call)));
      if (call % 32 != 0) continue;
      if (!gate.turn_until([&] { return gate.durable.size() + gate.failed.size() >= call; }))
        ::_exit(7);
      if (log_size(folder.file()) > 32u << 20) ::_exit(4);
    }
    ::_exit(gate.failed.empty() ? 0 : 3);
  };
  { const Gate make(folder.file()); }
  const pid_t reader = in_child([&] {
    for (;;) {
      const auto history = History::open(folder.file());
      if (history) [[maybe_unused]]
        const auto page = (*history)->list({});
    }
  });
  const pid_t first = in_child(writer), second = in_child(writer);
  CHECK(exit_of(first) == 0);
  CHECK(exit_of(second) == 0);
  ::kill(reader, SIGKILL);
  exit_of(reader);
  CHECK(log_size(folder.file()) <= 32u << 20);
}

TEST_CASE("a reader that keeps its transaction open does not stop the writer") {
  const Folder folder;
  Gate gate(folder.file());
  gate.recorder->append(started(1));
  gate.flush();
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open_v2(folder.file().c_str(), &db, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db, "begin; select count(*) from event", nullptr, nullptr, nullptr) ==
          SQLITE_OK);
  const std::string text(20'000, 'x');
  for (CallNumber call = 2; call <= 1001; ++call) {
    gate.recorder->append(started(call, std::to_string(call) + text));
    if (call % 50 == 0) CHECK(gate.turn_until([&] { return gate.durable.size() == call; }));
  }
  CHECK(gate.settle());
  CHECK(gate.failed.empty());
  sqlite3_close(db);
}

TEST_CASE("the store's thread waits for a lock that another process holds") {
  const Folder folder;
  Gate gate(folder.file());
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(folder.file().c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "begin immediate", nullptr, nullptr, nullptr) == SQLITE_OK);
  gate.recorder->append(started(1));
  gate.flush();
  CHECK(gate.durable.empty());
  CHECK(gate.failed.empty());
  REQUIRE(sqlite3_exec(other, "commit", nullptr, nullptr, nullptr) == SQLITE_OK);
  CHECK(gate.turn_until([&] { return gate.durable.size() == 1; }));
  sqlite3_close(other);
}

TEST_CASE(
    "a call fails if another process keeps the lock, and its row is written when the lock is "
    "free") {
  const Folder folder;
  Gate gate(folder.file());
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(folder.file().c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "begin immediate", nullptr, nullptr, nullptr) == SQLITE_OK);
  gate.recorder->append(started(1));
  CHECK(gate.turn_until([&] { return gate.failed.size() == 1; }));
  CHECK(gate.failed[1].code == "record.locked");
  CHECK(gate.recorder->failure()->code == "record.locked");
  REQUIRE(sqlite3_exec(other, "commit", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(other);
  CHECK(gate.settle());
  CHECK(gate.durable.empty());  // the failure was reported, so the success is not
  CHECK_FALSE(gate.recorder->failure());
  CHECK(look(folder.file(), "select count(*) from event") == "1");
}
