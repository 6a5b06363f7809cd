// What a report's page draws, and the one door by which text comes into it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report.h"

namespace callgate {

/// For text and attributes of HTML; controls made visible first.
std::string escaped(std::string_view text);
/// Calls over time, stacked by outcome, with its key and the same as a table.
std::string report_chart(const std::vector<ReportBucket>& buckets);
/// A bar for `part` of `most`.
std::string report_meter(uint64_t part, uint64_t most);

}  // namespace callgate
