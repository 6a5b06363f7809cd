// Functions for the names of servers and tools in clients' rules.
#include <algorithm>

#include "callgate/base/ascii.h"
#include "client_rules.h"

namespace callgate {

std::string in_tool_names(const std::string& server) {
  std::string out = server;
  for (char& c : out) {
    if (!is_letter_or_digit(c) && c != '-') c = '_';
  }
  return out;
}

std::vector<std::string> glob_after(std::string_view glob, std::string_view literal) {
  // All positions in the glob that the matching can have reached after the characters of the
  // literal so far.
  std::vector<size_t> at{0};
  const auto with_empty_stars = [&](std::vector<size_t> from) {
    for (size_t i = 0; i < from.size(); ++i)
      if (from[i] < glob.size() && glob[from[i]] == '*' &&
          std::find(from.begin(), from.end(), from[i] + 1) == from.end())
        from.push_back(from[i] + 1);
    return from;
  };
  for (const char c : literal) {
    std::vector<size_t> next;
    for (const size_t p : with_empty_stars(at)) {
      if (p >= glob.size()) continue;
      const bool star = glob[p] == '*';
      if (!star && glob[p] != '?' && glob[p] != c) continue;
      const size_t to = star ? p : p + 1;
      if (std::find(next.begin(), next.end(), to) == next.end()) next.push_back(to);
    }
    at = std::move(next);
    if (at.empty()) return {};
  }
  // If one of the rests is a star alone, it matches everything that the other rests match, so they
  // are dropped.
  std::vector<std::string> rest;
  for (const size_t p : at) {
    if (p < glob.size() && glob[p] == '*' && p + 1 == glob.size()) return {"*"};
    rest.emplace_back(glob.substr(p));
  }
  return rest;
}

std::string goose_key(std::string_view name) {
  std::string key;
  for (const char c : name)
    if (c != ' ' && c != '\t') key += lower(c);
  return key;
}

}  // namespace callgate
