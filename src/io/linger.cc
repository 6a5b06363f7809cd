#ifdef __linux__
#include <poll.h>
#include <sched.h>
#endif

#include <algorithm>
#include <chrono>

#include "loop_impl.h"

namespace callgate {

#ifdef __linux__

namespace {

using Clock = std::chrono::steady_clock;
// The loop polls for this time, which is about the time that falling asleep and waking takes.
constexpr std::chrono::microseconds kLonger{30};
constexpr int kMostCredit = 16;
// While other threads want the core, the number of turns without polling grows from kRetry to at
// most this number.
constexpr int kLongestRest = 1 << 16;

}  // namespace

void Linger::wait(int fd) noexcept {
  if (credit_ == 0 && ++skipped_ < rest_) return;
  skipped_ = 0;
  pollfd wanted{fd, POLLIN, 0};
  auto before = Clock::now();
  const auto until = before + kLonger;
  do {
    sched_yield();
    const auto now = Clock::now();
    // sched_yield() gave the core to another thread, perhaps for a whole time slice. In a sleep, we
    // would have got the input sooner. So polling does not pay now.
    if (now - before > kLonger) {
      credit_ = 0;
      rest_ = std::min(rest_ * 2, kLongestRest);
      return;
    }
    before = now;
    if (::poll(&wanted, 1, 0) > 0) {
      credit_ = std::min(credit_ + 2, kMostCredit);
      rest_ = kRetry;
      return;
    }
  } while (before < until);
  if (credit_ > 0) --credit_;
}

#else

void Linger::wait(int) noexcept {}

#endif

}  // namespace callgate
