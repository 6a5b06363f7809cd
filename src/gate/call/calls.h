// The table of the running calls. A call is in this table from its receipt until its end; other
// tables hold its number only.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "call.h"

namespace callgate {

class Calls {
 public:
  CallNumber next_number() { return ++last_; }
  Call& add(SessionNumber session, CallKind kind, RuleSpec::Subject subject, Now received);
  Call* find(CallNumber number);
  void erase(CallNumber number) { calls_.erase(number); }
  /// Calls `visit` with each call. `visit` must not add or remove calls.
  template <class Visit>
  void each(Visit visit) const {
    for (const auto& [number, call] : calls_) visit(*call);
  }
  /// Returns the numbers of the calls for which `matches` returns true, in ascending order. Unlike
  /// in each(), the caller may then add and remove calls.
  template <class Matches>
  std::vector<CallNumber> all(Matches matches) const {
    std::vector<CallNumber> numbers;
    for (const auto& [number, call] : calls_)
      if (matches(*call)) numbers.push_back(number);
    return sorted(std::move(numbers));
  }
  /// Returns the lowest log level that modern clients want for their running calls, or -1 if no
  /// call wants log messages.
  int lowest_log_level() const;
  /// `asked` is true when a person is asked something for the call, and false when the person has
  /// answered. The time in between is recorded as waiting time.
  void person(CallNumber number, bool asked, Nanos now);

 private:
  static std::vector<CallNumber> sorted(std::vector<CallNumber> numbers);

  CallNumber last_ = 0;
  std::unordered_map<CallNumber, std::unique_ptr<Call>> calls_;
};

}  // namespace callgate
