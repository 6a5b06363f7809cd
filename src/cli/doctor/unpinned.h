// Finds servers whose command does not name one specific version of a package. As soon as the
// author publishes a new version, the next start of such a server runs the new version. The user
// may not have reviewed that version.
#pragma once

#include <optional>
#include <string>

#include "callgate/config/config.h"

namespace callgate {

struct Unpinned {
  std::string package;  ///< the package or image as the server's arguments name it
  std::string how;      ///< what the user should write to get one version: "package@1.2.3"
};
/// Returns the package if the server's command does not name one specific version of it. Returns
/// nullopt if the command names one specific version. Also returns nullopt for commands other than
/// npx, bunx, pnpm dlx, yarn dlx, npm exec, bun x, uvx, uv tool run, pipx run, docker run and
/// podman run.
std::optional<Unpinned> unpinned(const ServerConfig& server);

}  // namespace callgate
