// The part of YAML in which a program writes its configuration: block mappings and lists, flow
// collections, every kind of scalar. Anchors, aliases, tags and `? ` keys are refused.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/result.h"

namespace callgate {

struct YamlMember {
  std::string key;
  size_t begin = 0, end = 0;  ///< of its lines, without blank lines and comments behind
  size_t value = 0;           ///< where what follows the colon begins
  std::string json;
};

/// One mapping in block style, or a list whose items are taken for its members.
struct YamlMapping {
  size_t indent = 0;
  std::vector<YamlMember> members;
};

/// The mapping at the root; values of members other than `wanted` are only skipped, so that what we
/// don't know may stand there: their json is empty. Error "desktop.not_valid" with line and column.
Result<YamlMapping> read_yaml_root(std::string_view text, std::string_view wanted);
/// The members of the block mapping that is the value of `member`; empty when its value is no block
/// mapping (see its json then).
Result<YamlMapping> read_yaml_members(std::string_view text, const YamlMember& member);

/// The same for a list: an item's key is its `name`, else its `uses`, else `item N`.
Result<YamlMapping> read_yaml_items(std::string_view text, const YamlMember& member);

/// A key, plain if it can be.
std::string yaml_key(std::string_view key);
/// Valid JSON as YAML on one line.
std::string yaml_value(std::string_view json);

}  // namespace callgate
