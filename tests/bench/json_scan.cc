#include "json_scan.h"

#include <cstring>

namespace bench {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

size_t after_blanks(std::string_view json, size_t at) {
  const size_t found = json.find_first_not_of(kBlank, at);
  return found == std::string_view::npos ? json.size() : found;
}

// `at` is the position of the opening quote. Returns the position after the closing quote.
size_t after_string(std::string_view json, size_t at) {
  for (;;) {
    at = json.find('"', at + 1);
    if (at == std::string_view::npos) return json.size();
    size_t first_slash = at;
    while (json[first_slash - 1] == '\\') --first_slash;
    if ((at - first_slash) % 2 == 0) return at + 1;
  }
}

size_t after_value(std::string_view json, size_t at) {
  if (at >= json.size()) return at;
  if (json[at] == '"') return after_string(json, at);
  if (json[at] != '{' && json[at] != '[') {
    const size_t end = json.find_first_of(",}] \t\r\n", at);
    return end == std::string_view::npos ? json.size() : end;
  }
  for (int depth = 0; at < json.size();) {
    at = json.find_first_of("\"{}[]", at);
    if (at == std::string_view::npos) break;
    if (json[at] == '"') {
      at = after_string(json, at);
      continue;
    }
    depth += json[at] == '{' || json[at] == '[' ? 1 : -1;
    ++at;
    if (depth == 0) return at;
  }
  return json.size();
}

}  // namespace

std::string_view member(std::string_view json, std::string_view name) {
  size_t at = after_blanks(json, 0);
  if (at >= json.size() || json[at] != '{') return {};
  for (;;) {
    at = after_blanks(json, at + 1);
    if (at >= json.size() || json[at] != '"') return {};
    const size_t key_end = after_string(json, at);
    const std::string_view key = inside_quotes(json.substr(at, key_end - at));
    const size_t colon = after_blanks(json, key_end);
    const size_t begin = after_blanks(json, colon + 1);
    const size_t end = after_value(json, begin);
    if (key == name) return json.substr(begin, end - begin);
    at = after_blanks(json, end);
    if (at >= json.size() || json[at] != ',') return {};
  }
}

}  // namespace bench
