#include "left_alone.h"

#include <algorithm>

#include "callgate/protocol/names.h"

namespace callgate {

namespace {

std::map<std::string, RunningServer> running_servers(const Places& places) {
  std::map<std::string, RunningServer> running;
  for (const RunningGate& process : find_gates(places.state_dir).processes) {
    if (process.config != places.config_file) continue;
    const std::vector<std::string>& waiting = process.waiting_servers;
    for (const GateServer& server : process.servers) {
      // A server in waiting_servers runs with an earlier configuration, so it is not the server
      // that our configuration describes.
      const bool other = std::find(waiting.begin(), waiting.end(), server.name) != waiting.end();
      if (server.pid > 0 && !other)
        running.emplace(server.name, RunningServer{server, process.pid});
    }
  }
  return running;
}

bool may_have(const ServerConfig& server, const std::string& tool) {
  constexpr size_t kNeverCut = kLongestName / 2;
  return tool.empty() || server.prefix == Prefix::Never || tool.starts_with(server.name + "__") ||
         tool.starts_with(name_prefix(server.name).substr(0, kNeverCut));
}

}  // namespace

LeftAlone leave_alone(Config& config, const Places& places, const std::string& asked) {
  LeftAlone left;
  for (auto& [name, running] : running_servers(places)) {
    const auto found =
        std::find_if(config.servers.begin(), config.servers.end(),
                     [&name = name](const ServerConfig& server) { return server.name == name; });
    if (found == config.servers.end()) continue;
    found->broken = Error{"", "it runs in the gate process " + std::to_string(running.gate), ""};
    left.running.emplace(name, std::move(running));
  }
  for (ServerConfig& server : config.servers) {
    if (left.running.contains(server.name) || may_have(server, asked)) continue;
    server.broken = Error{"", "the command does not need this server", ""};
    left.unasked.insert(server.name);
  }
  return left;
}

}  // namespace callgate
