// Copies the write-ahead log into the database (passive checkpoints) on its own thread and
// connection, at the same time as commits. So the blocking checkpoint, which commits must wait for,
// has little left to do.
#pragma once

#include <functional>
#include <string>

#include "sqlite.h"
#include "thread.h"

namespace callgate {

/// Used on the loop's thread. Failures are silent: the blocking checkpoint copies what is not
/// copied here, or reports the error.
class LogCopier {
 public:
  LogCopier(std::string path, std::function<void(StoreThread::Task)> post);
  /// To be called after each commit with the log's size. Starts a copy when there is enough new
  /// data and no copy is running.
  void log_grew(uint64_t bytes);

 private:
  void copy();

  std::string path_;
  Patience patience_;
  DatabasePtr db_;  // belongs to the thread once that has started
  uint64_t copied_ = 0;
  bool running_ = false;
  StoreThread thread_;  // last member, so that it ends first
};

}  // namespace callgate
