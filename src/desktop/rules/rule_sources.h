// The table of the places where clients keep rules about tools: the file, the keys and the grammar
// of the rules.
#pragma once

#include <string_view>
#include <vector>

namespace callgate {

enum class RuleEffect { Deny, Ask, Allow, Off, Only };
/// How a rule names a tool.
enum class RuleGrammar {
  DoubleUnderscore,  ///< mcp__server__tool, mcp__server
  Gemini,            ///< mcp_server_tool, server__tool, tool
  /// server_tool, in an object whose values are the effects. If several rules match, the last of
  /// them decides.
  Underscore,
  Call,       ///< Mcp(server:tool)
  Colon,      ///< mcp:server:tool, in an object whose values have a "default"
  Extension,  ///< server__tool
  Server,     ///< a server's name, or an object with a member that is the server's name
  /// An object with a member for each agent. Each of these members has rules in the grammar
  /// Underscore.
  Agents,
};

/// One list or object of rules in a client's settings file. The file is YAML if its name ends in
/// .yaml, and otherwise JSON.
struct RuleSource {
  std::string_view client, path;
  /// The keys that lead to the rules; "." means the project's path as a key.
  std::vector<std::string_view> keys;
  RuleGrammar grammar;
  /// The effect of the rules if they are a list. In an object of rules, the values are the effects
  /// instead.
  RuleEffect effect;
};

const std::vector<RuleSource>& rule_sources();

}  // namespace callgate
