// The text of the configuration file that `callgate config init` writes.
#include "callgate/config/config.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

constexpr const char* kStarter = R"jsonc(
  // Servers, in the form that clients use. `callgate import` copies the servers of a client here.
  "mcpServers": {
    // "filesystem": {
    //   "command": "npx",
    //   "args": ["-y", "@modelcontextprotocol/server-filesystem", "/home/me/projects"]
    // },
    // "github": {
    //   "command": "github-mcp-server",
    //   "args": ["stdio"],
    //   // refers to the secret that `callgate secret set github` stores
    //   "env": {"GITHUB_PERSONAL_ACCESS_TOKEN": "${secret:github}"}
    // }
  },

  // What clients may do: deny beats ask beats allow, whatever their order. If no rule matches,
  // the default decides. A rule is a glob on server__tool, or an object that can also
  // constrain arguments.
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

  // Other keys: "profiles", "record", "protect", "guard", "http", "limits"; see man callgate-config.
}
)jsonc";

constexpr const char* kHead =
    "// The configuration of callgate: JSON, with comments and trailing commas.\n"
    "// `callgate config check` finds errors in it, `callgate doctor` also checks everything "
    "else.\n{";

}  // namespace

std::string starter_config(const std::string& schema) {
  const std::string reference = schema.empty() ? "" : "\n  \"$schema\": " + quote(schema) + ",\n";
  return kHead + reference + kStarter;
}

}  // namespace callgate
