// Writes the record: SQLite in WAL mode, small commits inline, the rest on a thread of its own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/record/events.h"

namespace callgate {

enum class Durability { Off, Lazy, Before, Fsync };

struct MaskedText {
  std::string text;
  uint32_t masked = 0;  ///< strings that were masked
};
/// Masks JSON text; `keep` is how many bytes of it will be kept, so nothing far behind need be
/// read. Any thread.
using Masker = std::function<MaskedText(std::string_view json, size_t keep)>;

struct RunInfo {
  int64_t pid = 0;
  std::string
      pid_start;  ///< start time as the system tells it; with boot_id it names a process for good
  std::string boot_id;
  std::string version;  ///< ours
  std::string uuid;     ///< as in the children's CALLGATE_RUN
  std::string config;   ///< path of the configuration
};

struct RecorderOptions {
  std::string path;
  Durability durability = Durability::Before;
  size_t body_limit = 256 * 1024;
  /// Bytes that wait for the disk; beyond, events are dropped and counted, and calls fail.
  size_t queue_limit = size_t{256} << 20;
  Masker masker;            ///< empty: nothing is masked
  uint64_t keep_bytes = 0;  ///< the bound of retain() until that is called; 0: none
};

/// One per gate process; several processes may write one file. Lives on the loop's thread.
class Recorder {
 public:
  /// Opens or creates the file (0600) and migrates it, registers this run, and marks unfinished
  /// calls of runs proven dead as lost. `post` runs a task on the loop's thread and may be called
  /// from any. Errors, each with what to do next: "record.newer", "record.corrupt",
  /// "record.not_ours", "record.full", "record.read_only", "record.locked", "record.open".
  static Result<std::unique_ptr<Recorder>> open(RecorderOptions options, RunInfo run, Micros now,
                                                std::function<void(std::function<void()>)> post);
  /// Writes what is pending (at most 2 s), closes the run.
  ~Recorder();

  /// Called on the loop for each CallStarted: durable as `durability` says, or failed with the
  /// reason.
  void on_durable(std::function<void(CallNumber)> callback);
  void on_failed(std::function<void(CallNumber, const Error&)> callback);
  /// The same for each QuestionAnswered; the error is null when it is durable.
  void on_answer(std::function<void(QuestionNumber, const Error*)> callback);

  /// Never blocks, never fails by itself. The bytes of bodies must stay as they are.
  void append(RecordEvent event);
  /// To be called at the end of each turn: commits what waits. on_durable may come from within. The
  /// answer is when to call again at the latest though nothing else happens (zero: no need).
  Millis flush();
  /// Events not yet on disk, for status lines.
  size_t lag() const;
  /// Why the last commit failed; empty once one has succeeded since.
  std::optional<Error> failure() const;

  /// This run's number; 0 with Durability::Off.
  uint32_t run() const;
  /// The uuids of the runs that open() found dead: what they left behind may be swept.
  const std::vector<std::string>& dead_runs() const;
  void set_masker(Masker masker);
  /// Hands back space: drops bodies older than `days` (0: any age) and, oldest first, until the
  /// file is below `bytes` (0: any size), which is looked at again whenever much has been written;
  /// calls without bodies stay, with a tombstone. Runs on the store's thread in small steps.
  void retain(int days, uint64_t bytes);

 private:
  struct Impl;
  explicit Recorder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
  uint32_t run_ = 0;
  std::vector<std::string> dead_runs_;
};

/// A process with this pid, start time and boot runs now. For proving runs dead.
bool process_lives(int64_t pid, const std::string& pid_start, const std::string& boot_id);
/// {start time of `pid`, boot id} as process_lives compares them.
std::pair<std::string, std::string> process_identity(int64_t pid);

}  // namespace callgate
