// A TCP port that takes connections.
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
  /// `host` is an IPv4 or IPv6 address, or a name, which is looked up (blocking; its first address
  /// counts); port 0 lets the system choose. Bound and listening, but nothing is accepted before
  /// start(). Errors: "io.in_use", "io.listen".
  static Result<std::unique_ptr<Listener>> open(Loop& loop, const std::string& host, uint16_t port);
  ~Listener();

  /// Hands over each connection: non-blocking, close-on-exec, without Nagle's delay, owned by the
  /// callback. When the process is out of descriptors, it waits a little and tries again.
  void start(std::function<void(int fd)> on_connection);
  uint16_t port() const;
  /// Reachable from this machine only.
  bool loopback() const;

 private:
  struct Cell;
  struct Close {
    void operator()(Cell*) const;
  };
  explicit Listener(Cell* cell);
  std::unique_ptr<Cell, Close> cell_;
};

/// The address at the other end of a connection, "127.0.0.1:5000" or "[::1]:5000"; empty: it has
/// none.
std::string peer_of(int fd);

}  // namespace callgate
