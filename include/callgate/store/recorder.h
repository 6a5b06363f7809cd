// Writes the record: SQLite in WAL mode. Small commits are made on the loop's thread, the rest on a
// thread of the recorder.
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
/// Masks JSON text. `keep` is how many bytes of it will be kept, so text far beyond that need not
/// be read. Any thread.
using Masker = std::function<MaskedText(std::string_view json, size_t keep)>;

struct RunInfo {
  int64_t pid = 0;
  /// Start time as the system reports it; with boot_id it identifies a process for ever.
  std::string pid_start;
  std::string boot_id;
  std::string version;  ///< of callgate
  std::string uuid;     ///< as in the children's CALLGATE_RUN
  std::string config;   ///< path of the configuration
};

struct RecorderOptions {
  std::string path;
  Durability durability = Durability::Before;
  size_t body_limit = 256 * 1024;
  /// The limit for bytes that wait for the disk. Beyond it events are dropped and counted, and
  /// calls fail.
  size_t queue_limit = size_t{256} << 20;
  Masker masker;            ///< empty: nothing is masked
  uint64_t keep_bytes = 0;  ///< the size limit until retain() is called; 0: none
};

/// One per gate process. Several processes may write to one file. Used on the loop's thread.
class Recorder {
 public:
  /// Opens or creates the file (0600), migrates it, registers this run, and marks unfinished calls
  /// of runs that are proven dead as lost. `post` must run a task on the loop's thread; the
  /// recorder calls it from any thread. Errors, each with what to do next: "record.newer",
  /// "record.corrupt", "record.not_ours", "record.full", "record.read_only", "record.locked",
  /// "record.open".
  static Result<std::unique_ptr<Recorder>> open(RecorderOptions options, RunInfo run, Micros now,
                                                std::function<void(std::function<void()>)> post);
  /// Writes what is pending (for at most 2 s) and closes the run.
  ~Recorder();

  /// Sets the callbacks for a CallStarted, which are called on the loop: the event is durable as
  /// `durability` requires, or it failed with the given reason.
  void on_durable(std::function<void(CallNumber)> callback);
  void on_failed(std::function<void(CallNumber, const Error&)> callback);
  /// Sets the callback for a QuestionAnswered; the error is null when the event is durable.
  void on_answer(std::function<void(QuestionNumber, const Error*)> callback);

  /// Queues an event. Never blocks and never fails. The bytes of its bodies must not change.
  void append(RecordEvent event);
  /// Commits what waits. To be called at the end of each turn; it may call on_durable's callback.
  /// Returns after how long to call again at the latest, even if nothing else happens (zero: no
  /// need).
  Millis flush();
  /// The number of events that are not on disk yet, for status lines.
  size_t lag() const;
  /// Why the last commit failed; empty if one has succeeded since then.
  std::optional<Error> failure() const;

  /// This run's number; 0 with Durability::Off.
  uint32_t run() const;
  /// The uuids of the runs that open() found dead. Processes that they left behind may be ended.
  const std::vector<std::string>& dead_runs() const;
  void set_masker(Masker masker);
  /// Frees space. Drops the bodies of calls older than `days` (0: no limit of age), and then the
  /// oldest bodies until the file is smaller than `bytes` (0: no limit of size). The size is
  /// checked again whenever much has been written. Calls whose bodies are dropped stay, with a
  /// tombstone. Runs on the store's thread in small steps.
  void retain(int days, uint64_t bytes);

 private:
  struct Impl;
  explicit Recorder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
  uint32_t run_ = 0;
  std::vector<std::string> dead_runs_;
};

/// True if a process with this pid, start time and boot id runs now. Used to prove runs dead.
bool process_lives(int64_t pid, const std::string& pid_start, const std::string& boot_id);
/// {start time of `pid`, boot id}, as process_lives() compares them.
std::pair<std::string, std::string> process_identity(int64_t pid);

}  // namespace callgate
