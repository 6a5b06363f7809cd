// The part of the recorder that writes rows into the file. All of it may block on the disk. Only
// one thread may use it at a time: the loop's thread, or the store's thread while
// Recorder::Impl::lent is true.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "bodies.h"
#include "callgate/store/recorder.h"
#include "store/filed/filed.h"
#include "store/filed/text_blocks.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite.h"

namespace callgate {

/// Events that were dropped while nothing could be written.
struct Gap {
  uint64_t events = 0;
  Micros first{}, last{};
  std::string reason;
};

/// Tracks the lowest call of this run that has no end yet, with one bit for each call. If this gate
/// process dies, the next one starts to look for lost calls there.
class OpenCalls {
 public:
  void ended(CallNumber call);
  CallNumber low() const { return low_; }

 private:
  CallNumber low_ = 1;
  std::vector<bool> ended_;  // for low_, low_ + 1 …
};

/// Whether a commit keeps its read mark, which is SQLite's shared lock on a position in the log. If
/// the mark is kept, the next commit need not set it again, which saves 4 of 6 calls of fcntl().
enum class ReadMark { Keep, GiveBack };

class RowWriter {
 public:
  /// Opens and migrates the record and registers the run. Waits up to 5 s for other processes.
  static Result<std::unique_ptr<RowWriter>> open(const RecorderOptions& options, const RunInfo& run,
                                                 Micros now);

  /// Writes the rows, the filed calls and the gap in one transaction: all of them or, on an error,
  /// none.
  Status commit(const std::vector<PendingRow>& rows, const FiledBatch& filed, const Gap& gap,
                ReadMark after);
  /// True while the connection has a read mark. No checkpoint of any gate process can pass a read
  /// mark, so it may be kept only while commits follow each other closely.
  bool keeps_mark() const { return marked_; }
  void give_back_mark();
  /// Copies the log into the database, so that the next commit writes the log from its start. Waits
  /// for readers, but only briefly, because no process can write during this time.
  Status checkpoint();
  uint64_t log_bytes() const { return log_bytes_; }
  bool checkpoint_due() const { return log_bytes_ >= checkpoint_at_; }
  Status close_run(Micros now);

  uint32_t run() const { return run_; }
  const std::string& wire_key() const { return wire_key_; }
  const std::vector<std::string>& dead_runs() const { return dead_runs_; }
  Patience& patience() { return *patience_; }
  sqlite3* database() { return db_.get(); }
  const std::string& path() const { return path_; }

 private:
  RowWriter() = default;
  Status set_up(const RecorderOptions& options, const RunInfo& run, Micros now);
  Status prepare();
  Status register_run(const RunInfo& run, Micros now);
  Status bury(uint32_t run, CallNumber low, Micros now);
  Status in_transaction(ReadMark after, const std::function<int()>& body);
  int begin();
  int end(ReadMark after);
  int write(const PendingRow& row);
  int write(const SessionOpened& event, const KeptBody& body);
  int write(const SessionClosed& event, const KeptBody& body);
  int write(const ServerSeen& event, const KeptBody& body);
  int write(const CallStarted& event, const KeptBody& body);
  int write(const CallFinished& event, const KeptBody& body);
  int write(const Question& event, const KeptBody& body);
  int write(const QuestionAnswered& event, const KeptBody& body);
  int write(const FindingRaised& event, const KeptBody& body);
  int write(const DeadEndChanged& event, const KeptBody& body);
  int write(const CallSkipped& event, const KeptBody& body);
  int write(const LateAnswer& event, const KeptBody& body);
  int write(const RetriesEnded& event, const KeptBody& body);
  int write(const FiledBatch& batch);
  int write(const Gap& gap);
  int write_text_blocks();
  int write_low();
  int payload(const KeptBody& body, Micros at, int64_t& id);
  int target(const CallStarted& event, int64_t& id);
  int ruling(Permission permission, const std::string& rule, const std::string& because,
             int64_t& id);
  int item(const DataItem& touch, int64_t& id);
  int find_or_add_item(const DataItem& touch, int64_t& id);
  /// Binds the column `touched`; binds null if `touches` is empty.
  int bind_touches(Statement::Use& row, const std::vector<DataItem>& touches);
  /// Binds the column `seen`.
  void bind_facts(Statement::Use& row, const std::optional<AnswerFacts>& facts, bool body_tells);
  int notice_prunes();
  void forget_ids();

  struct DigestHash {
    size_t operator()(const Digest& d) const;
  };
  struct KnownPayload {
    int64_t id;
    Micros at;
  };

  std::string path_, wire_key_;
  uint32_t run_ = 0;
  std::vector<std::string> dead_runs_;
  // Must outlive db_, which has a pointer to it; so the object's address must not change, either.
  std::unique_ptr<Patience> patience_ = std::make_unique<Patience>();
  DatabasePtr db_;
  Statement begin_, commit_, rollback_, session_, session_end_, server_, target_, ruling_, started_,
      finished_, payload_, question_, answer_, late_answer_, retries_ended_, item_, item_found_,
      item_place_, finding_, dead_end_, dead_end_gone_, filed_, text_block_, run_filed_, gap_, low_,
      prunes_, mark_;
  std::unordered_map<std::string, int64_t> targets_, rulings_, items_, older_items_;
  std::unordered_map<Digest, KnownPayload, DigestHash> payloads_;
  std::string key_, touched_, facts_;  // buffers of single functions, reused to save allocations
  OpenCalls open_calls_;
  TextBlocks texts_;
  CallNumber written_low_ = 1;
  int64_t known_prunes_ = -1;
  uint32_t data_version_ = 0;
  uint64_t log_bytes_ = 0, checkpoint_at_ = 0;
  bool marked_ = false;        // the unfinished query mark_ holds the read mark
  uint64_t marked_bytes_ = 0;  // the size of the log when mark_ was started
  bool alone_ = false;         // no other process has committed since our last commit
};

}  // namespace callgate
