// Times and numbers as people write and read them. A time without a zone is local time.
#pragma once

#include <string>
#include <string_view>

#include "callgate/base/result.h"
#include "callgate/base/time.h"

namespace callgate {

/// How a date without a time is read: Begin is the day's first moment, for --since. End is the
/// first moment of the next day, for --until.
enum class DayEnd { Begin, End };
/// "90m", "2h30m", "7d", "2w" back from now; "today", "yesterday"; "2026-11-22"; "2026-11-22
/// 14:05[:09]"; RFC 3339. Error "cli.time" names the forms.
Result<Micros> parse_when(std::string_view text, Micros now, DayEnd day);
/// Parses a duration such as "90m", "7d" or "1w2d". The units are s, m, h, d, w.
Result<Micros> parse_length(std::string_view text);

/// "12s", "5m", "3h", "6d" ago, or the date. Never longer than 10 columns.
std::string ago(Micros at, Micros now);
/// 2026-11-22 14:05:09.123 in local time.
std::string local_time(Micros at);
/// "0.4 ms", "12 ms", "3.2 s", "4m 10s".
std::string duration_text(Nanos duration);
/// "0.412": milliseconds as a JSON number.
std::string milliseconds(Nanos duration);
/// "512 B", "3.4 KiB".
std::string bytes_text(uint64_t bytes);
/// 12,345.
std::string grouped(uint64_t number);
/// "1 call", "2,000 calls".
std::string grouped(uint64_t number, std::string_view noun);
/// The time since the Unix epoch.
Micros wall_now();

}  // namespace callgate
