#include "callgate/wire/web.h"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace callgate {

namespace {

/// Reads a number that consists of digits only. Returns -1 for any other text.
int whole_number(std::string_view digits) {
  int value = -1;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, value);
  return error == std::errc() && rest == end && is_digit(digits.front()) ? value : -1;
}

/// Returns the number of a month, 1 to 12; 0 if `name` is no month.
unsigned month_number(std::string_view name) {
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto* const found = std::find(std::begin(kMonths), std::end(kMonths), name);
  return found == std::end(kMonths) ? 0 : static_cast<unsigned>(found - std::begin(kMonths)) + 1;
}

}  // namespace

std::optional<Micros> read_http_time(std::string_view text) {
  using namespace std::chrono;
  constexpr std::string_view kForm = "Sun, 06 Nov 1994 08:49:37 GMT";
  if (text.size() != kForm.size() || text.substr(3, 2) != ", " || !text.ends_with(" GMT"))
    return std::nullopt;
  for (const size_t space : {7, 11, 16})
    if (text[space] != ' ') return std::nullopt;
  const int on = whole_number(text.substr(5, 2)), in = whole_number(text.substr(12, 4));
  const int hour = whole_number(text.substr(17, 2)), minute = whole_number(text.substr(20, 2));
  const int second = whole_number(text.substr(23, 2));
  const year_month_day date{year{in}, month{month_number(text.substr(8, 3))},
                            day{static_cast<unsigned>(std::max(on, 0))}};
  if (text[19] != ':' || text[22] != ':' || in < 0 || !date.ok()) return std::nullopt;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
    return std::nullopt;
  return Micros(sys_days(date).time_since_epoch()) + hours(hour) + minutes(minute) +
         seconds(second);
}

std::optional<Micros> server_time(const WebAnswer& answer) {
  const auto date = answer.field("date");
  return date ? read_http_time(*date) : std::nullopt;
}

std::optional<std::chrono::seconds> retry_after(const WebAnswer& answer, Micros now) {
  using std::chrono::seconds;
  constexpr seconds kMost = std::chrono::hours(24);
  const auto field = answer.field("retry-after");
  if (!field || field->empty()) return std::nullopt;
  if (std::all_of(field->begin(), field->end(), is_digit)) {
    const int number = whole_number(*field);  // -1 if the number is too large for an int
    return number < 0 ? kMost : std::min(seconds(number), kMost);
  }
  const auto time = read_http_time(*field);
  if (!time) return std::nullopt;
  const auto wait = std::chrono::ceil<seconds>(*time - server_time(answer).value_or(now));
  return std::clamp(wait, seconds(0), kMost);
}

}  // namespace callgate
