#include "shell_text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace callgate {

namespace {

constexpr size_t kShown = 1024;
constexpr std::string_view kSigns = "$`;|&<>()";
constexpr std::array<std::pair<std::string_view, char>, 5> kSubstitutions = {
    {{"$(", ')'}, {"${", '}'}, {"<(", ')'}, {">(", ')'}, {"`", '`'}}};

bool substitutes(std::string_view text) {
  return std::any_of(kSubstitutions.begin(), kSubstitutions.end(), [text](const auto& each) {
    const size_t open = text.find(each.first);
    return open != std::string_view::npos &&
           text.find(each.second, open + each.first.size()) != std::string_view::npos;
  });
}

}  // namespace

std::string shell_text(std::string_view secret, bool never_in_secret) {
  const size_t first = secret.find_first_of(kSigns);
  if (first == std::string_view::npos) return "";
  if (never_in_secret || substitutes(secret)) return std::string(secret.substr(first));
  std::string signs;
  for (const char sign : kSigns)
    if (secret.find(sign) != std::string_view::npos) signs += sign;
  return signs;
}

std::string clipped_shell_text(const std::string& text) {
  if (text.size() <= kShown) return text;
  const auto at_character = [&text](size_t at) {
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) ++at;
    return at;
  };
  return text.substr(0, at_character(kShown / 2)) + "\u2026" +
         text.substr(at_character(text.size() - kShown / 2));
}

}  // namespace callgate
