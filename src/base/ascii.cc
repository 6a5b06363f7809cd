#include "callgate/base/ascii.h"

#include <algorithm>

namespace callgate {

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && begins_ignoring_case(a, b);
}

bool begins_ignoring_case(std::string_view text, std::string_view front) {
  return text.size() >= front.size() &&
         std::equal(front.begin(), front.end(), text.begin(),
                    [](char a, char b) { return a == b || lower(a) == lower(b); });
}

size_t find_ignoring_case(std::string_view text, std::string_view wanted) {
  const std::string small = lowered(wanted);
  const auto at = std::search(text.begin(), text.end(), small.begin(), small.end(),
                              [](char a, char b) { return lower(a) == b; });
  return at == text.end() && !small.empty() ? std::string_view::npos
                                            : static_cast<size_t>(at - text.begin());
}

}  // namespace callgate
