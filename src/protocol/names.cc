#include "callgate/protocol/names.h"

#include "callgate/base/ascii.h"
#include "callgate/base/digest.h"

namespace callgate {

namespace {

constexpr size_t kHashDigits = 8;

bool allowed(char c) { return is_letter_or_digit(c) || c == '_' || c == '-'; }

std::string cleaned(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (!allowed(c)) c = '_';
  }
  return out;
}

// Adds `_` in front of a digit or dash, because Gemini accepts no name that begins with a digit or
// a dash.
std::string with_usable_front(std::string name) {
  const bool usable = name.empty() || (name.front() != '-' && !is_digit(name.front()));
  return usable ? name : '_' + name;
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

std::string name_prefix(std::string_view server) {
  return with_usable_front(cleaned(server)) + "__";
}

bool owns_prefix(std::string_view server) {
  const bool misreadable =
      server.find("__") != server.npos || server.empty() || server.back() == '_';
  return !misreadable && with_usable_front(cleaned(server)) == server;
}

std::string tool_name(std::string_view tool, bool bare) {
  std::string name = cleaned(tool);
  return bare ? with_usable_front(std::move(name)) : name;
}

std::string exposed_name(std::string_view server, std::string_view tool, NameNeighbours others) {
  const std::string tail = tool_name(tool, false);
  std::string name = name_prefix(server) + tail;
  const bool unclear = (others.same_prefix && !owns_prefix(server)) ||
                       (others.same_tool && tail != tool) || server.empty() || tail.empty();
  return unclear || name.size() > kLongestName ? with_digest(std::move(name), server, tool) : name;
}

std::string bare_name(std::string_view server, std::string_view tool, NameNeighbours others) {
  std::string name = tool_name(tool, true);
  // If a name has "__", another server's tool may have the same name with its prefix.
  const bool shared = others.same_prefix || others.same_tool || name.find("__") != name.npos;
  const bool unclear = name.empty() || (name != tool && shared);
  return unclear || name.size() > kLongestName ? with_digest(std::move(name), server, tool) : name;
}

}  // namespace callgate
