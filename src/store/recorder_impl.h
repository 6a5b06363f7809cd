// The loop's half of the recorder: what waits, when it is written, and who has the connection.
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

/// What waits until its row is durable: a call, or the answer to a question.
struct Waiter {
  CallNumber call = 0;
  QuestionNumber answer = 0;
};
/// Who waits for that event to be durable; empty: nobody.
std::optional<Waiter> waiter_of(const RecordEvent& event);

/// Everything lives on the loop's thread. The one exception is `writer`, the connection with its
/// statements: while `lent` is true it belongs to the store's thread and the loop doesn't touch it.
/// It is lent by StoreThread::run and comes back by StoreThread::collect, whose mutex is the fence.
/// So there is one connection, one order of rows, and no lock around them.
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
  std::shared_ptr<const Masker> masker;  // shared with the work that still uses an older one
  std::unique_ptr<RowWriter> writer;
  std::unique_ptr<BodyKeeper> keeper;  // the loop's
  std::unique_ptr<BodyKeeper> preparer_keeper;
  bool lent = false;

  std::deque<PendingRow> queue;
  size_t queued_bytes = 0;  // in queue, in work and in preparation
  size_t waiting = 0;       // rows in the queue that a call or an answer waits for
  size_t working = 0;       // rows in a chunk
  std::vector<PendingRow> chunk;
  Clock::time_point oldest{};  // when the queue's first row came
  Clock::time_point last_commit{};
  // A call whose start or end is being masked on the thread, and what came for it since: order
  // within a call is kept.
  std::unordered_map<CallNumber, std::vector<RecordEvent>> preparing;

  std::vector<Waiter> told_durable;  // to be told at the turn's end
  std::vector<std::pair<Waiter, Error>> told_failed;

  std::optional<Error> failure;  // the last commit's, until one succeeds
  bool contended = false;        // the last inline try met another writer
  std::chrono::milliseconds back_off{0};
  Clock::time_point retry_at{};
  Gap gap;
  std::optional<RetentionPlan> retention;
  uint64_t keep_bytes;  // the bound of retain(), which is looked at when much was written, too
  uint64_t grown = 0;   // bytes written since it was looked at
  FiledBatch filed, working_filed;  // waits for its commit; is in a chunk. Never both
  Clock::time_point filed_at{};

  LogCopier copier;
  // Masks and digests large bodies: beside the commits, which would otherwise wait for them.
  StoreThread preparer;
  std::unique_ptr<Filer> filer;
  StoreThread thread;  // last: its end comes first, while all else is alive
};

}  // namespace callgate
