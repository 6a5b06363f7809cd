// Sums up calls by tool.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "history_impl.h"

namespace callgate {

/// Keeps the duration of every call, for the percentiles. `reader` and `filter` must outlive this
/// object.
class ToolSums {
 public:
  ToolSums(RecordReader& reader, const HistoryFilter& filter) : reader_(reader), filter_(filter) {}
  /// Leaves out repeated calls: they were not made.
  void add(const FiledCall& call);
  /// Returns the sums, sorted by server and tool. To be called once.
  std::vector<ToolStats> take();

 private:
  struct Sum {
    ToolStats stats;
    std::vector<int64_t> durations;  // nanoseconds
  };
  RecordReader& reader_;
  const HistoryFilter& filter_;
  std::map<std::pair<std::string, std::string>, Sum> sums_;
  // A tool can have several targets, because clients can see it under different names.
  ByNumber<Sum*> by_target_;
};

}  // namespace callgate
