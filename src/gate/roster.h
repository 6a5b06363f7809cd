// The configured servers by number. A number stands for one configuration of one server: a server
// whose command changes gets another, and the old one is retired while calls to it end.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/config/config.h"
#include "callgate/gate/ports.h"

namespace callgate {

class Roster {
 public:
  explicit Roster(std::vector<ServerConfig> servers);

  /// Of a retired one, too, until its number is given again.
  const ServerConfig& operator[](ServerIndex server) const { return all_[server].config; }
  /// Those that are served, in the configuration's order.
  const std::vector<ServerIndex>& order() const { return order_; }
  bool serves(ServerIndex server) const { return all_[server].served; }
  std::optional<ServerIndex> find(std::string_view name) const;
  /// Names of another server could begin as this one's do, or have no prefix as this one's have.
  bool shares_prefix(ServerIndex server) const;

  struct Change {
    std::vector<ServerIndex> added, retired;  // a server that is changed is in both
  };
  /// `renewed`: names of servers that count as changed whatever they say. What does not concern the
  /// process (times, names, what is hidden) changes under the same number. The number of a retired
  /// server for which `is_free` says so may be given again.
  Change replace(std::vector<ServerConfig> servers, const std::vector<std::string>& renewed,
                 const std::function<bool(ServerIndex)>& is_free);

 private:
  struct Entry {
    ServerConfig config;
    bool served = true;
  };
  ServerIndex add(ServerConfig config, const std::function<bool(ServerIndex)>& is_free);

  std::deque<Entry> all_;
  std::vector<ServerIndex> order_;
};

}  // namespace callgate
