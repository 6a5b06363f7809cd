#include "log_copier.h"

namespace callgate {

namespace {
constexpr uint64_t kStep = uint64_t{2} << 20;  // new bytes in the log that are worth a copy
// From this size on the blocking checkpoint is near, and a copy would be in its way.
constexpr uint64_t kLast = uint64_t{7} << 20;
}  // namespace

LogCopier::LogCopier(std::string path, std::function<void(StoreThread::Task)> post)
    : path_(std::move(path)), thread_(std::move(post)) {}

void LogCopier::log_grew(uint64_t bytes) {
  if (bytes < copied_) copied_ = 0;  // the log started over
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
    // The first read makes the connection notice that there is a log.
    if (!execute(db_.get(), path_,
                 "pragma wal_autocheckpoint = 0; pragma cache_size = 16"
                 "; pragma user_version"))
      return db_.reset();
  }
  sqlite3_wal_checkpoint_v2(db_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

}  // namespace callgate
