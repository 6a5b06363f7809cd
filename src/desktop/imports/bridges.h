// Reads the command of a bridge: a program that connects the standard input and output of its
// process to a server with a URL. Callgate can reach such a server itself.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "callgate/config/config.h"

namespace callgate {

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

struct BridgedServer {
  std::string bridge;  ///< the name of the bridge's package
  RemoteConfig remote;
  /// Options of the bridge that have no meaning for callgate.
  std::vector<std::string> left_out;
};
/// `words` are the command and its arguments, `env` the variables that the entry sets or passes on;
/// both in the syntax of values in our configuration. Understands mcp-remote and supergateway, when
/// started by their own name, npx, bunx, `bun x`, `npm exec`, `pnpm dlx`, `yarn dlx` or node.
/// Returns nullopt if the command is no bridge, or if a word or a variable may have an effect that
/// callgate does not know.
std::optional<BridgedServer> read_bridge(const std::vector<std::string>& words,
                                         const NamedTexts& env);

/// Splits a text at its blanks.
std::vector<std::string> split_at_blanks(std::string_view text);
/// Returns the server with the members of `bridged` in place of its command.
ServerConfig reached_directly(ServerConfig server, const BridgedServer& bridged);
/// Returns the variables that the server's entry sets or passes on, in the syntax of values.
NamedTexts variables_of_process(const ServerConfig& server);

/// The variables of a process that replaces `${NAME}` by their values.
class OwnVariables {
 public:
  explicit OwnVariables(const NamedTexts& all) : all_(all) {}
  /// Replaces each `${NAME}` that is plain text (our configuration writes it as `$${NAME}`) by the
  /// variable's value. A variable that is not among ours becomes `${env:NAME}` if `inherited` is
  /// true, and otherwise stays as it is.
  std::string replaced(std::string_view text, bool inherited);
  /// True if each variable was used in a value.
  bool all_used() const { return used_.size() == all_.size(); }
  /// Counts the variable as used.
  void use(std::string_view name);

 private:
  const NamedTexts& all_;
  std::set<std::string, std::less<>> used_;
};

}  // namespace callgate
