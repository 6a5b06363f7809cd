#include "typed_ids.h"

#include <fmt/core.h>

#include <charconv>

namespace callgate {

namespace {

bool read_all(std::string_view text, uint32_t& number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return !text.empty() && error == std::errc() && stop == end;
}

}  // namespace

std::optional<TypedId> typed_id(std::string_view text) {
  TypedId id;
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos || !read_all(text.substr(0, dash), id.run) ||
      !read_all(text.substr(dash + 1), id.number))
    return std::nullopt;
  return id;
}

std::string typeable(uint32_t run, uint32_t number) { return fmt::format("{}-{}", run, number); }

Error no_finding(const std::string& id) {
  return {"findings.none", fmt::format("there is no finding {}", id), "see: callgate findings"};
}

}  // namespace callgate
