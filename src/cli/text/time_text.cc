#include "time_text.h"

#include <fmt/core.h>

#include <charconv>
#include <ctime>
#include <optional>

#include "callgate/base/ascii.h"

namespace callgate {

namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kDay = 86'400 * kSecond;

std::tm local(Micros at) {
  const auto seconds =
      static_cast<std::time_t>(std::chrono::floor<std::chrono::seconds>(at).count());
  std::tm fields{};
  localtime_r(&seconds, &fields);
  return fields;
}

std::optional<Micros> from_local(std::tm fields) {
  fields.tm_isdst = -1;
  const std::time_t seconds = std::mktime(&fields);
  if (seconds == -1) return std::nullopt;
  return Micros{static_cast<int64_t>(seconds) * kSecond};
}

/// Returns midnight of the day that is `days` after the day of `at`. mktime() accepts a day such as
/// 32 and turns it into a day of the next month.
std::optional<Micros> midnight(Micros at, int days) {
  std::tm fields = local(at);
  fields.tm_hour = fields.tm_min = fields.tm_sec = 0;
  fields.tm_mday += days;
  return from_local(fields);
}

/// Reads digits and single characters from the front of a text. When a read has failed, all later
/// reads fail, too.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  int digits(size_t count) {
    int value = 0;
    for (size_t i = 0; i < count; ++i) {
      if (!at_digit()) {
        good_ = false;
        return 0;
      }
      value = value * 10 + (text_[0] - '0');
      text_.remove_prefix(1);
    }
    return value;
  }
  bool accept(std::string_view any_of) {
    if (text_.empty() || any_of.find(text_[0]) == std::string_view::npos) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool at_digit() const { return !text_.empty() && is_digit(text_[0]); }
  void expect(std::string_view any_of) { good_ = accept(any_of) && good_; }
  bool done() const { return text_.empty(); }
  bool good() const { return good_; }

 private:
  std::string_view text_;
  bool good_ = true;
};

bool in_range(const std::tm& t) {
  const std::chrono::year_month_day date{std::chrono::year{t.tm_year + 1900},
                                         std::chrono::month{static_cast<unsigned>(t.tm_mon + 1)},
                                         std::chrono::day{static_cast<unsigned>(t.tm_mday)}};
  return date.ok() && t.tm_hour < 24 && t.tm_min < 60 && t.tm_sec < 61;
}

/// Reads the zone offset after a time of day. Returns nullopt if the text has no offset, which
/// means local time.
std::optional<int64_t> read_offset(Reader& reader) {
  if (reader.accept("Zz")) return 0;
  const bool minus = reader.accept("-");
  if (!minus && !reader.accept("+")) return std::nullopt;
  const int hours = reader.digits(2);
  reader.accept(":");
  const int64_t seconds = (hours * 60 + reader.digits(2)) * 60;
  return minus ? -seconds : seconds;
}

/// Reads a fraction of a second, such as ".123", as microseconds. Ignores further digits.
int64_t read_fraction(Reader& reader) {
  if (!reader.accept(".")) return 0;
  int64_t micros = reader.digits(1) * (kSecond / 10);
  for (int64_t unit = kSecond / 100; reader.at_digit(); unit /= 10)
    micros += reader.digits(1) * unit;
  return micros;
}

std::optional<Micros> utc(const std::tm& t) {
  const std::chrono::sys_days day = std::chrono::year{t.tm_year + 1900} /
                                    static_cast<unsigned>(t.tm_mon + 1) /
                                    static_cast<unsigned>(t.tm_mday);
  const int64_t seconds = t.tm_hour * 3600 + t.tm_min * 60 + t.tm_sec;
  return Micros{day.time_since_epoch().count() * kDay + seconds * kSecond};
}

std::optional<Micros> parse_date(std::string_view text, DayEnd day) {
  Reader reader(text);
  std::tm fields{};
  fields.tm_year = reader.digits(4) - 1900;
  reader.expect("-");
  fields.tm_mon = reader.digits(2) - 1;
  reader.expect("-");
  fields.tm_mday = reader.digits(2);
  if (!reader.good() || !in_range(fields)) return std::nullopt;
  if (reader.done()) {
    const auto begin = from_local(fields);
    return begin && day == DayEnd::End ? midnight(*begin, 1) : begin;
  }
  reader.expect("Tt ");
  fields.tm_hour = reader.digits(2);
  reader.expect(":");
  fields.tm_min = reader.digits(2);
  if (reader.accept(":")) fields.tm_sec = reader.digits(2);
  const Micros fraction{read_fraction(reader)};
  const auto offset = read_offset(reader);
  if (!reader.good() || !reader.done() || !in_range(fields)) return std::nullopt;
  const auto at = offset ? utc(fields) : from_local(fields);
  if (!at) return std::nullopt;
  return *at + fraction - Micros{offset.value_or(0) * kSecond};
}

int64_t unit_of(char letter) {
  switch (letter) {
    case 's':
      return kSecond;
    case 'm':
      return 60 * kSecond;
    case 'h':
      return 3600 * kSecond;
    case 'd':
      return kDay;
    case 'w':
      return 7 * kDay;
    default:
      return 0;
  }
}

}  // namespace

Result<Micros> parse_length(std::string_view text) {
  const Error wrong{"cli.length", fmt::format("'{}' is not a duration", text),
                    "write a duration such as 90m, 2h, 7d or 2w"};
  std::string_view left = text;
  int64_t sum = 0;
  while (!left.empty()) {
    int64_t count = 0;
    const auto [end, problem] = std::from_chars(left.data(), left.data() + left.size(), count);
    const auto used = static_cast<size_t>(end - left.data());
    if (problem != std::errc() || count < 0 || count > 1'000'000 || used >= left.size())
      return wrong;
    const int64_t each = unit_of(left[used]);
    if (each == 0) return wrong;
    sum += count * each;
    left.remove_prefix(used + 1);
  }
  if (text.empty()) return wrong;
  return Micros{sum};
}

Result<Micros> parse_when(std::string_view text, Micros now, DayEnd day) {
  const int end = day == DayEnd::End ? 1 : 0;
  std::optional<Micros> at;
  if (text == "now") return now;
  if (text == "today") at = midnight(now, end);
  if (text == "yesterday") at = midnight(now, end - 1);
  if (!at) at = parse_date(text, day);
  if (at) return *at;
  const Result<Micros> length = parse_length(text);
  if (length) return now - *length;
  return Error{"cli.time", fmt::format("'{}' is not a time", text),
               "write a time such as 2h, 7d, today, yesterday, 2026-11-22, \"2026-11-22 14:05\" or "
               "2026-11-22T14:05:00Z"};
}

std::string ago(Micros at, Micros now) {
  const int64_t seconds = (now - at).count() / kSecond;
  if (seconds < 0) return local_time(at).substr(0, 10);
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3600) return fmt::format("{}m", seconds / 60);
  if (seconds < 86'400) return fmt::format("{}h", seconds / 3600);
  if (seconds < 7 * 86'400) return fmt::format("{}d", seconds / 86'400);
  return local_time(at).substr(0, 10);
}

std::string local_time(Micros at) {
  const std::tm t = local(at);
  const int64_t millis = ((at.count() % kSecond + kSecond) % kSecond) / 1000;
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}", t.tm_year + 1900, t.tm_mon + 1,
                     t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, millis);
}

std::string duration_text(Nanos duration) {
  const double ms = static_cast<double>(duration.count()) / 1e6;
  if (ms < 9.95) return fmt::format("{:.1f} ms", ms);
  if (ms < 999.5) return fmt::format("{:.0f} ms", ms);
  if (ms < 59'950) return fmt::format("{:.1f} s", ms / 1000);
  const auto seconds = static_cast<int64_t>(ms / 1000 + 0.5);
  if (seconds < 3600) return fmt::format("{}m {:02}s", seconds / 60, seconds % 60);
  return fmt::format("{}h {:02}m", seconds / 3600, seconds / 60 % 60);
}

std::string milliseconds(Nanos duration) {
  return fmt::format("{:.3f}", static_cast<double>(duration.count()) / 1e6);
}

std::string bytes_text(uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1024;
  constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB"};
  size_t at = 0;
  while (value >= 1023.5 && at < 3) {
    value /= 1024;
    ++at;
  }
  return value < 9.95 ? fmt::format("{:.1f} {}", value, kUnits[at])
                      : fmt::format("{:.0f} {}", value, kUnits[at]);
}

std::string grouped(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

std::string grouped(uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(number), noun, number == 1 ? "" : "s");
}

Micros wall_now() {
  return std::chrono::duration_cast<Micros>(std::chrono::system_clock::now().time_since_epoch());
}

}  // namespace callgate
