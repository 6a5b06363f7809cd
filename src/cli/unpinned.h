// Servers whose program is another one whenever its author publishes: what runs is not what was
// looked at.
#pragma once

#include <optional>
#include <string>

#include "callgate/config/config.h"

namespace callgate {

struct Unpinned {
  std::string package;  ///< as it is named in the arguments
  std::string how;      ///< what a fixed one looks like: "package@1.2.3"
};
/// npx, bunx, pnpm dlx, yarn dlx, uvx, uv tool run, pipx run, docker and podman run. None: it is
/// fixed, or nothing is known of the command.
std::optional<Unpinned> unpinned(const ServerConfig& server);

}  // namespace callgate
