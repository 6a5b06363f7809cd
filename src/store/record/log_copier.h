// Copies the write-ahead log into the database with passive checkpoints, on its own thread and
// connection, while the recorder commits. The recorder's own checkpoint (RowWriter::checkpoint),
// during which no commit is possible, then has little left to copy.
#pragma once

#include <functional>
#include <string>

#include "store/sqlite/sqlite.h"
#include "thread.h"

namespace callgate {

/// Used on the loop's thread. Errors are not reported: RowWriter::checkpoint copies what this class
/// has not copied, and handles the error if it persists.
class LogCopier {
 public:
  LogCopier(std::string path, std::function<void(StoreThread::Task)> post);
  /// The recorder must call this after each commit with the log's size. Starts a copy if the log
  /// has enough new data and no copy is running.
  void log_grew(uint64_t bytes);

 private:
  void copy();

  std::string path_;
  Patience patience_;
  DatabasePtr db_;  // used only by thread_ until this object is destroyed
  uint64_t copied_ = 0;
  bool running_ = false;
  StoreThread thread_;  // last member, so that the thread ends first
};

}  // namespace callgate
