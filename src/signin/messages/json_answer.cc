#include "json_answer.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "callgate/base/ascii.h"
#include "callgate/base/text.h"
#include "limits.h"
#include "shown.h"

namespace callgate {

namespace {

constexpr size_t kDeepestAnswer = 32;
constexpr size_t kMostAnswerValues = 20'000;

std::optional<int64_t> digits_value(std::string_view digits) {
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
  int64_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return read.ec == std::errc() ? value : std::numeric_limits<int64_t>::max();
}

}  // namespace

Judged<MessagePtr> read_object(const std::string& body, size_t largest, std::string_view what,
                               std::string_view rule) {
  const auto malformed = [&](const std::string& why) {
    return Breach{"signin.malformed", std::string(what) + " " + why, std::string(rule), ""};
  };
  if (body.size() > largest) return malformed(fmt::format("has more than {} KiB", largest / 1024));
  auto message =
      Walker({.bytes = largest, .depth = kDeepestAnswer, .nodes = kMostAnswerValues}).walk(body);
  if (!message) return malformed("is not JSON that can be read: " + message.error().message);
  if (!(*message)->root().is_object()) return malformed("is not a JSON object");
  if ((*message)->duplicates() > 0)
    return malformed("names a member twice: " +
                     quoted_text((*message)->first_duplicate().second.key()));
  return *std::move(message);
}

std::string member_text(Value object, std::string_view key) { return object.find(key).text(); }

bool member_is_true(Value object, std::string_view key) {
  return object.find(key).is(NodeKind::True);
}

std::optional<std::vector<std::string>> member_list(Value object, std::string_view key) {
  const Value list = object.find(key);
  if (!list.is_array()) return std::nullopt;
  std::vector<std::string> texts;
  for (const Value one : list) {
    if (texts.size() == kMostListItems) break;
    if (one.is_string()) texts.push_back(one.text());
  }
  return texts;
}

Scopes member_scopes(Value object, std::string_view key) {
  return read_scopes(joined(member_list(object, key).value_or(std::vector<std::string>()), " "));
}

std::optional<int64_t> member_count(Value object, std::string_view key) {
  const Value value = object.find(key);
  if (value.is_string()) return digits_value(value.text());
  if (!value.is_number()) return std::nullopt;
  if (const auto whole = value.integer()) return *whole < 0 ? std::nullopt : std::optional(*whole);
  if (value.raw().front() == '-') return std::nullopt;
  const auto number = value.number();  // a fraction, or a number beyond int64_t
  if (number && *number < 9e18) return static_cast<int64_t>(*number);
  return std::numeric_limits<int64_t>::max();
}

}  // namespace callgate
