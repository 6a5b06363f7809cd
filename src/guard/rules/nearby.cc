#include "nearby.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "callgate/base/ascii.h"
#include "callgate/base/hash.h"

namespace callgate {

namespace {

constexpr std::string_view kListing[] = {"list", "ls", "tree", "glob", "dir", "find", "search"};
constexpr size_t kLabelBytes = 64, kMostLabels = 128;

/// Returns the names of a listing: the parts between blanks, quotes and brackets that look like
/// names.
std::vector<std::string_view> names_in(std::string_view text) {
  std::vector<std::string_view> names;
  for (size_t from = 0; from < text.size() && names.size() < kMostLabels;) {
    const size_t end = std::min(text.find_first_of(" \t\r\n\"'[]{}(),:;|", from), text.size());
    std::string_view name = text.substr(from, end - from);
    if (const size_t slash = name.rfind('/');
        slash != std::string_view::npos && slash + 1 < name.size())
      name.remove_prefix(slash + 1);
    // "DIR", "FILE" and "total" are usually labels in a listing, not names.
    const bool label = name == "DIR" || name == "FILE" || name == "total" || name == "-";
    if (name.size() >= 2 && name.size() <= kLabelBytes && !label && end < text.size())
      names.push_back(name);
    from = end + 1;
  }
  return names;
}

}  // namespace

size_t edit_distance(std::string_view a, std::string_view b) {
  // Myers' bit vectors: two words hold a column of the classic table, 64 rows at once.
  a = a.substr(0, 64);
  b = b.substr(0, 64);
  if (a.empty()) return b.size();
  std::array<uint64_t, 256> where{};
  for (size_t i = 0; i < a.size(); ++i) where[static_cast<uint8_t>(a[i])] |= uint64_t{1} << i;
  uint64_t up = ~uint64_t{0}, down = 0;
  const uint64_t last = uint64_t{1} << (a.size() - 1);
  size_t distance = a.size();
  for (char c : b) {
    const uint64_t match = where[static_cast<uint8_t>(c)];
    const uint64_t x = match | down;
    const uint64_t diagonal = (((match & up) + up) ^ up) | match;
    uint64_t plus = down | ~(diagonal | up);
    uint64_t minus = up & diagonal;
    if ((plus & last) != 0) ++distance;
    if ((minus & last) != 0) --distance;
    plus = (plus << 1) | 1;
    minus <<= 1;
    up = minus | ~(x | plus);
    down = plus & x;
  }
  return distance;
}

void Listing::keep(std::string_view server, std::string_view text) {
  server_ = hash_of(server);
  // Makes a new string of the needed size, because assign() would keep the memory of a longer old
  // text.
  text_ = std::string(text.substr(0, kMost));
}

std::vector<std::string> Listing::like(std::string_view server, std::string_view guess,
                                       size_t most) const {
  if (hash_of(server) != server_) return {};
  std::vector<std::string_view> names = names_in(text_);
  if (!guess.empty())
    std::stable_sort(names.begin(), names.end(), [&](std::string_view x, std::string_view y) {
      return edit_distance(x, guess) < edit_distance(y, guess);
    });
  std::vector<std::string> best;
  for (std::string_view name : names) {
    if (best.size() == most) break;
    if (std::find(best.begin(), best.end(), name) == best.end()) best.emplace_back(name);
  }
  return best;
}

bool lists_things(std::string_view tool) {
  for (size_t i = 0; i < tool.size(); ++i) {
    if (i > 0 && is_letter(tool[i - 1]) && !is_upper(tool[i])) continue;
    for (std::string_view word : kListing)
      if (begins_ignoring_case(tool.substr(i), word)) return true;
  }
  return false;
}

}  // namespace callgate
