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
// How long to poll: about as long as falling asleep and waking takes.
constexpr std::chrono::microseconds kLonger{30};
constexpr int kMostCredit = 16;
// While other threads want the core, the turns without polling grow from kRetry to this number.
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
    // sched_yield() gave the core to another thread, perhaps for a whole time slice. Had we slept,
    // the input would have woken us sooner, so polling does not pay now.
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
