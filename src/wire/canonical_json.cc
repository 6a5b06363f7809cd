#include "callgate/wire/canonical_json.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "callgate/wire/writer.h"

namespace callgate {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

/// Lone surrogates have no UTF-8 form and all become U+FFFD, so a string with one keeps its
/// escapes.
std::string canonical_string(std::string_view token, bool escaped, const std::string& text) {
  if (escaped && text.find(kReplacement) != std::string::npos) return std::string(token);
  return quote(text);
}

std::string canonical_number(Value value) {
  JsonWriter out;
  if (const auto integer = value.integer()) return out.integer(*integer).take();
  const std::string_view token = value.raw();
  // A double holds 15 digits in any case. Numbers with more digits are equal only if they are
  // written in the same way.
  const auto digits =
      std::count_if(token.begin(), token.end(), [](char c) { return c >= '0' && c <= '9'; });
  const auto number = value.number();
  if (digits > 15 || !number) return std::string(token);
  return out.number(*number).take();
}

void append(std::string& out, Value value);

void append_members(std::string& out, Value object) {
  std::vector<std::pair<std::string, Value>> members;
  for (const Value member : object) {
    const std::string token = '"' + std::string(member.raw_key()) + '"';
    members.emplace_back(canonical_string(token, member.node().key_escaped, member.key()), member);
  }
  std::stable_sort(members.begin(), members.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [key, member] : members) {
    if (out.back() != '{') out += ',';
    out += key;
    out += ':';
    append(out, member);
  }
}

void append(std::string& out, Value value) {
  switch (value.node().kind) {
    case NodeKind::Object:
      out += '{';
      append_members(out, value);
      out += '}';
      return;
    case NodeKind::Array: {
      out += '[';
      bool first = true;
      for (const Value element : value) {
        if (!std::exchange(first, false)) out += ',';
        append(out, element);
      }
      out += ']';
      return;
    }
    case NodeKind::String:
      out += canonical_string(value.raw(), value.node().escaped, value.text());
      return;
    case NodeKind::Number:
      out += canonical_number(value);
      return;
    case NodeKind::True:
    case NodeKind::False:
    case NodeKind::Null:
      out += value.raw();
  }
}

}  // namespace

std::string canonical_json(Value value) {
  std::string out;
  if (value) append(out, value);
  return out;
}

}  // namespace callgate
