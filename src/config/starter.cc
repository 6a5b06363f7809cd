// The file that a person begins with.
#include "callgate/config/config.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

constexpr const char* kStarter = R"jsonc(
  // Servers, as every client configures them; `callgate import` takes over those that it has.
  "mcpServers": {
    // "filesystem": {
    //   "command": "npx",
    //   "args": ["-y", "@modelcontextprotocol/server-filesystem", "/home/me/projects"]
    // },
    // "github": {
    //   "command": "github-mcp-server",
    //   "args": ["stdio"],
    //   // in place of the secret itself, which `callgate secret set github` keeps
    //   "env": {"GITHUB_PERSONAL_ACCESS_TOKEN": "${secret:github}"}
    // }
  },

  // What clients may: deny beats ask beats allow, whatever the order; then the default.
  // A rule is a glob on server__tool, or an object that also looks at arguments.
  "policy": {
    "default": "allow",
    "deny": [
      // "*__delete_*",
      // {"tool": "filesystem__*", "args": {"*": {"outside": ["~/projects"]}},
      //  "because": "stay in ~/projects"}
    ],
    "ask": [],
    "allow": []
  }

  // Also: "profiles", "record", "protect", "guard", "http", "limits"; see man callgate-config.
}
)jsonc";

constexpr const char* kHead =
    "// The configuration of callgate: JSON, with comments and trailing commas.\n"
    "// `callgate config check` tells what is wrong with it, `callgate doctor` what is wrong "
    "beside.\n{";

}  // namespace

std::string starter_config(const std::string& schema) {
  const std::string reference = schema.empty() ? "" : "\n  \"$schema\": " + quote(schema) + ",\n";
  return kHead + reference + kStarter;
}

}  // namespace callgate
