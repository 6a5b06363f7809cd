// Servers whose program changes whenever its author publishes a version, so that the program that
// runs may not be the one that was reviewed.
#pragma once

#include <optional>
#include <string>

#include "callgate/config/config.h"

namespace callgate {

struct Unpinned {
  std::string package;  ///< as it is named in the arguments
  std::string how;      ///< how to name a fixed version: "package@1.2.3"
};
/// Knows npx, bunx, pnpm dlx, yarn dlx, uvx, uv tool run, pipx run, docker run and podman run.
/// Returns nothing if the version is fixed or the command is not one of these.
std::optional<Unpinned> unpinned(const ServerConfig& server);

}  // namespace callgate
