// Files calls that have ended, a stretch at a time: reads them beside the commits, on a thread and
// a connection of its own, and hands rows back that ride in a commit as any other. So filing takes
// no lock, and costs the loop one more row in some hundred calls.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "callgate/base/time.h"
#include "filed.h"
#include "filed_source.h"
#include "thread.h"

namespace callgate {

/// Loop's thread. Failures are silent: what is not filed is read from its own rows, and the next
/// gate process files what this one could not.
class Filer {
 public:
  using Clock = std::chrono::steady_clock;
  using Done = std::function<void(FiledBatch)>;
  Filer(std::string path, uint32_t run, std::function<void(StoreThread::Task)> post, Done done);
  ~Filer();
  /// Its end is in the record.
  void ended(CallNumber call);
  /// Starts reading what is to be filed next, if nothing is being read: this run's full stretches,
  /// then those of runs that are over. To be called when no call waits; `done` has the batch, which
  /// must be committed before the next is asked for. The answer is when to call again at the latest
  /// (zero: no need).
  Millis look(Clock::time_point now);

 private:
  // The thread's half.
  struct Reader {
    std::string path;
    Patience patience;
    DatabasePtr db;
    FiledSource source;
    bool asked = false;         // for runs that are over
    std::deque<uint32_t> over;  // not filed whole yet, newest first
    CallNumber from = 0;        // in the first of them
  };
  struct Found {
    FiledBatch batch;
    bool more = false;
  };
  Found next(const std::vector<CallNumber>& own, size_t rows);
  void close();
  static Status open(Reader& reader);
  static Status find_runs(Reader& reader);
  Status read_own(CallNumber stretch, Found& found);
  Status read_over(size_t rows, Found& found);

  uint32_t run_;
  Done done_;
  std::map<CallNumber, CallNumber> ended_;  // calls of a stretch that have ended
  std::deque<CallNumber> full_;
  bool reading_ = false, backlog_ = true;
  bool open_ = false;           // the reader has a connection
  Clock::time_point last_{};    // when something was read
  Clock::time_point called_{};  // when a call ended last
  std::atomic<bool> ending_ = false;
  std::unique_ptr<Reader> reader_;  // the thread's while `reading_`
  StoreThread thread_;              // last: its end comes first
};

}  // namespace callgate
