// Reads the part of YAML that programs use for their configuration: block mappings and lists, flow
// collections, every kind of scalar. Anchors, aliases, tags and `? ` keys are refused.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/result.h"

namespace callgate {

struct YamlMember {
  std::string key;
  /// The offsets of the member's lines, without blank lines and comments after the member.
  size_t begin = 0, end = 0;
  size_t value = 0;  ///< the offset after the colon
  std::string json;
};

/// One mapping in block style, or a list whose items are read as its members.
struct YamlMapping {
  size_t indent = 0;
  std::vector<YamlMember> members;
};

/// Reads the mapping at the root. Skips the values of all members except `wanted`, so they may have
/// a syntax that this reader doesn't know; the json of these members is empty. Error:
/// "desktop.not_valid" with line and column.
Result<YamlMapping> read_yaml_root(std::string_view text, std::string_view wanted);
/// Reads the members of the block mapping that is the value of `member`. Returns no members if the
/// value is not a block mapping; then `member.json` has the value.
Result<YamlMapping> read_yaml_members(std::string_view text, const YamlMember& member);

/// Like read_yaml_members(), for a list. The key of an item is its `name`, or else its `uses`, or
/// else `item N`.
Result<YamlMapping> read_yaml_items(std::string_view text, const YamlMember& member);

/// Writes a key, without quotes if possible.
std::string yaml_key(std::string_view key);
/// Writes valid JSON as YAML on one line.
std::string yaml_value(std::string_view json);

}  // namespace callgate
