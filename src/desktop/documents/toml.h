// Reads TOML 1.0 as a list of statements with their offsets. With this list, a part of the text can
// be read as JSON, or cut out.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/result.h"

namespace callgate {

struct TomlStatement {
  size_t begin = 0, end = 0;  ///< offsets of the statement's lines, including the last line's end
  enum class Kind { Table, ArrayOfTables, Value } kind = Kind::Value;
  std::vector<std::string> path;  ///< the statement's keys, from the root of the document
  std::string json;               ///< the value of a statement of the kind Value
};

/// Returns all statements in order. Dates, and numbers that JSON doesn't have (0x1f, inf), become
/// strings. Error: "desktop.not_valid" with line and column.
Result<std::vector<TomlStatement>> read_toml(std::string_view text);

/// A JSON object built from paths and values; its members keep their order.
class JsonTree {
 public:
  /// Puts a value at a path. Returns false if the path has a value already.
  bool put(const std::vector<std::string>& path, size_t from, std::string json);
  /// Makes an object at a path unless an object is already there. Returns false if the path has a
  /// value that is not an object.
  bool open(const std::vector<std::string>& path, size_t from);
  std::string json() const;
  const std::vector<std::pair<std::string, JsonTree>>& members() const { return members_; }

 private:
  JsonTree& member(const std::string& key);
  std::string value_;  // empty for an object
  std::vector<std::pair<std::string, JsonTree>> members_;
  std::map<std::string, size_t, std::less<>> index_;  // indices into members_
};

/// True if the character may be in a key without quotes.
bool is_bare_key_char(char c);
/// Writes a key, without quotes if possible.
std::string toml_key(std::string_view key);
/// Writes valid JSON without null as a TOML value; objects become inline tables.
std::string toml_value(std::string_view json);

}  // namespace callgate
