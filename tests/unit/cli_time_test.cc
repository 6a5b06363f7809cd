#include <cstdlib>
#include <ctime>

#include "cli/text/time_text.h"
#include "cli_test.h"

namespace callgate {

namespace {

// 2026-11-22T12:30:00Z, a Sunday; Berlin is at +01:00 then.
constexpr Micros kNow{1'795'350'600'000'000};

struct InBerlin {
  InBerlin() {
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
  }
  ~InBerlin() {
    unsetenv("TZ");
    tzset();
  }
};

std::string when(std::string_view text, DayEnd day = DayEnd::Begin) {
  const Result<Micros> at = parse_when(text, kNow, day);
  return at ? format_wall(*at) : at.error().code;
}

}  // namespace

TEST_CASE("a duration means that long before now") {
  CHECK_EQ(when("2h"), "2026-11-22T10:30:00.000000Z");
  CHECK_EQ(when("90m"), "2026-11-22T11:00:00.000000Z");
  CHECK_EQ(when("1h30m"), "2026-11-22T11:00:00.000000Z");
  CHECK_EQ(when("7d"), "2026-11-15T12:30:00.000000Z");
  CHECK_EQ(when("2w"), "2026-11-08T12:30:00.000000Z");
  CHECK_EQ(when("now"), "2026-11-22T12:30:00.000000Z");
}

TEST_CASE("a day is local, and --until includes the whole day") {
  const InBerlin zone;
  CHECK_EQ(when("2026-11-22"), "2026-11-21T23:00:00.000000Z");
  CHECK_EQ(when("2026-11-22", DayEnd::End), "2026-11-22T23:00:00.000000Z");
  CHECK_EQ(when("today"), "2026-11-21T23:00:00.000000Z");
  CHECK_EQ(when("yesterday"), "2026-11-20T23:00:00.000000Z");
  CHECK_EQ(when("yesterday", DayEnd::End), "2026-11-21T23:00:00.000000Z");
}

TEST_CASE("a day in summer has the summer offset, and the day of the change has 25 hours") {
  const InBerlin zone;
  CHECK_EQ(when("2026-07-28"), "2026-07-27T22:00:00.000000Z");
  CHECK_EQ(when("2026-10-25"), "2026-10-24T22:00:00.000000Z");
  CHECK_EQ(when("2026-10-25", DayEnd::End), "2026-10-25T23:00:00.000000Z");
}

TEST_CASE("a time of day without a zone is local, and a zone in the text is respected") {
  const InBerlin zone;
  CHECK_EQ(when("2026-11-22 14:05"), "2026-11-22T13:05:00.000000Z");
  CHECK_EQ(when("2026-11-22T14:05:09.25"), "2026-11-22T13:05:09.250000Z");
  CHECK_EQ(when("2026-11-22T14:05:09Z"), "2026-11-22T14:05:09.000000Z");
  CHECK_EQ(when("2026-11-22T14:05:09.123456789+02:30"), "2026-11-22T11:35:09.123456Z");
  CHECK_EQ(when("2026-11-22T14:05:09-0800"), "2026-11-22T22:05:09.000000Z");
}

TEST_CASE("a text that is not a time is refused") {
  for (const char* wrong :
       {"", "2x", "h", "2", "-2h", "2026-13-01", "2026-02-30", "2026-11-22T25:00", "2026-11-22x",
        "2026-11-22T14:05:09Zx", "tomorow", "99999999d", "2h "}) {
    CAPTURE(wrong);
    CHECK_EQ(when(wrong), "cli.time");
  }
}

TEST_CASE("durations and sizes are written short") {
  CHECK_EQ(duration_text(Nanos{420'000}), "0.4 ms");
  CHECK_EQ(duration_text(Millis{9}), "9.0 ms");
  CHECK_EQ(duration_text(Millis{999}), "999 ms");
  CHECK_EQ(duration_text(Millis{1000}), "1.0 s");
  CHECK_EQ(duration_text(Millis{60'000}), "1m 00s");
  CHECK_EQ(duration_text(Millis{3'660'000}), "1h 01m");
  CHECK_EQ(bytes_text(1023), "1023 B");
  CHECK_EQ(bytes_text(1024), "1.0 KiB");
  CHECK_EQ(bytes_text(uint64_t{2} << 30), "2.0 GiB");
  CHECK_EQ(ago(kNow - Micros{59'999'999}, kNow), "59s");
  CHECK_EQ(ago(kNow - Micros{60'000'000}, kNow), "1m");
  CHECK_EQ(ago(kNow - std::chrono::hours{6 * 24}, kNow), "6d");
}

}  // namespace callgate
