#include "callgate/base/base64.h"

#include <algorithm>
#include <cstdint>

#include "callgate/base/ascii.h"

namespace callgate {

namespace {

/// Encodes without padding. `last_two` are the digits for 62 and 63.
std::string encoded(std::string_view bytes, std::string_view last_two) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string out;
  out.reserve((bytes.size() * 4 + 2) / 3);
  const auto add = [&](uint32_t digit) {
    digit &= 63;
    out += digit < kDigits.size() ? kDigits[digit] : last_two[digit - kDigits.size()];
  };
  uint32_t bits = 0, count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) add(bits >> (count - 6));
  }
  if (count > 0) add(bits << (6 - count));
  return out;
}

/// Decodes a text of the standard alphabet without padding.
std::optional<std::string> decoded(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() * 3 / 4);
  uint32_t bits = 0, count = 0;
  for (const char c : text) {
    const int digit = base64_digit(c);
    if (digit < 0) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count);
  }
  return out;
}

}  // namespace

int base64_digit(char c) {
  if (is_upper(c)) return c - 'A';
  if (is_lower(c)) return c - 'a' + 26;
  if (is_digit(c)) return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

std::string base64(std::string_view bytes) {
  std::string out = encoded(bytes, "+/");
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

std::string base64url(std::string_view bytes) { return encoded(bytes, "-_"); }

std::optional<std::string> base64_decoded(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return decoded(text);
}

std::optional<std::string> base64url_decoded(std::string_view text) {
  if (text.find_first_of("+/") != text.npos) return std::nullopt;
  std::string standard(text);
  std::replace(standard.begin(), standard.end(), '-', '+');
  std::replace(standard.begin(), standard.end(), '_', '/');
  return decoded(standard);
}

}  // namespace callgate
