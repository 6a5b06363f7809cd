#include "tool_sums.h"

#include <algorithm>
#include <cmath>

namespace callgate {

namespace {

// Returns the position of the smallest value for which at least this share of the values is not
// larger.
size_t percentile_rank(size_t values, double share) {
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(values)));
  return rank == 0 ? 0 : rank - 1;
}

// Finds the 95th percentile first. Then all smaller values are before it, and few are after it.
void set_durations(ToolStats& stats, std::vector<int64_t>& durations) {
  if (durations.empty()) return;
  const auto at = [&](double share) {
    return durations.begin() +
           static_cast<std::ptrdiff_t>(percentile_rank(durations.size(), share));
  };
  const auto p50 = at(0.5), p95 = at(0.95);
  std::nth_element(durations.begin(), p95, durations.end());
  stats.p95 = Nanos(*p95);
  stats.longest = Nanos(*std::max_element(p95, durations.end()));
  if (p50 != p95) std::nth_element(durations.begin(), p50, p95);
  stats.p50 = Nanos(*p50);
}

FiledCall filed(const EventPair& pair) {
  return {.id = pair.id,
          .at = pair.at,
          .session = static_cast<uint32_t>(pair.session),
          .target = pair.target,
          .outcome = pair.outcome,
          .busy = pair.duration - pair.waited,
          .args_bytes = pair.args_bytes,
          .result_bytes = pair.result_bytes,
          .touched = {}};
}

}  // namespace

void ToolSums::add(const FiledCall& call) {
  if (call.outcome == Outcome::Repeated) return;
  Sum*& sum = by_target_[static_cast<uint64_t>(call.target)];
  if (sum == nullptr) {
    const TargetRow& what = reader_.target_of(call.target, filter_);
    sum = &sums_[{what.server, what.tool}];
  }
  ToolStats& stats = sum->stats;
  ++stats.calls;
  stats.args_bytes += call.args_bytes;
  stats.result_bytes += call.result_bytes;
  const Outcome outcome = reader_.outcome_of(run_of(call.id), call.outcome);
  if (outcome == Outcome::Denied) {
    ++stats.denied;
  } else if (outcome != Outcome::Ok && outcome != Outcome::Pending &&
             outcome != Outcome::Cancelled) {
    ++stats.failed;
  }
  // Calls that were denied, cancelled or lost do not show how long the tool takes.
  if (call.outcome == Outcome::Ok || call.outcome == Outcome::ToolError ||
      call.outcome == Outcome::RpcError || call.outcome == Outcome::Timeout)
    sum->durations.push_back(call.busy);
}

std::vector<ToolStats> ToolSums::take() {
  std::vector<ToolStats> all;
  for (auto& [names, sum] : sums_) {
    sum.stats.server = names.first;
    sum.stats.tool = names.second;
    set_durations(sum.stats, sum.durations);
    all.push_back(std::move(sum.stats));
  }
  return all;
}

Result<std::vector<ToolStats>> History::stats(const HistoryFilter& filter) {
  ToolSums sums(*impl_, filter);
  const bool by_kind = filter.grep.empty() && filter.before.empty() && filter.after.empty();
  const Status status =
      by_kind ? impl_->scan(filter, Columns::Calls, [&](const FiledCall& call) { sums.add(call); })
              : impl_->walk(filter, [&](const EventPair& pair) -> Result<bool> {
                  sums.add(filed(pair));
                  return true;
                });
  if (!status) return status.error();
  return sums.take();
}

}  // namespace callgate
