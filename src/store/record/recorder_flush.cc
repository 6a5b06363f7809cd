// What the recorder does at the end of a turn of the loop. It decides which queued rows it commits
// now, which may wait for the next call's commit, and which the store's thread commits.
#include <algorithm>

#include "recorder_impl.h"

namespace callgate {

namespace {

constexpr Millis kRide{5};    // how long the end of a call waits for the next call's commit
constexpr Millis kLazy{100};  // how long any event waits with durability "lazy"
constexpr size_t kLazyRows = 256;
// The loop's thread commits at most this at once. The store's thread commits larger queues.
constexpr size_t kInlineBytes = size_t{256} << 10;
// A queue larger than this is committed at once, because it would make the next call's commit slow.
constexpr size_t kHeavy = size_t{128} << 10;
constexpr size_t kInlineRows = 1024;
// The limits of one transaction. Together with kLogLimit they limit the size of the write-ahead
// log.
constexpr size_t kChunkBytes = size_t{4} << 20;
constexpr size_t kChunkRows = 4096;
// The record's size is checked after this many bytes of rows were written, or after this fraction
// of its size limit (1/64), whichever is more.
constexpr uint64_t kGrowth = uint64_t{4} << 20;
constexpr uint64_t kGrowthPart = 64;
constexpr Millis kRetryFirst{100}, kRetryLast{1000};
// How long a commit on the store's thread waits for another process to release its lock on the
// record: the first time, and when it is tried again after a failure.
constexpr Millis kBusyLimit{2000};
constexpr Millis kBusyAgain{100};
constexpr Millis kMarkRest{10};  // the read mark is released after this time without a commit

// Returns the shorter time. Zero means never.
Millis sooner(Millis a, Millis b) {
  return a == Millis{0} || b == Millis{0} ? std::max(a, b) : std::min(a, b);
}

}  // namespace

Flushed Recorder::Impl::flush() {
  const Millis again = commit_due();
  return {.recorded = std::exchange(recorded, {}), .again = again};
}

// Makes the commits that are due. Returns when the caller must call again (see Flushed::again).
Millis Recorder::Impl::commit_due() {
  while (!lent && !off()) {
    const auto now = Clock::now();
    Millis wait{0};
    copier.log_grew(writer->log_bytes());
    if (writer->checkpoint_due()) {
      lend_checkpoint();
    } else if (due(now, wait)) {
      fits_inline() ? commit_inline(now) : lend_commit();
    } else if (retention) {
      lend_retention();
    } else {
      return rest(now, sooner(wait, filed.empty() && !failure ? filer->look(now) : Millis{0}));
    }
  }
  return Millis{0};  // the store's thread wakes the loop when it has finished
}

// Releases the read mark (see ReadMark) if there was no commit for kMarkRest, so that an idle gate
// process blocks no checkpoint. Otherwise returns when the loop must call again to do so.
Millis Recorder::Impl::rest(Clock::time_point now, Millis wait) {
  if (!writer->keeps_mark()) return wait;
  const auto until = last_commit + kMarkRest;
  if (now >= until) {
    writer->give_back_mark();
    return wait;
  }
  return sooner(wait, std::chrono::ceil<Millis>(until - now));
}

bool Recorder::Impl::due(Clock::time_point now, Millis& wait) const {
  wait = Millis{0};
  if (queue.empty() && filed.empty()) return false;
  if (waiting > 0) return true;
  const Clock::time_point since = queue.empty() ? filed_at : oldest;
  Clock::time_point at = since + kRide;
  if (options.durability == Durability::Lazy) at = queue.size() >= kLazyRows ? now : since + kLazy;
  if (queued_bytes > kHeavy) at = now;
  if (failure) at = std::max(at, retry_at);
  if (at <= now) return true;
  wait = std::chrono::duration_cast<Millis>(at - now) + Millis{1};
  return false;
}

bool Recorder::Impl::fits_inline() const {
  return options.durability == Durability::Before && !failure && !contended &&
         queued_bytes <= kInlineBytes && queue.size() <= kInlineRows;
}

void Recorder::Impl::take_chunk() {
  chunk.clear();
  size_t bytes = 0;
  while (!queue.empty() && chunk.size() < kChunkRows &&
         (bytes == 0 || bytes + queue.front().bytes <= kChunkBytes)) {
    PendingRow& row = queue.front();
    bytes += row.bytes;
    if (!row.reported && waiter_of(row.event)) --waiting;
    chunk.push_back(std::move(row));
    queue.pop_front();
  }
  working = chunk.size();
  working_filed = std::exchange(filed, {});
}

// Keeps the filer's rows for the next commit. If no call is made, they are written after kRide, as
// the ends of calls are.
void Recorder::Impl::take_filed(FiledBatch batch) {
  filed = std::move(batch);
  filed_at = Clock::now();
}

// Keeps the read mark only if the commit has the start of a call and the previous commit was less
// than kMarkRest ago, because only then a further commit will probably follow at once.
void Recorder::Impl::commit_inline(Clock::time_point now) {
  const bool busy = waiting > 0 && now - last_commit < kMarkRest;
  take_chunk();
  const Gap written = gap;
  const auto after = busy ? ReadMark::Keep : ReadMark::GiveBack;
  committed(writer->commit(chunk, working_filed, written, after), written);
}

void Recorder::Impl::lend_commit() {
  take_chunk();
  lent = true;
  const Millis patience = failure ? kBusyAgain : kBusyLimit;
  thread.run_next([this, patience, written = gap]() -> StoreThread::Task {
    writer->patience().until = Clock::now() + patience;
    const Status status = writer->commit(chunk, working_filed, written, ReadMark::GiveBack);
    writer->patience().until = {};
    return [this, status, written] {
      lent = false;
      // committed() excuses "record.locked" once, if `contended` is false, so that the store's
      // thread can wait for the lock. Here it has waited, so the error counts.
      contended = true;
      committed(status, written);
      contended = false;
    };
  });
}

void Recorder::Impl::committed(Status status, Gap written) {
  working = 0;
  const size_t rows = chunk.size();
  if (status) {
    working_filed = {};
    for (const PendingRow& row : chunk) {
      queued_bytes -= row.bytes;
      grown += row.bytes;
      if (const auto* end = std::get_if<CallFinished>(&row.event)) filer->ended(end->call);
      if (const auto* skipped = std::get_if<CallSkipped>(&row.event)) filer->ended(skipped->call);
      if (row.reported) continue;
      if (const auto waiter = waiter_of(row.event)) recorded.push_back(*waiter);
    }
    chunk.clear();
    gap.events -= written.events;
    failure.reset();
    back_off = Millis{0};
    last_commit = Clock::now();
    if (rows > 0) oldest = last_commit;
    return bound_growth();
  }
  for (auto row = chunk.rbegin(); row != chunk.rend(); ++row) {
    if (!row->reported && waiter_of(row->event)) ++waiting;
    queue.push_front(std::move(*row));
  }
  chunk.clear();
  if (!working_filed.empty()) filed = std::exchange(working_filed, {});
  if (status.error().code == "record.locked" && !contended) {
    contended = true;  // not a failure yet; the next try is on the store's thread, which waits
    return;
  }
  failed(status.error());
}

// Starts retention if much was written since the last check of the record's size. The gate calls
// retain() only once a minute, and a flood of calls may write more than the size limit in a second.
void Recorder::Impl::bound_growth() {
  if (keep_bytes == 0 || grown < std::max(kGrowth, keep_bytes / kGrowthPart)) return;
  grown = 0;
  if (!retention) retention = RetentionPlan{std::nullopt, keep_bytes};
}

// Handles a failed commit. The rows stay in the queue in their order, and the recorder tries again
// later. The calls and answers that wait for these rows get the error now.
void Recorder::Impl::failed(const Error& error) {
  failure = error;
  back_off = back_off == Millis{0} ? kRetryFirst : std::min(back_off * 2, kRetryLast);
  retry_at = Clock::now() + back_off;
  for (PendingRow& row : queue) {
    if (row.reported) continue;
    if (auto waiter = waiter_of(row.event)) {
      row.reported = true;
      waiter->failure = error;
      recorded.push_back(std::move(*waiter));
    }
  }
  waiting = 0;
}

void Recorder::Impl::lend_checkpoint() {
  lent = true;
  thread.run_next([this]() -> StoreThread::Task {
    // The error is ignored: checkpoint() has then increased the size at which it is tried again,
    // and if the disk is broken, the next commit reports it.
    [[maybe_unused]] const Status status = writer->checkpoint();
    return [this] { lent = false; };
  });
}

void Recorder::Impl::lend_retention() {
  lent = true;
  thread.run_next([this, plan = *retention]() -> StoreThread::Task {
    writer->give_back_mark();
    writer->patience().until = Clock::now() + kBusyAgain;
    const auto now =
        std::chrono::duration_cast<Micros>(std::chrono::system_clock::now().time_since_epoch());
    const auto step = drop_bodies(writer->database(), writer->path(), plan, writer->run(), now);
    writer->patience().until = {};
    const bool more = step && step->more;
    return [this, more] {
      lent = false;
      if (!more) retention.reset();  // even after an error, since the next retain() tries again
    };
  });
}

}  // namespace callgate
