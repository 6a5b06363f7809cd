// Reads and writes times and numbers in the form that people use. A time without a zone is local
// time.
#pragma once

#include <string>
#include <string_view>

#include "callgate/base/result.h"
#include "callgate/base/time.h"

namespace callgate {

/// Determines which moment a date without a time of day means. Begin: the first moment of the day,
/// for --since. End: the first moment of the next day, for --until.
enum class DayEnd { Begin, End };
/// Parses a time: a duration before `now` ("90m", "2h30m", "7d", "2w"), "today", "yesterday",
/// "2026-11-22", "2026-11-22 14:05[:09]", or RFC 3339. The message of the error "cli.time" lists
/// these forms.
Result<Micros> parse_when(std::string_view text, Micros now, DayEnd day);
/// Parses a duration such as "90m", "7d" or "1w2d". The units are s, m, h, d, w.
Result<Micros> parse_length(std::string_view text);

/// Returns how long ago `at` was ("12s", "5m", "3h", "6d"), or its date if it was more than a week
/// ago. The text has at most 10 columns.
std::string ago(Micros at, Micros now);
/// Returns local time in the form "2026-11-22 14:05:09.123".
std::string local_time(Micros at);
/// Returns a duration in the form "0.4 ms", "12 ms", "3.2 s" or "4m 10s".
std::string duration_text(Nanos duration);
/// Returns milliseconds as a JSON number, such as "0.412".
std::string milliseconds(Nanos duration);
/// Returns a number of bytes in the form "512 B" or "3.4 KiB".
std::string bytes_text(uint64_t bytes);
/// Returns a number in the form "12,345".
std::string grouped(uint64_t number);
/// Returns a number with its noun, such as "1 call" or "2,000 calls".
std::string grouped(uint64_t number, std::string_view noun);
/// Returns the time since the Unix epoch.
Micros wall_now();

}  // namespace callgate
