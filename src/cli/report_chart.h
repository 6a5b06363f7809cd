// The drawings of a report's page.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report.h"

namespace callgate {

/// A chart of calls over time, stacked by outcome, with a legend and the same figures as a table.
std::string report_chart(const std::vector<ReportBucket>& buckets);
/// A bar whose length is `part` of `most`.
std::string report_meter(uint64_t part, uint64_t most);

}  // namespace callgate
