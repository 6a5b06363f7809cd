// Reads the `retry` object: what happens to calls that a client repeats.
#include "reader.h"

namespace callgate {

namespace {

constexpr Millis kLongestWindow{24 * 3'600'000};

Millis read_window(Reader& reader, const Place& at) {
  reader.describe(at, R"("const":"off")");
  if (at.value.text_is("off")) return Millis{0};
  return reader.duration(at, Millis{0}, kLongestWindow).value_or(RetryConfig().window);
}

std::vector<std::string> read_exempt(Reader& reader, const Place& at) {
  std::vector<std::string> globs;
  for (const Place& element : reader.elements(at))
    if (auto glob = reader.pattern(element)) globs.push_back(std::move(*glob));
  check_glob_count(reader, at, globs.size());
  return globs;
}

}  // namespace

RetryConfig read_retry(Reader& reader, const Place& at) {
  RetryConfig retry;
  reader.object(at, {{"window", [&](const Place& p) { retry.window = read_window(reader, p); }},
                     {"exempt", [&](const Place& p) { retry.exempt = read_exempt(reader, p); }}});
  return retry;
}

void check_retry(Reader& reader, const Place& at, const std::vector<std::string>& servers) {
  std::vector<std::pair<Place, std::string>> globs;
  const Value exempt = at.value.find("exempt");
  if (!exempt.is_array()) return;
  for (const Place& element : reader.elements({exempt, at.key + ".exempt"}))
    if (element.value.is_string()) globs.emplace_back(element, element.value.text());
  check_tool_globs(reader, at.key, globs, servers);
}

}  // namespace callgate
