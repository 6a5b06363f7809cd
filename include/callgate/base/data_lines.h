// Reads at compile time the tables that are text files next to the code (phrases.txt,
// touch_hints.txt).
#pragma once

#include <array>
#include <cstddef>
#include <cstdlib>
#include <string_view>

namespace callgate {

/// Removes the text up to the next `end` from the front of `text`, with this `end`, and returns it
/// without `end`.
constexpr std::string_view take_until(std::string_view& text, char end) {
  const size_t size = text.find(end);
  const std::string_view front = text.substr(0, size);
  text.remove_prefix(size == std::string_view::npos ? text.size() : size + 1);
  return front;
}

/// The lines of a table. `[title]` begins a section; empty lines and lines that begin with # are
/// skipped.
struct DataLines {
  std::string_view rest, section, line;

  constexpr explicit DataLines(std::string_view text) : rest(text) {}

  /// Moves to the next line; false if there is none.
  constexpr bool next() {
    while (!rest.empty()) {
      line = take_until(rest, '\n');
      if (line.empty() || line[0] == '#') continue;
      if (line[0] != '[') return true;
      section = line.substr(1, line.size() - 2);
    }
    return false;
  }
};

constexpr size_t count_lines(std::string_view text, std::string_view section) {
  size_t count = 0;
  for (DataLines lines(text); lines.next();) count += lines.section == section;
  return count;
}

/// Returns what `make` returns for each line of a section, which must have `size` lines.
template <size_t size, class Make>
constexpr auto table_of(std::string_view text, std::string_view section, Make make) {
  std::array<decltype(make(section)), size> table{};
  size_t count = 0;
  for (DataLines lines(text); lines.next();)
    if (lines.section == section) table[count++] = make(lines.line);
  return table;
}

/// Returns the value of a word in a list of pairs. A word that is missing is an error of the
/// compiler.
template <class Pairs>
constexpr auto value_of(const Pairs& pairs, std::string_view word) {
  for (const auto& [name, value] : pairs)
    if (name == word) return value;
  std::abort();
}

}  // namespace callgate
