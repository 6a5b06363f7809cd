#include "turn.h"

#include <algorithm>

#include "callgate/io/lateness.h"

namespace callgate {

Turn::Turn(Loop& loop, Gate& gate, Recorder& recorder)
    : loop_(loop), gate_(gate), recorder_(recorder), wake_(loop) {
  recorder_.on_durable([this](CallNumber call) { durable_.push_back(call); });
  recorder_.on_failed(
      [this](CallNumber call, const Error& error) { failed_.emplace_back(call, error); });
  recorder_.on_answer([this](QuestionNumber question, const Error* error) {
    answers_.emplace_back(question, error ? std::optional<Error>(*error) : std::nullopt);
  });
}

void Turn::end() {
  recorder_.flush();
  Millis flush_in{};
  std::optional<Nanos> next;
  for (;;) {
    const auto good = std::exchange(durable_, {});
    const auto bad = std::exchange(failed_, {});
    for (const CallNumber call : good) gate_.recorded(loop_.now(), call);
    for (const auto& [call, error] : bad) gate_.record_failed(loop_.now(), call, error);
    for (const auto& [question, error] : std::exchange(answers_, {}))
      gate_.answer_recorded(loop_.now(), question, error ? &*error : nullptr);
    next = tick();
    // The gate may have just appended events to the record. Either they are committed now, or
    // `flush_in` is the time until they must be committed.
    flush_in = recorder_.flush();
    if (durable_.empty() && failed_.empty() && answers_.empty()) break;
  }
  arm(next, flush_in);
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
