// Which messages of the log repeat: one that comes again and again is written at first, then with
// its count at the 10th, 100th … time.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace callgate::log {

class Repeats {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// 0: the message is not to be written now. Else how many times it has come since it was last
  /// written as a new one. A message counts as new after a quiet minute.
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
