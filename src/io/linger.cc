#ifdef __linux__
#include <poll.h>
#include <sched.h>
#endif

#include <chrono>

#include "loop_impl.h"

namespace callgate {

#ifdef __linux__

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::microseconds kLonger{30};  // about what a sleep and its end cost
constexpr int kMostCredit = 16;
constexpr int kRetry = 64;  // turns without looking before it is tried again

}  // namespace

void Linger::wait(int fd) noexcept {
  if (credit_ == 0 && ++skipped_ < kRetry) return;
  skipped_ = 0;
  pollfd wanted{fd, POLLIN, 0};
  const auto until = Clock::now() + kLonger;
  do {
    sched_yield();
    if (::poll(&wanted, 1, 0) > 0) {
      credit_ = credit_ + 2 < kMostCredit ? credit_ + 2 : kMostCredit;
      return;
    }
  } while (Clock::now() < until);
  if (credit_ > 0) --credit_;
}

#else

void Linger::wait(int) noexcept {}

#endif

}  // namespace callgate
