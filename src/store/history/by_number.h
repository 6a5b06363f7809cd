// Values by small numbers, such as the ids of targets. Sums over millions of calls look up several
// values for each call, and a hash table would take most of their time.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace callgate {

/// A number that was not set has the value `none`. All numbers up to the largest number that is
/// used and below kDense take memory.
template <class Value, uint64_t kDense = (uint64_t{1} << 20)>
class ByNumber {
 public:
  explicit ByNumber(Value none = {}) : none_(std::move(none)) {}
  Value& operator[](uint64_t number) {
    if (number < dense_.size()) return dense_[number];
    if (number >= kDense) return others_.try_emplace(number, none_).first->second;
    dense_.resize(number + number / 2 + 64, none_);
    return dense_[number];
  }
  void clear() {
    dense_.clear();
    others_.clear();
  }

 private:
  Value none_;
  std::vector<Value> dense_;
  std::unordered_map<uint64_t, Value> others_;
};

/// Values by session, of one run at a time: when the run changes, all values are forgotten. So the
/// caller should look up all calls of a run together.
template <class Value>
class BySession {
 public:
  explicit BySession(Value none = {}) : values_(std::move(none)) {}
  Value& of(uint32_t run, uint32_t session) {
    if (run != run_) values_.clear();
    run_ = run;
    return values_[session];
  }
  void clear() { values_.clear(); }

 private:
  uint32_t run_ = 0;
  ByNumber<Value> values_;
};

}  // namespace callgate
