// Writes the record, which is an SQLite database in WAL mode. The loop's thread makes small commits
// itself, and a thread of the recorder makes the large ones.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/record/durability.h"
#include "callgate/record/events.h"

namespace callgate {

struct MaskedText {
  std::string text;     ///< not used if nothing was masked
  uint32_t masked = 0;  ///< the number of strings in `text` that were masked
};
/// Masks JSON text. `keep` is how many bytes at the start of the result the caller will keep; the
/// masker need not read text far beyond them. Any thread.
using Masker = std::function<MaskedText(std::string_view json, size_t keep)>;

struct RunInfo {
  int64_t pid = 0;
  /// Start time of the process as the system reports it. Together with `pid` and `boot_id` it
  /// identifies the process for ever, although the system reuses pids.
  std::string pid_start;
  std::string boot_id;
  std::string version;  ///< of callgate
  std::string uuid;     ///< the children get the same one in their variable CALLGATE_RUN
  std::string config;   ///< path of the configuration file
};

struct RecorderOptions {
  std::string path;
  Durability durability = Durability::Before;
  size_t body_limit = 256 * 1024;
  /// How many bytes of events may wait for the disk. While more wait, the recorder drops and counts
  /// new events, and calls whose start it drops fail.
  size_t queue_limit = size_t{256} << 20;
  Masker masker;            ///< empty: nothing is masked
  uint64_t keep_bytes = 0;  ///< the record's size limit until retain() is called; 0: no limit
};

/// A call, or an answer to a question, whose row was written or could not be written. One of
/// the two numbers is 0.
struct Recorded {
  CallNumber call = 0;
  QuestionNumber answer = 0;
  std::optional<Error> failure;  ///< empty if the row is as durable as `durability` requires
};
struct Flushed {
  /// Everything that has become durable or has failed since the last flush().
  std::vector<Recorded> recorded;
  /// After how long the caller must call flush() again even if nothing else happens; zero: no need.
  Millis again{};
};

/// One per gate process. Several processes may write to one file. Used on the loop's thread.
class Recorder {
 public:
  /// Opens or creates the file (0600), migrates it, registers this run, and marks unfinished calls
  /// of runs that are proven dead as lost. `post` must run the given task on the loop's thread; the
  /// recorder calls it from any thread. Errors, each with what to do next: "record.newer",
  /// "record.corrupt", "record.not_ours", "record.full", "record.read_only", "record.locked",
  /// "record.open".
  static Result<std::unique_ptr<Recorder>> open(RecorderOptions options, RunInfo run, Micros now,
                                                std::function<void(std::function<void()>)> post);
  /// Writes the events that are not on disk yet (for at most 2 s) and ends the run.
  ~Recorder();

  /// Queues an event to be written by flush(). Never blocks and never fails. The caller must not
  /// change the bytes of the event's bodies afterwards.
  void append(RecordEvent event);
  /// Commits queued events, or has the store's thread commit them. The caller must call this at the
  /// end of each turn of the loop. Returns the calls (CallStarted) and answers (QuestionAnswered)
  /// that need not wait any longer.
  Flushed flush();
  /// The number of events that are not on disk yet, for status lines.
  size_t lag() const;
  /// Why the last commit failed; empty if it succeeded.
  std::optional<Error> failure() const;

  /// This run's number in the record; 0 with Durability::Off.
  uint32_t run() const;
  /// A number that differs for each record, also if a file replaces another one; 0: no record.
  uint64_t identity() const { return identity_; }
  /// The uuids of the runs whose gate process open() found dead. The caller may end the children
  /// that those gate processes left running.
  const std::vector<std::string>& dead_runs() const;
  void set_masker(Masker masker);
  /// Frees space. Drops the bodies of calls older than `days` (0: no limit of age), and then the
  /// oldest bodies until the file is smaller than `bytes` (0: no limit of size). The recorder
  /// checks the size again by itself after each 4 MiB that it writes, or after each 64th of `bytes`
  /// if that is more. The rows of the calls stay, and a row in `tombstone` records what was
  /// dropped. Runs on the store's thread in small steps.
  void retain(int days, uint64_t bytes);

 private:
  struct Impl;
  explicit Recorder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
  uint32_t run_ = 0;
  uint64_t identity_ = 0;
  std::vector<std::string> dead_runs_;
};

}  // namespace callgate
