// Reads YAML with libyaml, and remembers where the members of one mapping, or the items of one
// list, are in the text. Anchors, aliases, tags, merge keys and `? ` keys are refused in that
// mapping or list.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/result.h"

namespace callgate {

/// A member of a mapping in block style, or an item of a list in block style.
struct YamlMember {
  std::string key;  ///< for an item: its `name`, or else its `uses`, or else `item N`
  /// The offsets of the member's lines, without blank lines and comments after the member.
  size_t begin = 0, end = 0;
  std::string json;
};

/// A member of the mapping at the root, with the members or items of its value.
struct YamlPlace : YamlMember {
  enum class Kind { Other, Mapping, List };
  /// Other means that the value is a scalar or is in flow style; `members` is then empty.
  Kind kind = Kind::Other;
  size_t after_colon = 0;
  size_t value_begin = 0, value_end = 0;
  size_t indent = 0;  ///< of the members
  std::vector<YamlMember> members;
};

/// Reads the member `key` of the mapping at the root; nullopt if the text has no such member. The
/// rest of the text may be any valid YAML. Error: "desktop.not_valid" with line and column.
Result<std::optional<YamlPlace>> read_yaml(std::string_view text, std::string_view key);

/// Writes a key, without quotes if possible.
std::string yaml_key(std::string_view key);
/// Writes valid JSON as YAML on one line.
std::string yaml_value(std::string_view json);

}  // namespace callgate
