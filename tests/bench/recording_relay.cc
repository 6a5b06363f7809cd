// bench_recording_relay: the simplest program to compare Callgate's record with. It copies lines,
// with one thread for each direction. Before it writes the lines of one read(), it commits a row
// for each line. So it keeps the same promise as Callgate, but the rows contain nothing useful.
//
//   bench_recording_relay DATABASE COMMAND [ARGUMENT...]
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "subprocess.h"

namespace {

constexpr size_t kBodyLimit = 256 * 1024;

class Rows {
 public:
  explicit Rows(const char* path) {
    check(sqlite3_open(path, &db_));
    run("PRAGMA journal_mode=WAL");
    run("PRAGMA synchronous=NORMAL");
    run("PRAGMA wal_autocheckpoint=2048");
    run("CREATE TABLE IF NOT EXISTS line(id INTEGER PRIMARY KEY, at INTEGER, way INTEGER, size "
        "INTEGER, body BLOB)");
    check(sqlite3_prepare_v2(db_, "INSERT INTO line(at,way,size,body) VALUES(?,?,?,?)", -1,
                             &insert_, nullptr));
    check(sqlite3_prepare_v2(db_, "BEGIN", -1, &begin_, nullptr));
    check(sqlite3_prepare_v2(db_, "COMMIT", -1, &commit_, nullptr));
  }

  /// Adds a row for each line of `lines` in one transaction. Each line ends with a newline. Any
  /// thread may call this.
  void add(int way, std::string_view lines) {
    const std::lock_guard lock(mutex_);
    step(begin_);
    for (size_t end; !lines.empty(); lines.remove_prefix(end + 1)) {
      end = lines.find('\n');
      add_line(way, lines.substr(0, end));
    }
    step(commit_);
  }

 private:
  void check(int code) {
    if (code == SQLITE_OK) return;
    fprintf(stderr, "bench_recording_relay: %s\n", sqlite3_errmsg(db_));
    exit(1);
  }
  void run(const char* sql) { check(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr)); }
  void add_line(int way, std::string_view line) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    sqlite3_bind_int64(insert_, 1,
                       std::chrono::duration_cast<std::chrono::microseconds>(now).count());
    sqlite3_bind_int(insert_, 2, way);
    sqlite3_bind_int64(insert_, 3, static_cast<sqlite3_int64>(line.size()));
    sqlite3_bind_blob(insert_, 4, line.data(), static_cast<int>(std::min(line.size(), kBodyLimit)),
                      SQLITE_STATIC);
    step(insert_);
  }
  void step(sqlite3_stmt* statement) {
    while (sqlite3_step(statement) == SQLITE_ROW) {
    }
    check(sqlite3_reset(statement));
  }

  std::mutex mutex_;
  sqlite3* db_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* begin_ = nullptr;
  sqlite3_stmt* commit_ = nullptr;
};

void copy(int way, int from, int to, Rows& rows) {
  std::string bytes;  // begins at the start of a line; the last line may be incomplete
  std::string chunk(256 * 1024, '\0');
  for (;;) {
    const ssize_t n = read(from, chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    const size_t had = bytes.size();
    bytes.append(chunk, 0, static_cast<size_t>(n));
    const size_t last = bytes.rfind('\n');
    if (last == std::string::npos || last < had) continue;
    rows.add(way, std::string_view(bytes).substr(0, last + 1));
    if (!bench::write_all(to, bytes.data(), last + 1)) break;
    bytes.erase(0, last + 1);
  }
  close(to);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  Rows rows(argv[1]);
  const bench::Subprocess child = bench::start(argv + 2);
  std::thread up([&rows, to = child.in] { copy(0, STDIN_FILENO, to, rows); });
  copy(1, child.out, STDOUT_FILENO, rows);
  _exit(bench::exit_status(child.pid));  // the thread `up` may still be in read()
}
