// What a report's page draws.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report.h"

namespace callgate {

/// Calls over time, stacked by outcome, with its key and the same as a table.
std::string report_chart(const std::vector<ReportBucket>& buckets);
/// A bar for `part` of `most`.
std::string report_meter(uint64_t part, uint64_t most);

}  // namespace callgate
