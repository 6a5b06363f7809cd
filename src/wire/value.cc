// The functions of Value that are not inline.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#ifdef __APPLE__
#include <xlocale.h>
#else
#include <clocale>
#endif

#include "callgate/wire/folded_keys.h"
#include "callgate/wire/message.h"
#include "callgate/wire/utf8.h"
#include "text.h"

namespace callgate {

namespace {

std::string unescaped(std::string_view inside, bool escaped) {
  if (!escaped) return std::string(inside);
  std::string out;
  out.reserve(inside.size());
  append_unescaped(out, inside);
  return out;
}

bool equals(std::string_view inside, bool escaped, std::string_view s) {
  if (!escaped) return inside == s;
  // Decoding escapes never makes a text longer, so a longer `s` cannot be equal.
  return s.size() <= inside.size() && unescaped(inside, true) == s;
}

template <class Number>
std::optional<Number> decimal(std::string_view digits) {
  Number value{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// Reads a number token with a point or an exponent as an integer. The result is exact, because no
/// double is used.
std::optional<int64_t> whole(std::string_view token) {
  const bool negative = token.front() == '-';
  if (negative) token.remove_prefix(1);
  const size_t mark = token.find_first_of("eE");
  std::string_view mantissa = token.substr(0, mark);
  const size_t point = mantissa.find('.');
  std::string digits(mantissa.substr(0, point));
  int64_t exponent = 0;
  if (point != std::string_view::npos) {
    digits += mantissa.substr(point + 1);
    exponent = -static_cast<int64_t>(mantissa.size() - point - 1);
  }
  const size_t last = digits.find_last_not_of('0');
  if (last == std::string::npos) return 0;
  exponent += static_cast<int64_t>(digits.size() - last - 1);
  digits.resize(last + 1);
  digits.erase(0, digits.find_first_not_of('0'));
  if (mark != std::string_view::npos) {
    std::string_view power = token.substr(mark + 1);
    if (power.front() == '+') power.remove_prefix(1);
    const auto value = decimal<int32_t>(power);
    if (!value) return std::nullopt;
    exponent += *value;
  }
  if (exponent < 0 || exponent > 18 || digits.size() > 19) return std::nullopt;
  digits.append(static_cast<size_t>(exponent), '0');
  return decimal<int64_t>(negative ? "-" + digits : digits);
}

/// Parses a number. The decimal point is a point in every locale.
double nearest_double(const char* token) {
  static const locale_t plain = newlocale(LC_ALL_MASK, "C", nullptr);
  return strtod_l(token, nullptr, plain);
}

/// Decodes ~1 and ~0 in one step of a JSON pointer. Returns nullopt if the step has any other ~.
std::optional<std::string> pointer_step(std::string_view step) {
  std::string out;
  for (size_t i = 0; i < step.size(); ++i) {
    if (step[i] != '~') {
      out += step[i];
      continue;
    }
    const char c = ++i < step.size() ? step[i] : '\0';
    if (c != '0' && c != '1') return std::nullopt;
    out += c == '0' ? '~' : '/';
  }
  return out;
}

Value element(Value array, std::string_view step) {
  const bool zero_led = step.size() > 1 && step.front() == '0';
  const auto index = decimal<uint32_t>(step);
  if (!index || zero_led) return {};
  uint32_t at = 0;
  for (Value child : array) {
    if (at++ == *index) return child;
  }
  return {};
}

}  // namespace

std::string Value::text() const {
  if (!is_string()) return {};
  return unescaped(raw().substr(1, raw().size() - 2), node().escaped);
}

std::string Value::key() const {
  if (message_ == nullptr) return {};
  return unescaped(raw_key(), node().key_escaped);
}

bool Value::text_is(std::string_view s) const {
  return is_string() && equals(raw().substr(1, raw().size() - 2), node().escaped, s);
}

bool Value::escaped_key_is(std::string_view s) const { return equals(raw_key(), true, s); }

std::optional<int64_t> Value::integer() const {
  if (!is_number()) return std::nullopt;
  if (raw().find_first_of(".eE") != std::string_view::npos) return whole(raw());
  return decimal<int64_t>(raw());
}

std::optional<double> Value::number() const {
  if (!is_number()) return std::nullopt;
  const double value = nearest_double(std::string(raw()).c_str());
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<bool> Value::boolean() const {
  if (is(NodeKind::True)) return true;
  if (is(NodeKind::False)) return false;
  return std::nullopt;
}

Value Value::find(std::string_view key) const {
  if (!is_object()) return {};
  for (Value member : *this) {
    if (member.key_is(key)) return member;
  }
  return {};
}

Value Value::at_pointer(std::string_view pointer) const {
  Value at = *this;
  while (at && !pointer.empty()) {
    if (pointer.front() != '/') return {};
    const size_t end = std::min(pointer.find('/', 1), pointer.size());
    const auto step = pointer_step(pointer.substr(1, end - 1));
    if (!step) return {};
    at = at.is_array() ? element(at, *step) : at.find(*step);
    pointer.remove_prefix(end);
  }
  return at;
}

FoundMember at_pointer_folded(Value from, std::string_view pointer) {
  FoundMember at{from};
  while (at.value && !pointer.empty()) {
    if (pointer.front() != '/') return {};
    const size_t end = std::min(pointer.find('/', 1), pointer.size());
    const auto step = pointer_step(pointer.substr(1, end - 1));
    if (!step) return {};
    const FoundMember next =
        at.value.is_array() ? FoundMember{element(at.value, *step)} : find_folded(at.value, *step);
    at = {next.value, at.exact && next.exact};
    pointer.remove_prefix(end);
  }
  return at;
}

}  // namespace callgate
