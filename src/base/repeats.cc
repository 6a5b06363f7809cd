#include "repeats.h"

#include <algorithm>
#include <functional>

namespace callgate::log {

uint64_t Repeats::count(std::string_view text, Time now) {
  const size_t hash = std::hash<std::string_view>{}(text);
  auto found = std::find_if(messages_.begin(), messages_.end(), [hash](const Message& message) {
    return message.times > 0 && message.hash == hash;
  });
  if (found == messages_.end() || now - found->last > kForgotten) {
    if (found == messages_.end())
      found = std::min_element(messages_.begin(), messages_.end(),
                               [](const Message& a, const Message& b) { return a.last < b.last; });
    *found = {.hash = hash, .times = 0, .written_at = 1, .last = now};
  }
  found->last = now;
  if (++found->times != found->written_at) return 0;
  found->written_at *= 10;
  return found->times;
}

}  // namespace callgate::log
