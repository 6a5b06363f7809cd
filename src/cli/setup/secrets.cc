#include "secrets.h"

#include <algorithm>

#include "callgate/wire/writer.h"
#include "cli/gates/gates.h"

namespace callgate {

namespace {

constexpr Millis kReload{15'000};

}  // namespace

std::vector<ServerConfig> servers_configured(const Places& places) {
  return load_config(places.config_file, places.home).config.servers;
}

std::vector<std::string> users_of(const std::vector<ServerConfig>& servers,
                                  const std::string& secret) {
  std::vector<std::string> users;
  for (const ServerConfig& server : servers) {
    const auto names = secrets_of(server);
    if (std::find(names.begin(), names.end(), secret) != names.end()) users.push_back(server.name);
  }
  return users;
}

size_t have_gates_reload(const Places& places, const std::string& secret,
                         const std::vector<std::string>& servers) {
  JsonWriter request;
  request.begin_object().key("ask").string("reload");
  if (!secret.empty()) request.key("secret").string(secret);
  request.key("servers").strings(servers);
  size_t failed = 0;
  for (const ControlAnswer& each :
       ask_gates(places.state_dir, Asked::All, request.end_object().take(), kReload)) {
    // A gate process of an earlier version does not know this request. This is no failure, because
    // that gate process will read the secret when it next starts the server.
    if (each.answer.ok() || each.answer.error().code == "control.unknown") continue;
    fail(each.answer.error());
    ++failed;
  }
  return failed;
}

}  // namespace callgate
