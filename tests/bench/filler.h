// A recorder without a gate, for programs that fill a record.
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

/// Records like one run of a gate process. The caller turns the loop. For one thread only.
class Filler {
 public:
  /// Returns nullptr and writes the reason to stderr if the record cannot be opened.
  static std::unique_ptr<Filler> open(const std::string& path, const std::string& uuid, Micros now);

  void append(RecordEvent event);
  /// Waits until all appended events are durable. Returns false and writes the reason to stderr if
  /// that fails.
  bool turn();
  /// Turns the loop until no task has arrived for `quiet`. Then the work after the commits is done.
  bool settle(std::chrono::milliseconds quiet);
  uint32_t run() const { return recorder_->run(); }

 private:
  Filler() = default;
  /// Runs the next task. Returns false if none arrives within `wait`.
  bool run_one(std::chrono::milliseconds wait);
  /// Returns after how long it must be called again; zero: no need.
  Millis flush();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  uint64_t started_ = 0, durable_ = 0;
  bool failed_ = false;
  std::unique_ptr<Recorder> recorder_;
};

}  // namespace callgate::bench
