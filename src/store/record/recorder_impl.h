// The recorder's data on the loop's thread: the rows that wait, when they must be written, and
// which thread may use the connection to the record.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "bodies.h"
#include "callgate/store/recorder.h"
#include "filer.h"
#include "log_copier.h"
#include "retention.h"
#include "thread.h"
#include "writer.h"

namespace callgate {

/// Returns the call or answer that waits until `event` is durable; nullopt if none does.
std::optional<Recorded> waiter_of(const RecordEvent& event);

/// Everything here belongs to the loop's thread, except `writer`, which has the connection and its
/// statements. While `lent` is true, `writer` belongs to the store's thread and the loop does not
/// access it. StoreThread::run_next lends it and StoreThread::collect returns it, and their mutex
/// orders the accesses. So there is one connection, one order of rows, and no lock around them.
struct Recorder::Impl {
  using Clock = std::chrono::steady_clock;

  Impl(RecorderOptions o, std::function<void(std::function<void()>)> post)
      : options(std::move(o)),
        masker(std::make_shared<const Masker>(options.masker)),
        keep_bytes(options.keep_bytes),
        copier(options.path, post),
        preparer(post),
        thread(std::move(post)) {}

  void append(RecordEvent event);
  Flushed flush();
  void retain(RetentionPlan plan);
  void bound_growth();
  void close(Clock::time_point deadline);

  bool off() const { return options.durability == Durability::Off; }

  // Used by append().
  bool overflowed(const RecordEvent& event);
  void enqueue(PendingRow row);
  void prepare_on_thread(CallNumber call, RecordEvent event);
  void prepared(CallNumber call, PendingRow row);
  void route(RecordEvent event);

  // Used by flush().
  Millis commit_due();
  bool due(Clock::time_point now, Millis& wait) const;
  bool fits_inline() const;
  void take_chunk();
  void commit_inline(Clock::time_point now);
  Millis rest(Clock::time_point now, Millis wait);
  void lend_commit();
  void lend_checkpoint();
  void lend_retention();
  void take_filed(FiledBatch batch);
  void committed(Status status, Gap written);
  void failed(const Error& error);

  RecorderOptions options;
  // Shared, because the preparer's thread may still use the previous masker after set_masker().
  std::shared_ptr<const Masker> masker;
  std::unique_ptr<RowWriter> writer;
  std::unique_ptr<BodyKeeper> keeper;  // for the loop's thread
  std::unique_ptr<BodyKeeper> preparer_keeper;
  bool lent = false;

  std::deque<PendingRow> queue;
  size_t queued_bytes = 0;  // of rows in `queue` and `chunk`, and of events in `preparing`
  size_t waiting = 0;       // number of rows in `queue` for which a call or an answer waits
  size_t working = 0;       // number of rows in `chunk`, which are being committed
  std::vector<PendingRow> chunk;
  Clock::time_point oldest{};  // when the queue's first row was added
  Clock::time_point last_commit{};
  // The calls for which the preparer's thread is masking an event, each with the later events of
  // the call. These are handled afterwards, so that the events of a call stay in order.
  std::unordered_map<CallNumber, std::vector<RecordEvent>> preparing;

  std::vector<Recorded> recorded;  // what the next flush() returns

  std::optional<Error> failure;  // why the last commit failed, until one succeeds
  bool contended = false;        // the last commit on the loop's thread failed on another's lock
  std::chrono::milliseconds back_off{0};
  Clock::time_point retry_at{};
  Gap gap;
  std::optional<RetentionPlan> retention;
  // The size limit that was last passed to retain(). bound_growth() checks it, too.
  uint64_t keep_bytes;
  uint64_t grown = 0;  // bytes written since the last check
  // The filer's rows: `filed` waits for a commit, `working_filed` is being committed. At least one
  // of them is empty.
  FiledBatch filed, working_filed;
  Clock::time_point filed_at{};

  LogCopier copier;
  // Masks large bodies and computes their digests. Separate from `thread`, so that commits need not
  // wait for this.
  StoreThread preparer;
  std::unique_ptr<Filer> filer;
  StoreThread thread;  // last member, so that the thread ends first, while the others still exist
};

}  // namespace callgate
