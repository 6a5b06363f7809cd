#include "callgate/base/time.h"

#include <fmt/core.h>

namespace callgate {

std::string format_wall(Micros wall) {
  using namespace std::chrono;
  const sys_time<Micros> at{wall};
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const hh_mm_ss<Micros> time{at - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

}  // namespace callgate
