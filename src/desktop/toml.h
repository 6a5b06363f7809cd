// TOML 1.0 as statements with their places: enough to read a part of it as JSON and to cut it out.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/result.h"

namespace callgate {

struct TomlStatement {
  size_t begin = 0, end = 0;  ///< of its lines, the last line's end included
  enum class Kind { Table, ArrayOfTables, Value } kind = Kind::Value;
  std::vector<std::string> path;  ///< from the root
  std::string json;               ///< of a Value
};

/// Every statement in order. Error "desktop.not_valid" with line and column. Dates and numbers that
/// JSON doesn't have become strings.
Result<std::vector<TomlStatement>> read_toml(std::string_view text);

/// Members in order, from paths and values.
class JsonTree {
 public:
  /// False: something stands there already.
  bool put(const std::vector<std::string>& path, size_t from, std::string json);
  /// An empty object, if there is nothing.
  bool open(const std::vector<std::string>& path, size_t from);
  std::string json() const;
  const std::vector<std::pair<std::string, JsonTree>>& members() const { return members_; }

 private:
  JsonTree& member(const std::string& key);
  std::string value_;  // empty: an object
  std::vector<std::pair<std::string, JsonTree>> members_;
  std::map<std::string, size_t, std::less<>> index_;  // into members_
};

/// May stand in a key without quotes.
bool is_bare_key_char(char c);
/// A key, bare if it can be.
std::string toml_key(std::string_view key);
/// Valid JSON, without null, as a TOML value; objects become inline tables.
std::string toml_value(std::string_view json);

}  // namespace callgate
