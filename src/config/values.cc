// Parses durations and sizes, and finds the nearest word.
#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <span>
#include <utility>

#include "callgate/config/config.h"

namespace callgate {

namespace {

using Unit = std::pair<std::string_view, uint64_t>;
using Units = std::span<const Unit>;

// Parses digits and a unit of `units`, without sign, space or fraction, and returns the product.
// Returns nullopt for any other text, or if the product is more than `most`.
std::optional<uint64_t> scaled(std::string_view text, const Units& units, uint64_t most) {
  uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest == text.data()) return std::nullopt;
  const std::string_view unit(rest, static_cast<size_t>(end - rest));
  for (const auto& [name, factor] : units)
    if (name == unit) return number > most / factor ? std::nullopt : std::optional(number * factor);
  return std::nullopt;
}

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<Millis> parse_duration(std::string_view text) {
  static constexpr Unit kUnits[] = {
      {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  const auto millis = scaled(text, kUnits, uint64_t{1} << 53);
  if (!millis) return std::nullopt;
  return Millis(static_cast<int64_t>(*millis));
}

std::optional<uint64_t> parse_bytes(std::string_view text) {
  static constexpr Unit kUnits[] = {{"", 1},
                                    {"B", 1},
                                    {"KiB", uint64_t{1} << 10},
                                    {"MiB", uint64_t{1} << 20},
                                    {"GiB", uint64_t{1} << 30},
                                    {"TiB", uint64_t{1} << 40}};
  return scaled(text, kUnits, std::numeric_limits<int64_t>::max());
}

namespace {

/// Returns whether two words differ only by opposite beginnings, such as "enabled" and "disabled".
/// A user who wrote one of them does not mean the other.
bool are_opposites(std::string_view a, std::string_view b) {
  constexpr std::pair<std::string_view, std::string_view> kBegins[] = {
      {"en", "dis"}, {"in", "ex"},   {"in", "out"},   {"in", "un"},       {"", "un"},
      {"", "not_"},  {"", "no_"},    {"", "dis"},     {"", "in"},         {"", "de"},
      {"on", "off"}, {"min", "max"}, {"pre", "post"}, {"before", "after"}};
  const auto are = [](std::string_view one, std::string_view other, std::string_view begin,
                      std::string_view opposite) {
    // If one of the two beginnings is empty, the rests must be equal. Otherwise "nside" would be
    // the opposite of "inside", although it is only misspelt.
    const size_t spelling = begin.empty() ? 0 : 1;
    return one.starts_with(begin) && other.starts_with(opposite) &&
           edit_distance(one.substr(begin.size()), other.substr(opposite.size())) <= spelling;
  };
  return std::any_of(std::begin(kBegins), std::end(kBegins), [&](const auto& each) {
    return are(a, b, each.first, each.second) || are(b, a, each.first, each.second);
  });
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known) {
  constexpr size_t kFarthest = 3;
  constexpr size_t kLongestWord = 128;
  std::optional<std::string> best;
  size_t best_distance = kFarthest + 1;
  if (word.size() > kLongestWord) return best;
  for (const std::string& candidate : known) {
    if (are_opposites(word, candidate)) continue;
    const size_t distance = edit_distance(word, candidate);
    // A `candidate` that differs from `word` in every letter is not what the user meant.
    if (distance < best_distance && distance < std::min(word.size(), candidate.size())) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace callgate
