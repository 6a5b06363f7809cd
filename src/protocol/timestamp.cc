#include "timestamp.h"

#include <cstddef>

#include "callgate/base/ascii.h"

namespace callgate {

namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// Reads a number of exactly `digits` digits. Returns -1 if the text has fewer digits there.
  int number(size_t digits) {
    if (rest_.size() < digits) return -1;
    int value = 0;
    for (size_t i = 0; i < digits; ++i) {
      if (!is_digit(rest_[i])) return -1;
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return value;
  }
  bool some_digits() {
    const size_t before = rest_.size();
    while (!rest_.empty() && is_digit(rest_.front())) rest_.remove_prefix(1);
    return rest_.size() < before;
  }
  bool hours_and_minutes() {
    const int hours = number(2);
    if (hours < 0 || hours > 23 || !take(':')) return false;
    return up_to_59();
  }
  bool up_to_59() {
    const int value = number(2);
    return value >= 0 && value <= 59;
  }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

int days_of(int year, int month) {
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  switch (month) {
    case 2:
      return leap ? 29 : 28;
    case 4:
    case 6:
    case 9:
    case 11:
      return 30;
    default:
      return 31;
  }
}

bool date(Reader& in) {
  const int year = in.number(4);
  if (year < 0 || !in.take('-')) return false;
  const int month = in.number(2);
  if (month < 1 || month > 12 || !in.take('-')) return false;
  const int day = in.number(2);
  return day >= 1 && day <= days_of(year, month);
}

}  // namespace

bool is_timestamp(std::string_view text) {
  Reader in(text);
  if (!date(in) || !in.take('T') || !in.hours_and_minutes()) return false;
  if (!in.take(':') || !in.up_to_59()) return false;
  if (in.take('.') && !in.some_digits()) return false;
  if (in.take('Z')) return in.done();
  if (!in.take('+') && !in.take('-')) return false;
  return in.hours_and_minutes() && in.done();
}

}  // namespace callgate
