// Finds servers without a fixed version: whenever the author publishes a new version, the next
// start runs it, so it may not be the program that the user has reviewed.
#pragma once

#include <optional>
#include <string>

#include "callgate/config/config.h"

namespace callgate {

struct Unpinned {
  std::string package;  ///< the package or image as the server's arguments name it
  std::string how;      ///< what the user should write for a fixed version: "package@1.2.3"
};
/// Returns the package if the server's command does not fix its version. Returns nullopt if the
/// version is fixed, or if the command is none of npx, bunx, pnpm dlx, yarn dlx, npm exec, bun x,
/// uvx, uv tool run, pipx run, docker run and podman run.
std::optional<Unpinned> unpinned(const ServerConfig& server);

}  // namespace callgate
