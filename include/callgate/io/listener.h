// Listens on a TCP port and accepts connections.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "callgate/base/result.h"
#include "callgate/io/loop.h"

namespace callgate {

class Listener {
 public:
  /// `host` is an IPv4 or IPv6 address, or a name. This function looks a name up, which blocks, and
  /// uses its first address. If `port` is 0, the system chooses a port. Clients can connect as soon
  /// as open() returns, but connections are accepted only after start(). Errors: "io.in_use",
  /// "io.listen".
  static Result<std::unique_ptr<Listener>> open(Loop& loop, const std::string& host, uint16_t port);
  ~Listener();

  /// Calls `on_connection` with the descriptor of each connection. The descriptor is non-blocking,
  /// close-on-exec and without Nagle's delay. The callback owns the descriptor. When the process is
  /// out of descriptors, the listener waits 100 ms and tries again.
  void start(std::function<void(int fd)> on_connection);
  uint16_t port() const;
  /// True if the port is reachable from this machine only.
  bool loopback() const;

 private:
  struct Cell;
  struct Close {
    void operator()(Cell*) const;
  };
  explicit Listener(Cell* cell);
  std::unique_ptr<Cell, Close> cell_;
};

/// Returns the address at the other end of a connection, for example "127.0.0.1:5000" or
/// "[::1]:5000"; empty if the system does not report an address.
std::string peer_of(int fd);

}  // namespace callgate
