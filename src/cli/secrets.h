// What the commands of `callgate secret` share.
#pragma once

#include <string>
#include <vector>

#include "callgate/app/secrets.h"
#include "common.h"

namespace callgate {

/// All servers of the configuration, disabled ones too; as far as the file can be read.
std::vector<ServerConfig> servers_configured(const Places& places);
/// Their names, of those that refer to this secret.
std::vector<std::string> users_of(const std::vector<ServerConfig>& servers,
                                  const std::string& secret);
/// Running gates start again the servers that refer to a secret which has changed, and reload the
/// configuration; of new and changed starts, only those of `servers` take effect. Returns how many
/// gates failed, after their errors on stderr.
size_t have_gates_reload(const Places& places, const std::string& secret,
                         const std::vector<std::string>& servers = {});

}  // namespace callgate
