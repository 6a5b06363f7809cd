// The fields of HTTP that repeat arguments of a tool call, as the tool's schema demands with
// `x-mcp-header`. Source: MCP 2026-07-28 "Streamable HTTP", section on custom headers.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/wire/message.h"
#include "callgate/wire/web.h"

namespace callgate {

/// A field may repeat a value of at most this many bytes, after encoding.
inline constexpr size_t kLongestMirrored = 8192;

/// Returns the text as the value of a field: as it is, if it consists of printable ASCII without
/// blanks at its ends; otherwise encoded as `=?base64?…?=`. Error: "remote.field" if the value is
/// longer than kLongestMirrored.
Result<std::string> mirrored(std::string_view text);

/// Remembers the schemas of the tools that a server has listed.
class ParamFields {
 public:
  static constexpr size_t kMostTools = 1000, kMostFieldsOfTool = 64;

  /// Reads an answer to tools/list. Returns the answer without the tools whose `x-mcp-header` is
  /// not valid, because a client must not use them; nullopt if all tools are valid. `first`: the
  /// answer is the first page of a list.
  std::optional<std::string> learn(Value answer, bool first, std::string_view server);
  /// Adds the fields for a tools/call with these params. Error: that of mirrored().
  Status add(Value params, WebFields& fields) const;

 private:
  struct Field {
    std::string name;
    std::vector<std::string> path;  // the keys that lead to the argument
  };
  struct Tool {
    std::vector<Field> fields;
    unsigned listing = 0;
  };
  class SchemaReader;
  std::optional<std::string> learn_tool(Value tool);

  std::map<std::string, Tool, std::less<>> tools_;
  unsigned listing_ = 0;  // the number of the current list, whose pages arrive one by one
};

}  // namespace callgate
