// Decides which repeated log messages are written: a message that comes again and again is written
// the first time, and then with its count at the 10th, 100th … time.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace callgate::log {

class Repeats {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Returns 0 if the message must not be written now. Otherwise returns how many times the message
  /// has come since it last counted as new. A message that has not come for a minute counts as new.
  uint64_t count(std::string_view text, Time now);

 private:
  static constexpr std::chrono::seconds kForgotten{60};
  static constexpr size_t kRemembered = 64;

  struct Message {
    size_t hash = 0;
    uint64_t times = 0, written_at = 0;
    Time last{};
  };

  std::array<Message, kRemembered> messages_{};
};

}  // namespace callgate::log
