#include "returned_number.h"

#include <charconv>
#include <string>

namespace callgate {

std::optional<int64_t> returned_number(Value value) {
  if (!value.is_string()) return value.is_number() ? value.integer() : std::nullopt;
  const std::string text = value.text();
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  // Only the spelling that the gate uses counts: "7", but not "07" or "7 ".
  if (error != std::errc() || std::to_string(number) != text) return std::nullopt;
  return number;
}

}  // namespace callgate
