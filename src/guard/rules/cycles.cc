#include "cycles.h"

#include <algorithm>

namespace callgate {

Cycles::Round Cycles::add(uint64_t call, uint64_t pair, uint32_t number, bool harmless) {
  ring_[count_++ % kRing] = {call, pair, number, harmless};
  Round round;
  for (size_t period = 2; period <= kLongest; ++period) {
    if (count_ <= period || back(period).pair != pair) {
      run_[period] = 0;
      continue;
    }
    ++run_[period];
    if (round.length > 0 || run_[period] < 2 * period) continue;
    bool distinct = false, all_harmless = true;
    uint64_t sum = 0;
    for (size_t i = 0; i < period; ++i) {
      distinct = distinct || back(i).pair != pair;
      all_harmless = all_harmless && back(i).harmless;
      sum += back(i).call;
    }
    if (distinct)
      round = {period, static_cast<uint32_t>(run_[period] / period + 1), sum, all_harmless};
  }
  if (round.length > 0) {
    round_.fill(0);
    for (size_t i = 0; i < round.length; ++i) round_[i] = back(i).call;
  }
  return round;
}

void Cycles::interrupt() { run_.fill(0), count_ = 0; }

bool Cycles::concerns(uint64_t call) const {
  return call != 0 && std::find(round_.begin(), round_.end(), call) != round_.end();
}

std::vector<uint32_t> Cycles::evidence(size_t calls) const {
  std::vector<uint32_t> all;
  for (size_t i = std::min({calls, kRing, static_cast<size_t>(count_)}); i > 0; --i)
    all.push_back(back(i - 1).number);
  return all;
}

}  // namespace callgate
