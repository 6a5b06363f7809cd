// The tests of the store share this: a temporary folder, and a recorder whose loop is a queue that
// the test empties.
#pragma once

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "callgate/store/history.h"
#include "callgate/store/identity.h"
#include "callgate/store/recorder.h"

namespace store_test {

using namespace callgate;
using Clock = std::chrono::steady_clock;

class Folder {
 public:
  Folder() {
    char name[] = "/tmp/callgate-store-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const std::string& name = "callgate.db") const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Replaces the loop: any thread may post, and the caller of run_one runs the posted tasks.
class Posts {
 public:
  void post(std::function<void()> task) {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    changed_.notify_all();
  }
  /// Returns false if nothing was posted within `wait`.
  bool run_one(std::chrono::milliseconds wait) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, wait, [this] { return !tasks_.empty(); })) return false;
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    return true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
};

inline RunInfo this_process() {
  RunInfo run;
  run.pid = ::getpid();
  const auto identity = process_identity(run.pid);
  run.pid_start = identity.first;
  run.boot_id = identity.second;
  run.version = "0.1.0";
  run.uuid = "run-" + std::to_string(run.pid);
  run.config = "/home/me/.config/callgate/config.json";
  return run;
}

inline Micros wall() {
  return std::chrono::duration_cast<Micros>(std::chrono::system_clock::now().time_since_epoch());
}

inline Body body(std::string text) {
  const auto owner = std::make_shared<const std::string>(std::move(text));
  return {owner, *owner};
}

inline CallStarted started(CallNumber call, const std::string& args = R"({"path":"/a"})",
                           Micros at = wall()) {
  CallStarted e;
  e.call = call;
  e.session = 1;
  e.at = at;
  e.server = "fs";
  e.tool = "read_file";
  e.exposed = "fs__read_file";
  e.era = "legacy";
  e.client_id = std::to_string(call);
  e.args = body(args);
  e.wire = e.args.bytes;
  return e;
}

inline CallFinished finished(CallNumber call, Outcome outcome = Outcome::Ok,
                             const std::string& result = R"({"content":[]})", Micros at = wall()) {
  CallFinished e;
  e.call = call;
  e.at = at;
  e.outcome = outcome;
  e.duration = std::chrono::microseconds(1500);
  if (!result.empty()) e.result = body(result);
  e.wire = e.result.bytes;
  return e;
}

inline SessionOpened session(SessionNumber number = 1) {
  SessionOpened e;
  e.session = number;
  e.at = wall();
  e.client_name = "claude-code";
  e.client_version = "2.0";
  e.process = {.pid = 77,
               .start = "4711",
               .exe = "/usr/bin/claude",
               .cwd = "/home/me/shop",
               .user = "me",
               .parents = {"70 /usr/bin/bash", "1 /sbin/init"}};
  e.profile = "reviewer";
  e.protocol = "2025-11-25";
  e.era = "legacy";
  return e;
}

struct Gate {
  Gate() = default;
  explicit Gate(RecorderOptions options) { open(std::move(options)); }
  explicit Gate(const std::string& path, Durability durability = Durability::Before,
                Micros now = wall()) {
    RecorderOptions options;
    options.path = path;
    options.durability = durability;
    open(options, this_process(), now);
  }
  void open(RecorderOptions options, RunInfo run = this_process(), Micros now = wall()) {
    auto opened = Recorder::open(std::move(options), run, now,
                                 [this](auto task) { posts.post(std::move(task)); });
    INFO((opened ? std::string() : opened.error().text()));
    REQUIRE(opened);
    use(std::move(*opened));
  }
  void use(std::unique_ptr<Recorder> opened) { recorder = std::move(opened); }
  Millis flush() {
    const Flushed flushed = recorder->flush();
    for (const Recorded& each : flushed.recorded) {
      if (each.failure)
        (each.answer != 0 ? failed_answers : failed)[each.call + each.answer] = *each.failure;
      else
        (each.answer != 0 ? answers : durable).push_back(each.call + each.answer);
    }
    return flushed.again;
  }
  /// Turns the loop until `done` returns true. Returns false after 60 s.
  bool turn_until(const std::function<bool()>& done) {
    const auto deadline = Clock::now() + std::chrono::seconds(60);
    for (;;) {
      Millis wait = flush();
      if (done()) return true;
      if (Clock::now() > deadline) return false;
      if (wait == Millis{0}) wait = Millis{50};
      posts.run_one(wait);
    }
  }
  bool settle() {
    return turn_until([this] { return recorder->lag() == 0; });
  }

  Posts posts;  // before the recorder, whose thread posts
  std::vector<CallNumber> durable;
  std::vector<QuestionNumber> answers;  // durable
  std::map<CallNumber, Error> failed;
  std::map<QuestionNumber, Error> failed_answers;
  std::unique_ptr<Recorder> recorder;
};

/// Reads the file without the store. Returns the first column of the first row as text.
inline std::string look(const std::string& path, const std::string& sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr) ==
          SQLITE_OK);
  sqlite3_busy_timeout(db, 5000);
  sqlite3_stmt* statement = nullptr;
  INFO(sql);
  REQUIRE(sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK);
  std::string text;
  const int rc = sqlite3_step(statement);
  CHECK((rc == SQLITE_ROW || rc == SQLITE_DONE));
  if (rc == SQLITE_ROW && sqlite3_column_text(statement, 0) != nullptr) {
    text = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
  }
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return text;
}

/// Makes a record of an earlier version of the schema.
inline void make_older(const std::string& path, int version) {
  if (version < 11) look(path, "alter table target drop column account");
  if (version < 10) look(path, "drop table retries_ended");
  if (version < 9) {
    look(path, "drop table late_answer");
    look(path, "alter table event drop column earlier");
  }
  if (version < 8) {
    for (const char* table : {"item_by_hash", "text_block"})
      look(path, std::string("drop table ") + table);
  }
  if (version < 7) look(path, "drop table answer");
  if (version < 6) {
    look(path, "drop table filed");
    look(path, "alter table run drop column filed");
  }
  if (version < 5) {
    for (const char* table : {"item", "finding", "finding_end", "dead_end"})
      look(path, std::string("drop table ") + table);
    for (const char* column :
         {"event drop column touched", "event drop column seen", "target drop column read_only"})
      look(path, std::string("alter table ") + column);
  }
  if (version < 4) {
    for (const char* column :
         {"client_start", "client_cwd", "client_user", "client_parents", "peer", "token"})
      look(path, std::string("alter table session drop column ") + column);
  }
  if (version < 3) look(path, "alter table event drop column rounds");
  if (version < 2) look(path, "drop table client_state");
  look(path, "pragma user_version = " + std::to_string(version));
}

/// Waits for a child's end. Returns its status, or 128 plus the number of the signal that ended it.
inline int exit_of(pid_t pid) {
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// The number of rows of a table, which a condition may follow.
inline std::string count(const std::string& path, const std::string& what) {
  return look(path, "select count(*) from " + what);
}

/// When the calls of a test begin.
constexpr Micros kBegin{1'700'000'000'000'000};

inline std::unique_ptr<History> reader(const std::string& path) {
  auto history = History::open(path);
  INFO((history ? std::string() : history.error().text()));
  REQUIRE(history);
  return std::move(*history);
}

}  // namespace store_test
