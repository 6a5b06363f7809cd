// Copies the write-ahead log into the database beside the commits (passive checkpoints), on a
// thread and a connection of its own: the checkpoint that commits have to wait for then finds
// little left to do.
#pragma once

#include <functional>
#include <string>

#include "sqlite.h"
#include "thread.h"

namespace callgate {

/// Loop's thread. Failures are silent: what is not copied here, the blocking checkpoint copies or
/// reports.
class LogCopier {
 public:
  LogCopier(std::string path, std::function<void(StoreThread::Task)> post);
  /// After each commit, with the log's size. Starts a copy when enough is new and none is running.
  void log_grew(uint64_t bytes);

 private:
  void copy();

  std::string path_;
  Patience patience_;
  DatabasePtr db_;  // the thread's, once it has started
  uint64_t copied_ = 0;
  bool running_ = false;
  StoreThread thread_;  // last: its end comes first
};

}  // namespace callgate
