// The charts on a report's HTML page, as SVG.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report.h"

namespace callgate {

/// Returns a chart of calls over time, stacked by outcome, with a legend and a table of the same
/// numbers.
std::string report_chart(const std::vector<ReportBucket>& buckets);
/// Returns a bar whose length shows the ratio of `part` to `most`.
std::string report_meter(uint64_t part, uint64_t most);

}  // namespace callgate
