// Files calls that have ended, one stretch at a time (see filed.h). The filer reads the calls on
// its own thread and connection, while the recorder commits. It gives the packed rows to the
// recorder, which writes them with a later commit. So filing takes no lock, and costs the loop one
// more row for 512 calls.
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
#include "store/filed/filed.h"
#include "store/filed/filed_source.h"
#include "thread.h"

namespace callgate {

/// Used on the loop's thread. Errors are not reported, because nothing is lost: readers take calls
/// that are not filed from `event`, and the next gate process files them.
class Filer {
 public:
  using Clock = std::chrono::steady_clock;
  using Done = std::function<void(FiledBatch)>;
  Filer(std::string path, uint32_t run, std::function<void(StoreThread::Task)> post, Done done);
  ~Filer();
  /// The recorder must call this when the end of `call` is in the record.
  void ended(CallNumber call);
  /// Starts reading the calls to file next, unless a read is running: first stretches of this run
  /// in which all calls have ended, then stretches of runs that have ended. The recorder may call
  /// this only while no call waits for a commit. The filer passes the packed calls to `done`, and
  /// the recorder must commit them before it calls this again. Returns after how long it must call
  /// again at the latest (zero: no need).
  Millis look(Clock::time_point now);

 private:
  // The filer's thread uses this, the loop's thread does not.
  struct Reader {
    std::string path;
    Patience patience;
    DatabasePtr db;
    FiledSource source;
    bool asked = false;         // find_runs() has filled `over`
    std::deque<uint32_t> over;  // ended runs that are not completely filed yet, newest first
    CallNumber from = 0;        // the first call of over.front() that is not filed yet
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
  std::map<CallNumber, CallNumber> ended_;  // by stretch: the number of its calls that have ended
  std::deque<CallNumber> full_;
  bool reading_ = false, backlog_ = true;
  bool open_ = false;           // reader_ has a connection
  Clock::time_point last_{};    // when the last read was started
  Clock::time_point called_{};  // when the last call ended
  std::atomic<bool> ending_ = false;
  std::unique_ptr<Reader> reader_;  // used only by thread_ while reading_ is true
  StoreThread thread_;              // last member, so that the thread ends first
};

}  // namespace callgate
