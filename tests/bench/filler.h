// A recorder without a gate: what programs that fill records share.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "callgate/store/recorder.h"

namespace callgate::bench {

Micros wall();

/// One run of a gate process; its loop turns whenever told to. One thread.
class Filler {
 public:
  /// Null, with the reason on stderr: it cannot be opened.
  static std::unique_ptr<Filler> open(const std::string& path, const std::string& uuid, Micros now);

  void append(RecordEvent event);
  /// Everything that was appended is durable. False, with the reason on stderr: it cannot be.
  bool turn();
  /// Turns until nothing has come for `quiet`: what was done is filed.
  bool settle(std::chrono::milliseconds quiet);
  uint32_t run() const { return recorder_->run(); }

 private:
  Filler() = default;
  /// False: none came within `wait`.
  bool run_one(std::chrono::milliseconds wait);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  uint64_t started_ = 0, durable_ = 0;
  bool failed_ = false;
  std::unique_ptr<Recorder> recorder_;
};

}  // namespace callgate::bench
