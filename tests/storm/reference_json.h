// A reader of JSON that shares nothing with src/: what another program makes of the same bytes.
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
  std::string text;  ///< a text's characters; a number or flag as it is written
  std::vector<Json> items;
  struct Member;
  std::vector<Member> members;  ///< in order, equal keys and all

  bool is_text() const { return kind == Kind::Text; }
  bool is_object() const { return kind == Kind::Object; }
};
struct Json::Member {
  std::string key;
  Json value;
};

/// Empty unless the whole text is one value by RFC 8259. A lone surrogate becomes U+FFFD.
std::optional<Json> parse(std::string_view text);

std::string quoted(std::string_view text);
std::string written(const Json& value);

}  // namespace reference
