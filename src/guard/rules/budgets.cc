#include "budgets.h"

#include <algorithm>

namespace callgate {

void Budgets::add(Nanos at, uint64_t bytes, const Thresholds& t) {
  if (calls_ > 0 && at - last_ >= t.pause) reset();
  if (calls_ == 0) first_ = at;
  last_ = at;
  ++calls_;
  bytes_ += bytes;
}

Budgets::Spent Budgets::most(const Thresholds& t) const {
  Spent most{What::Calls, static_cast<double>(calls_) / t.budget_calls};
  const double hours = std::chrono::duration<double>(time()).count() /
                       std::chrono::duration<double>(t.budget_time).count();
  if (hours > most.share) most = {What::Time, hours};
  const double bytes = static_cast<double>(bytes_) / static_cast<double>(t.budget_bytes);
  if (bytes > most.share) most = {What::Bytes, bytes};
  return most;
}

namespace {

int64_t day_of(Micros wall) { return std::chrono::floor<std::chrono::days>(wall).count(); }

}  // namespace

bool AgentDay::is(Micros wall) const { return day == day_of(wall); }

double AgentDay::add(Micros wall, const Thresholds& t) {
  if (!is(wall)) *this = {day_of(wall), 0};
  return static_cast<double>(++calls) / t.budget_calls_a_day;
}

void AgentDay::at_least(Micros wall, uint64_t made) {
  if (!is(wall)) *this = {day_of(wall), 0};
  calls = std::max(calls, made);
}

}  // namespace callgate
