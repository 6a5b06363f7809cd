// The recorder's interface, and the way of an event from append() into the queue of rows that wait
// for a commit.
#include "callgate/store/recorder.h"

#include <algorithm>

#include "callgate/base/digest.h"
#include "recorder_impl.h"

namespace callgate {

namespace {

// The preparer's thread masks larger bodies and computes their digests; the loop's thread does this
// for all others.
constexpr size_t kInlineBody = size_t{32} << 10;
// With durability "lazy", calls do not wait for their rows. But while more than this number of
// bytes waits for a slow disk, calls wait as with "before".
constexpr size_t kLazyBytes = size_t{32} << 20;
constexpr std::chrono::seconds kClosePatience{2};

Micros wall_now() {
  return std::chrono::duration_cast<Micros>(std::chrono::system_clock::now().time_since_epoch());
}

// Returns the number of the call to which the event belongs, or 0.
CallNumber call_number(const RecordEvent& event) {
  if (const auto* started = std::get_if<CallStarted>(&event)) return started->call;
  if (const auto* finished = std::get_if<CallFinished>(&event)) return finished->call;
  if (const auto* found = std::get_if<FindingRaised>(&event)) return found->call;
  if (const auto* late = std::get_if<LateAnswer>(&event)) return late->call;
  return 0;
}

Micros time_of(const RecordEvent& event) {
  return std::visit([](const auto& e) { return e.at; }, event);
}

}  // namespace

std::optional<Recorded> waiter_of(const RecordEvent& event) {
  if (const auto* started = std::get_if<CallStarted>(&event))
    return Recorded{.call = started->call};
  if (const auto* answered = std::get_if<QuestionAnswered>(&event))
    return Recorded{.answer = answered->number};
  return std::nullopt;
}

void Recorder::Impl::append(RecordEvent event) {
  if (off()) {
    if (const auto waiter = waiter_of(event)) recorded.push_back(*waiter);
    return;
  }
  if (overflowed(event)) return;
  route(std::move(event));
}

bool Recorder::Impl::overflowed(const RecordEvent& event) {
  if (queued_bytes <= options.queue_limit) return false;
  const Error reason =
      failure.value_or(Error{"record.behind", "the disk is too slow for the record of these calls",
                             "make fewer or smaller calls"});
  if (gap.events++ == 0) gap.first = time_of(event);
  gap.last = time_of(event);
  gap.reason = reason.message;
  if (auto waiter = waiter_of(event)) {
    waiter->failure = reason;
    recorded.push_back(std::move(*waiter));
  }
  return true;
}

void Recorder::Impl::route(RecordEvent event) {
  const CallNumber call = call_number(event);
  if (call != 0) {
    if (const auto busy = preparing.find(call); busy != preparing.end()) {
      queued_bytes += body_bytes(event);
      busy->second.push_back(std::move(event));
      return;
    }
  }
  if (body_bytes(event) > kInlineBody) {
    prepare_on_thread(call, std::move(event));
  } else {
    enqueue(keeper->keep(std::move(event), masker));
  }
}

void Recorder::Impl::prepare_on_thread(CallNumber call, RecordEvent event) {
  const size_t bytes = body_bytes(event);
  queued_bytes += bytes;
  if (call != 0) preparing.try_emplace(call);
  preparer.run(
      [this, call, bytes, mask = masker, e = std::move(event)]() mutable -> StoreThread::Task {
        // A shared_ptr, because std::function requires that the Task below can be copied.
        auto row = std::make_shared<PendingRow>(preparer_keeper->keep(std::move(e), mask));
        return [this, call, bytes, row] {
          queued_bytes -= bytes;
          prepared(call, std::move(*row));
        };
      });
}

void Recorder::Impl::prepared(CallNumber call, PendingRow row) {
  enqueue(std::move(row));
  const auto busy = preparing.find(call);
  if (call == 0 || busy == preparing.end()) return;
  std::vector<RecordEvent> later = std::move(busy->second);
  preparing.erase(busy);
  for (RecordEvent& event : later) {
    queued_bytes -= body_bytes(event);
    route(std::move(event));
  }
}

void Recorder::Impl::enqueue(PendingRow row) {
  if (queue.empty()) oldest = Clock::now();
  queued_bytes += row.bytes;
  if (const auto waiter = waiter_of(row.event)) {
    if (options.durability == Durability::Lazy && queued_bytes <= kLazyBytes) {
      row.reported = true;
      recorded.push_back(*waiter);
    } else {
      ++waiting;
    }
  }
  queue.push_back(std::move(row));
}

void Recorder::Impl::retain(RetentionPlan plan) {
  keep_bytes = plan.bytes;
  if (!off() && (plan.older_than || plan.bytes != 0)) retention = plan;
}

// Waits until the threads have finished their work, then writes the remaining rows on this thread.
void Recorder::Impl::close(Clock::time_point deadline) {
  if (off()) return;
  retention.reset();
  while (preparer.out() > 0 && preparer.wait_until(deadline)) preparer.collect();
  while (thread.out() > 0 && thread.wait_until(deadline)) thread.collect();
  if (lent) writer->patience().hurry = true;
  while (lent && thread.wait_until(deadline + kClosePatience)) thread.collect();
  if (lent) return;
  writer->patience().hurry = false;
  writer->patience().until = deadline;
  while (!queue.empty()) {
    take_chunk();
    const Gap written = gap;
    const Status status = writer->commit(chunk, working_filed, written, ReadMark::GiveBack);
    committed(status, written);
    if (!status) break;
  }
  // If the end of this run cannot be written here, the next gate process finds the run dead and
  // writes its end.
  if (queue.empty()) [[maybe_unused]]
    const Status closed = writer->close_run(wall_now());
}

Recorder::Recorder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Recorder::~Recorder() { impl_->close(Impl::Clock::now() + kClosePatience); }

Result<std::unique_ptr<Recorder>> Recorder::open(RecorderOptions options, RunInfo run, Micros now,
                                                 std::function<void(std::function<void()>)> post) {
  auto impl = std::make_unique<Impl>(std::move(options), post);
  if (!impl->off()) {
    auto writer = RowWriter::open(impl->options, run, now);
    if (!writer) return writer.error();
    impl->writer = std::move(*writer);
    const std::string& key = impl->writer->wire_key();
    impl->keeper = std::make_unique<BodyKeeper>(key, impl->options.body_limit);
    impl->preparer_keeper = std::make_unique<BodyKeeper>(key, impl->options.body_limit);
    impl->filer = std::make_unique<Filer>(
        impl->options.path, impl->writer->run(), std::move(post),
        [to = impl.get()](FiledBatch batch) { to->take_filed(std::move(batch)); });
  }
  std::unique_ptr<Recorder> recorder(new Recorder(std::move(impl)));
  if (const auto& opened = recorder->impl_->writer) {
    // Copied, because the writer may be in use on the store's thread when a caller reads these.
    recorder->run_ = opened->run();
    recorder->identity_ = first_bytes(sha256(opened->wire_key()));
    recorder->dead_runs_ = opened->dead_runs();
  }
  return recorder;
}

void Recorder::append(RecordEvent event) { impl_->append(std::move(event)); }
Flushed Recorder::flush() { return impl_->flush(); }

size_t Recorder::lag() const {
  size_t events = impl_->queue.size() + impl_->working + impl_->preparing.size();
  for (const auto& [call, later] : impl_->preparing) events += later.size();
  return events;
}

std::optional<Error> Recorder::failure() const { return impl_->failure; }
uint32_t Recorder::run() const { return run_; }
const std::vector<std::string>& Recorder::dead_runs() const { return dead_runs_; }

void Recorder::set_masker(Masker masker) {
  impl_->masker = std::make_shared<const Masker>(std::move(masker));
}

void Recorder::retain(int days, uint64_t bytes) {
  RetentionPlan plan{std::nullopt, bytes};
  if (days > 0) plan.older_than = wall_now() - std::chrono::hours(24) * days;
  impl_->retain(plan);
}

}  // namespace callgate
