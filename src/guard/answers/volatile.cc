#include "volatile.h"

#include <cstring>

#include "callgate/base/ascii.h"
#include "callgate/base/hash.h"

namespace callgate {

namespace {

constexpr size_t kMaskedBytes = 64 * 1024;

constexpr std::string_view kUnits[] = {"ns",     "us",   "\xc2\xb5s", "ms",      "seconds",
                                       "second", "secs", "sec",       "minutes", "minute",
                                       "mins",   "min",  "s"};
constexpr std::string_view kLabels[] = {"elapsed", "duration",  "took",
                                        "latency", "timestamp", "uptime"};

size_t digits(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - at;
}

bool char_is(std::string_view text, size_t at, char c) { return at < text.size() && text[at] == c; }

/// Returns the length of a time such as "10:00:01", with its fraction and zone; 0 if there is no
/// time at `at`.
size_t clock_time(std::string_view text, size_t at) {
  size_t p = at;
  for (int part = 0; part < 3; ++part) {
    if (digits(text, p) != 2) return 0;
    p += 2;
    if (part < 2 && !char_is(text, p++, ':')) return 0;
  }
  if ((char_is(text, p, '.') || char_is(text, p, ',')) && digits(text, p + 1) > 0)
    p += 1 + digits(text, p + 1);
  if (char_is(text, p, 'Z')) return p + 1 - at;
  if ((char_is(text, p, '+') || char_is(text, p, '-')) && digits(text, p + 1) >= 2) {
    p += 1 + digits(text, p + 1);
    if (char_is(text, p, ':') && digits(text, p + 1) == 2) p += 3;
  }
  return p - at;
}

/// Returns the length of a time stamp such as "2026-07-28T10:00:01Z" (or with a space instead of
/// the T); else 0. A date alone is not a time stamp.
size_t time_stamp(std::string_view text, size_t at) {
  if (digits(text, at) != 4 || !char_is(text, at + 4, '-') || digits(text, at + 5) != 2 ||
      !char_is(text, at + 7, '-') || digits(text, at + 8) != 2)
    return 0;
  if (!char_is(text, at + 10, 'T') && !char_is(text, at + 10, ' ')) return 0;
  const size_t time = clock_time(text, at + 11);
  return time > 0 ? 11 + time : 0;
}

/// Returns the length of a number that may be seconds, milliseconds or microseconds since 1970, in
/// this half century; else 0.
size_t epoch(std::string_view text, size_t at) {
  const size_t count = digits(text, at);
  if (count != 10 && count != 13 && count != 16) return 0;
  const bool now =
      (text[at] == '1' && text[at + 1] >= '4') || (text[at] == '2' && text[at + 1] < '3');
  return now ? count : 0;
}

bool states_remaining_time(std::string_view text, size_t begin, size_t end) {
  std::string_view after = text.substr(end, 14);
  while (!after.empty() && is_blank(after.front())) after.remove_prefix(1);
  if (begins_ignoring_case(after, "left") || begins_ignoring_case(after, "remaining") ||
      begins_ignoring_case(after, "to go"))
    return true;
  const std::string_view before = text.substr(begin > 14 ? begin - 14 : 0, begin > 14 ? 14 : begin);
  for (size_t i = 0; i < before.size(); ++i)
    if (begins_ignoring_case(before.substr(i), "eta") ||
        begins_ignoring_case(before.substr(i), "remaining"))
      return true;
  return false;
}

/// Returns the length of a duration such as "3.2s", "12 ms" or "35 seconds". Returns 0 for the time
/// that is left, because a change of that time shows progress.
size_t duration(std::string_view text, size_t at) {
  size_t end = at + digits(text, at);
  if (char_is(text, end, '.') && digits(text, end + 1) > 0) end += 1 + digits(text, end + 1);
  if (char_is(text, end, ' ')) ++end;
  if (end >= text.size() || is_digit(text[end])) return 0;
  for (std::string_view unit : kUnits) {
    const size_t after = end + unit.size();
    if (!begins_ignoring_case(text.substr(end), unit) ||
        (after < text.size() && is_letter_or_digit(text[after])))
      continue;
    return states_remaining_time(text, at, after) ? 0 : after - at;
  }
  return 0;
}

/// Returns the length of the number in `"elapsed_ms": 17` and the like.
size_t labelled(std::string_view text, size_t at) {
  size_t end = at;
  while (end > 0 && (is_blank(text[end - 1]) || text[end - 1] == ':' || text[end - 1] == '"' ||
                     text[end - 1] == '='))
    --end;
  size_t begin = end;
  while (begin > 0 && end - begin < 24 &&
         (is_letter_or_digit(text[begin - 1]) || text[begin - 1] == '_'))
    --begin;
  const std::string_view word = text.substr(begin, end - begin);
  if (end == at || word.empty()) return 0;
  for (size_t i = 0; i < word.size(); ++i)
    for (std::string_view label : kLabels)
      if (begins_ignoring_case(word.substr(i), label)) {
        size_t count = digits(text, at);
        if (char_is(text, at + count, '.')) count += 1 + digits(text, at + count + 1);
        return count;
      }
  return 0;
}

size_t volatile_at(std::string_view text, size_t at) {
  if (const size_t n = time_stamp(text, at)) return n;
  if (const size_t n = clock_time(text, at)) return n;
  if (const size_t n = epoch(text, at)) return n;
  if (const size_t n = duration(text, at)) return n;
  return labelled(text, at);
}

/// Returns the offset of the next digit, found eight bytes at a time. Before each subtraction or
/// addition, the high bit of each byte is set or cleared, so that no byte borrows from or carries
/// into its neighbour.
size_t next_digit(std::string_view text, size_t at) {
  constexpr uint64_t kOnes = 0x0101010101010101ULL, kHigh = kOnes * 0x80;
  for (; at + 8 <= text.size(); at += 8) {
    uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    const uint64_t from_0 = (word | kHigh) - kOnes * '0';
    const uint64_t over_9 = (word & ~kHigh) + kOnes * (0x7F - '9');
    if ((from_0 & ~over_9 & ~word & kHigh) != 0) break;
  }
  while (at < text.size() && !is_digit(text[at])) ++at;
  return at;
}

}  // namespace

SteadyHash hash_masked(std::string_view text) {
  SteadyHash result;
  const std::string_view head = text.substr(0, kMaskedBytes);
  size_t from = 0;
  for (size_t i = next_digit(head, 0); i < head.size(); i = next_digit(head, i + 1)) {
    const bool inside =
        i > 0 && (is_letter_or_digit(head[i - 1]) || head[i - 1] == '.') && head[i - 1] != 'T';
    const size_t masked = inside ? 0 : volatile_at(head, i);
    if (masked > 0) {
      result.hash = hash_of(head.substr(from, i - from), result.hash);
      result.volatile_bytes += masked;
      i += masked - 1;
      from = i + 1;
    } else {
      while (i + 1 < head.size() && is_digit(head[i + 1])) ++i;
    }
  }
  result.hash = hash_of(text.substr(from), result.hash);
  return result;
}

}  // namespace callgate
