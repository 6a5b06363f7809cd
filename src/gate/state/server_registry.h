// The configured servers by number. A number belongs to one configuration of one server. A server
// whose command changes gets a new number; the old number is retired while its last calls end.
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

class ServerRegistry {
 public:
  explicit ServerRegistry(std::vector<ServerConfig> servers);

  /// Also valid for a retired server, until its number is reused.
  const ServerConfig& operator[](ServerIndex server) const { return all_[server].config; }
  /// The servers that are not retired, in the configuration's order.
  const std::vector<ServerIndex>& order() const { return order_; }
  /// True if the number belongs to a server that is not retired.
  bool serves(ServerIndex server) const { return all_[server].served; }
  std::optional<ServerIndex> find(std::string_view name) const;
  /// True if the exposed names of another server can begin like those of this server, or if both
  /// servers expose names without a prefix.
  bool shares_prefix(ServerIndex server) const;

  struct Change {
    std::vector<ServerIndex> added, retired;  // a changed server is in both
  };
  /// Replaces the configuration. A change that does not concern the process (times, names, hidden
  /// tools) keeps the server's number. Servers named in `renewed` count as changed in any case. The
  /// number of a retired server is reused if `is_free` returns true for it.
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
