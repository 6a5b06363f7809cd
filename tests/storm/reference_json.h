// A reader of JSON that shares no code with src/. It shows how another program reads the same
// bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reference {

struct Json {
  enum class Kind { Null, Flag, Number, Text, List, Object };
  Kind kind = Kind::Null;
  std::string text;  ///< a text's characters, or a number or flag as it was written
  std::vector<Json> items;
  struct Member;
  std::vector<Member> members;  ///< in order, with repeated keys

  bool is_text() const { return kind == Kind::Text; }
  bool is_object() const { return kind == Kind::Object; }
};
struct Json::Member {
  std::string key;
  Json value;
};

/// Returns nothing unless the whole text is one value by RFC 8259. A lone surrogate becomes U+FFFD.
std::optional<Json> parse(std::string_view text);

std::string quoted(std::string_view text);
std::string written(const Json& value);

}  // namespace reference
