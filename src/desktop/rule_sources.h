// The facts about clients' rules as a table: in which file, under which key, in which grammar.
#pragma once

#include <string_view>
#include <vector>

namespace callgate {

enum class RuleEffect { Deny, Ask, Allow, Off, Only };
/// How a rule names a tool.
enum class RuleGrammar {
  DoubleUnderscore,  ///< mcp__server__tool, mcp__server
  Gemini,            ///< mcp_server_tool, server__tool, tool
  Underscore,        ///< server_tool, in an object: the value says what happens, the last one wins
  Call,              ///< Mcp(server:tool)
  Colon,             ///< mcp:server:tool, in an object whose values have a "default"
  Extension,         ///< server__tool
  Server,            ///< a server's name, or an object with it
  Agents,            ///< objects by the name of an agent, with Underscore objects of their own
};

/// The file is JSON, or YAML if its name says so.
struct RuleSource {
  std::string_view client, path;
  std::vector<std::string_view> keys;  ///< "." is the project's path
  RuleGrammar grammar;
  RuleEffect effect;  ///< of a list; an object's values have their own
};

const std::vector<RuleSource>& rule_sources();

}  // namespace callgate
