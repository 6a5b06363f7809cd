// Files calls that have ended, one stretch at a time. It reads them on its own thread and
// connection, at the same time as commits, and returns rows that are written with a later commit.
// So filing takes no lock, and costs the loop one more row in some hundred calls.
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

/// Used on the loop's thread. Failures are silent: calls that are not filed are read from their own
/// rows, and the next gate process files what this one could not.
class Filer {
 public:
  using Clock = std::chrono::steady_clock;
  using Done = std::function<void(FiledBatch)>;
  Filer(std::string path, uint32_t run, std::function<void(StoreThread::Task)> post, Done done);
  ~Filer();
  /// To be called when the call's end is in the record.
  void ended(CallNumber call);
  /// Starts reading the calls to file next, unless a read is running: this run's full stretches
  /// first, then those of runs that are over. To be called when no call waits. `done` gets the
  /// batch, which must be committed before this is called again. Returns after how long to call
  /// again at the latest (zero: no need).
  Millis look(Clock::time_point now);

 private:
  // The part that belongs to the thread.
  struct Reader {
    std::string path;
    Patience patience;
    DatabasePtr db;
    FiledSource source;
    bool asked = false;         // has looked for runs that are over
    std::deque<uint32_t> over;  // runs not completely filed yet, newest first
    CallNumber from = 0;        // where to continue in the first of them
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
  std::map<CallNumber, CallNumber> ended_;  // by stretch: how many of its calls have ended
  std::deque<CallNumber> full_;
  bool reading_ = false, backlog_ = true;
  bool open_ = false;           // the reader has a connection
  Clock::time_point last_{};    // when something was read last
  Clock::time_point called_{};  // when a call ended last
  std::atomic<bool> ending_ = false;
  std::unique_ptr<Reader> reader_;  // belongs to the thread while `reading_`
  StoreThread thread_;              // last member, so that it ends first
};

}  // namespace callgate
