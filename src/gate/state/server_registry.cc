#include "server_registry.h"

#include <algorithm>

#include "callgate/protocol/names.h"

namespace callgate {

namespace {

bool same_process(const ServerConfig& a, const ServerConfig& b) {
  return a.command == b.command && a.args == b.args && a.env == b.env && a.env_pass == b.env_pass &&
         a.cwd == b.cwd && a.era == b.era && a.share == b.share && a.stdio == b.stdio &&
         a.broken == b.broken;
}

}  // namespace

ServerRegistry::ServerRegistry(std::vector<ServerConfig> servers) {
  for (ServerConfig& server : servers) {
    order_.push_back(static_cast<ServerIndex>(all_.size()));
    all_.push_back({.config = std::move(server)});
  }
}

std::optional<ServerIndex> ServerRegistry::find(std::string_view name) const {
  const auto found = std::find_if(order_.begin(), order_.end(),
                                  [&](ServerIndex i) { return all_[i].config.name == name; });
  if (found == order_.end()) return std::nullopt;
  return *found;
}

bool ServerRegistry::shares_prefix(ServerIndex server) const {
  const ServerConfig& own = all_[server].config;
  const std::string prefix = name_prefix(own.name);
  return std::any_of(order_.begin(), order_.end(), [&](ServerIndex i) {
    const ServerConfig& other = all_[i].config;
    if (i == server || other.name == own.name || other.prefix != own.prefix) return false;
    if (own.prefix == Prefix::Never) return true;
    const std::string theirs = name_prefix(other.name);
    return theirs.starts_with(prefix) || prefix.starts_with(theirs);
  });
}

ServerRegistry::Change ServerRegistry::replace(std::vector<ServerConfig> servers,
                                               const std::vector<std::string>& renewed,
                                               const std::function<bool(ServerIndex)>& is_free) {
  Change change;
  std::vector<ServerIndex> order;
  const std::vector<ServerIndex> before = order_;
  for (ServerConfig& server : servers) {
    const auto known = find(server.name);
    const bool again = std::find(renewed.begin(), renewed.end(), server.name) != renewed.end();
    if (known && !again && same_process(all_[*known].config, server)) {
      all_[*known].config = std::move(server);
      order.push_back(*known);
      continue;
    }
    const ServerIndex fresh = add(std::move(server), is_free);
    change.added.push_back(fresh);
    order.push_back(fresh);
  }
  for (const ServerIndex i : before) {
    if (std::find(order.begin(), order.end(), i) != order.end()) continue;
    all_[i].served = false;
    change.retired.push_back(i);
  }
  order_ = std::move(order);
  return change;
}

ServerIndex ServerRegistry::add(ServerConfig config,
                                const std::function<bool(ServerIndex)>& is_free) {
  for (ServerIndex i = 0; i < all_.size(); ++i) {
    if (all_[i].served || !is_free(i)) continue;
    all_[i] = {.config = std::move(config)};
    return i;
  }
  all_.push_back({.config = std::move(config)});
  return static_cast<ServerIndex>(all_.size() - 1);
}

}  // namespace callgate
