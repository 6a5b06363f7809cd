// The part of the recorder on the loop's thread: what waits, when it is written, and which thread
// has the connection.
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

/// A call, or the answer to a question, that waits until its row is durable.
struct Waiter {
  CallNumber call = 0;
  QuestionNumber answer = 0;
};
/// The call or answer that waits for this event to be durable; empty if none does.
std::optional<Waiter> waiter_of(const RecordEvent& event);

/// Everything here belongs to the loop's thread, except `writer`, the connection with its
/// statements. While `lent` is true, `writer` belongs to the store's thread and the loop does not
/// access it. StoreThread::run lends it and StoreThread::collect returns it, and their mutex orders
/// the accesses. So there is one connection, one order of rows, and no lock around them.
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
  Millis flush();
  void retain(RetentionPlan plan);
  void bound_growth();
  void close(Clock::time_point deadline);

  bool off() const { return options.durability == Durability::Off; }

  // append
  bool overflowed(const RecordEvent& event);
  void enqueue(PendingRow row);
  void prepare_on_thread(CallNumber call, RecordEvent event);
  void prepared(CallNumber call, PendingRow row);
  void route(RecordEvent event);

  // flush
  void tell();
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
  std::function<void(CallNumber)> durable = [](CallNumber) {};
  std::function<void(CallNumber, const Error&)> fail = [](CallNumber, const Error&) {};
  std::function<void(QuestionNumber, const Error*)> answer = [](QuestionNumber, const Error*) {};
  std::shared_ptr<const Masker> masker;  // shared with work that still uses an older masker
  std::unique_ptr<RowWriter> writer;
  std::unique_ptr<BodyKeeper> keeper;  // for the loop's thread
  std::unique_ptr<BodyKeeper> preparer_keeper;
  bool lent = false;

  std::deque<PendingRow> queue;
  size_t queued_bytes = 0;  // in the queue, in work and in preparation
  size_t waiting = 0;       // rows in the queue that a call or an answer waits for
  size_t working = 0;       // rows in the chunk
  std::vector<PendingRow> chunk;
  Clock::time_point oldest{};  // when the queue's first row was added
  Clock::time_point last_commit{};
  // Calls whose start or end is being masked on the thread, each with the events that came for it
  // since then: this keeps the order within a call.
  std::unordered_map<CallNumber, std::vector<RecordEvent>> preparing;

  std::vector<Waiter> told_durable;  // to be reported at the turn's end
  std::vector<std::pair<Waiter, Error>> told_failed;

  std::optional<Error> failure;  // why the last commit failed, until one succeeds
  bool contended = false;        // another process was writing during the last inline try
  std::chrono::milliseconds back_off{0};
  Clock::time_point retry_at{};
  Gap gap;
  std::optional<RetentionPlan> retention;
  // The size limit of retain(), which is also checked after much has been written.
  uint64_t keep_bytes;
  uint64_t grown = 0;               // bytes written since the last check
  FiledBatch filed, working_filed;  // waiting for its commit, and being committed; never both
  Clock::time_point filed_at{};

  LogCopier copier;
  // Masks large bodies and computes their digests at the same time as commits, which would
  // otherwise wait for that.
  StoreThread preparer;
  std::unique_ptr<Filer> filer;
  StoreThread thread;  // last member, so that it ends first, while the others still exist
};

}  // namespace callgate
