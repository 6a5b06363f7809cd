#include "callgate/protocol/names.h"

#include "callgate/base/digest.h"

namespace callgate {

namespace {

constexpr size_t kHashDigits = 8;

bool allowed(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

std::string cleaned(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (!allowed(c)) c = '_';
  }
  return out;
}

std::string with_digest(std::string name, std::string_view server, std::string_view tool) {
  std::string pair(server);
  pair += '\0';
  pair += tool;
  const std::string digits = hex(sha256(pair)).substr(0, kHashDigits);
  if (name.size() > kLongestName - kHashDigits - 1) name.resize(kLongestName - kHashDigits - 1);
  return name + '_' + digits;
}

}  // namespace

std::string exposed_name(std::string_view server, std::string_view tool) {
  const std::string head = cleaned(server), tail = cleaned(tool);
  std::string name = head + "__" + tail;
  const bool misreadable = head.find("__") != head.npos || head.empty() || head.back() == '_';
  const bool exact = head == server && tail == tool && !tail.empty() && !misreadable;
  return exact && name.size() <= kLongestName ? name : with_digest(std::move(name), server, tool);
}

std::string bare_name(std::string_view server, std::string_view tool) {
  std::string name = cleaned(tool);
  const bool exact = name == tool && !name.empty() && name.size() <= kLongestName;
  return exact ? name : with_digest(std::move(name), server, tool);
}

}  // namespace callgate
