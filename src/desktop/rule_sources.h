// The table of clients' rules: in which file, under which key and in which grammar they are.
#pragma once

#include <string_view>
#include <vector>

namespace callgate {

enum class RuleEffect { Deny, Ask, Allow, Off, Only };
/// How a rule names a tool.
enum class RuleGrammar {
  DoubleUnderscore,  ///< mcp__server__tool, mcp__server
  Gemini,            ///< mcp_server_tool, server__tool, tool
  /// server_tool, in an object whose values are the effects. The last rule wins.
  Underscore,
  Call,       ///< Mcp(server:tool)
  Colon,      ///< mcp:server:tool, in an object whose values have a "default"
  Extension,  ///< server__tool
  Server,     ///< a server's name, or an object that has it
  /// An object with a member for each agent; the member's value holds an object as in Underscore.
  Agents,
};

/// The file is JSON, or YAML if its name ends in .yaml.
struct RuleSource {
  std::string_view client, path;
  std::vector<std::string_view> keys;  ///< "." is the project's path
  RuleGrammar grammar;
  RuleEffect effect;  ///< for a list; an object's values have their own effects
};

const std::vector<RuleSource>& rule_sources();

}  // namespace callgate
