#include "stateless_servers.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace callgate {

namespace {

struct StatelessServer {
  std::string_view package, module;
};

// Each row names its source: the server's code that was read. The code shows that no call leaves
// anything that a later call, a later list or another client can see. These servers look stateless
// but keep state: fetchers with a cache or a login, "memory", "sequential-thinking", "everything",
// browsers, databases (the current transaction), git and file servers (the folders of one client).
constexpr std::array kStateless = {
    // github.com/modelcontextprotocol/servers, src/time/src/mcp_server_time/server.py at 019d40c:
    // both tools depend only on the clock and their arguments.
    StatelessServer{"mcp-server-time", "mcp_server_time"},
    // github.com/modelcontextprotocol/servers, src/fetch/src/mcp_server_fetch/server.py at 0075ab9:
    // each call makes its own HTTP client, and no cookies are kept.
    StatelessServer{"mcp-server-fetch", "mcp_server_fetch"},
};

std::string_view program_of(std::string_view command) {
  const size_t slash = command.find_last_of("/\\");
  return slash == std::string_view::npos ? command : command.substr(slash + 1);
}

bool is_package(std::string_view name) {
  return std::any_of(kStateless.begin(), kStateless.end(),
                     [&](const StatelessServer& known) { return known.package == name; });
}

bool is_module(std::string_view name) {
  return std::any_of(kStateless.begin(), kStateless.end(),
                     [&](const StatelessServer& known) { return known.module == name; });
}

bool is_python(std::string_view program) {
  return program.substr(0, 6) == "python" &&
         program.find_first_not_of("0123456789.", 6) == std::string_view::npos;
}

// "name@1.2", "name==1.2" → "name"
std::string_view without_version(std::string_view package) {
  return package.substr(0, package.find_first_of("@=<>~!["));
}

}  // namespace

bool keeps_no_state(const ServerConfig& server) {
  const std::string_view program = program_of(server.command);
  if (is_package(program)) return true;
  const auto& args = server.args;
  if (args.empty()) return false;
  if (is_python(program)) return args.size() > 1 && args[0] == "-m" && is_module(args[1]);
  // An option before the package may name another package, so such commands count as unknown.
  if (program == "uvx") return is_package(without_version(args[0]));
  if (program == "pipx") return args.size() > 1 && args[0] == "run" && is_package(args[1]);
  return false;
}

}  // namespace callgate
