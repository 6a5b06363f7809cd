#include "log_copier.h"

namespace callgate {

namespace {
constexpr uint64_t kStep = uint64_t{2} << 20;  // a copy starts after this many new bytes in the log
// No copy of the log into the database starts when the log is larger than this. At 8 MiB
// (kLogLimit) the recorder makes its own checkpoint, which would have to wait for the copy.
constexpr uint64_t kLast = uint64_t{7} << 20;
}  // namespace

LogCopier::LogCopier(std::string path, std::function<void(StoreThread::Task)> post)
    : path_(std::move(path)), thread_(std::move(post)) {}

void LogCopier::log_grew(uint64_t bytes) {
  if (bytes < copied_) copied_ = 0;  // after a checkpoint, SQLite writes the log from its start
  if (running_ || bytes < copied_ + kStep || bytes > kLast) return;
  copied_ = bytes;
  running_ = true;
  thread_.run([this]() -> StoreThread::Task {
    copy();
    return [this] { running_ = false; };
  });
}

void LogCopier::copy() {
  if (!db_) {
    auto db = open_database(path_, OpenMode::Write, &patience_);
    if (!db) return;
    db_ = std::move(*db);
    // The connection has to read something (here: user_version) before it finds out that there is a
    // log.
    if (!execute(db_.get(), path_,
                 "pragma wal_autocheckpoint = 0; pragma cache_size = 16"
                 "; pragma user_version"))
      return db_.reset();
  }
  sqlite3_wal_checkpoint_v2(db_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

}  // namespace callgate
