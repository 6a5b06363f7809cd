#include "turn.h"

#include <algorithm>

#include "callgate/io/lateness.h"

namespace callgate {

Turn::Turn(Loop& loop, Gate& gate, Recorder& recorder)
    : loop_(loop), gate_(gate), recorder_(recorder), wake_(loop) {}

void Turn::end() {
  std::optional<Nanos> next;
  Flushed flushed = recorder_.flush();
  do {
    for (const Recorded& each : flushed.recorded) pass_on(each);
    next = tick();
    // The gate may have just appended events to the record. Either they are committed now, or
    // `flushed.again` is the time until they must be committed.
    flushed = recorder_.flush();
  } while (!flushed.recorded.empty());
  arm(next, flushed.again);
}

void Turn::pass_on(const Recorded& recorded) {
  const Error* failure = recorded.failure ? &*recorded.failure : nullptr;
  if (recorded.answer != 0) return gate_.answer_recorded(loop_.now(), recorded.answer, failure);
  failure ? gate_.record_failed(loop_.now(), recorded.call, *failure)
          : gate_.recorded(loop_.now(), recorded.call);
}

// If this process could not run for a while, answers that arrived in time wait to be read. Calls
// must not time out before that, so a late deadline is delayed for a moment.
std::optional<Nanos> Turn::tick() {
  const Now now = loop_.now();
  if (due_ && now.monotonic > *due_ && !read_first_) {
    const Millis extra = time_to_read(std::chrono::duration_cast<Millis>(now.monotonic - *due_));
    if (extra > Millis::zero()) read_first_ = now.monotonic + extra;
  }
  if (read_first_ && now.monotonic < *read_first_) return read_first_;
  read_first_.reset();
  due_ = gate_.tick(now);
  return due_;
}

void Turn::arm(std::optional<Nanos> at, Millis flush_in) {
  const Nanos now = loop_.now().monotonic;
  Nanos wanted = at.value_or(Nanos::max());
  if (flush_in > Millis::zero()) wanted = std::min(wanted, now + Nanos(flush_in));
  if (wanted == Nanos::max()) return;
  // If the timer is already set for an earlier time, it is not set again. The timer then fires too
  // early, which costs one turn of the loop. But setting it in every turn would make every call
  // slower.
  if (wake_at_ > now && wake_at_ <= wanted) return;
  wake_at_ = wanted;
  const Millis delay = std::max(Millis{0}, std::chrono::ceil<Millis>(wanted - now));
  wake_.start(delay, [this] { wake_at_ = Nanos{}; });
}

}  // namespace callgate
