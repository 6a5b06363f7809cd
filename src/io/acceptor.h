// What TCP and Unix listeners have in common: they wait for connections, accept them, and pause
// when the process is out of descriptors.
#pragma once

#include <functional>
#include <memory>

#include "loop_impl.h"

namespace callgate {

/// open_socket() makes a stream socket, and accept_one() accepts a connection of the socket
/// `listening`. Both functions return a descriptor that is non-blocking and close-on-exec, or -1
/// with errno set.
int open_socket(int family);
int accept_one(int listening);

class Acceptor {
 public:
  /// Owns `fd`, which must be a listening socket. Accepts at most `at_once` connections in one turn
  /// of the loop, so that other events are not delayed.
  Acceptor(Loop::Impl& loop, int fd, int at_once);
  /// Returns 0 if the loop can watch the descriptor, or else the libuv error. In case of an error,
  /// start() must not be called.
  int error() const;
  /// Lets the loop end even while this acceptor waits for connections.
  void unref();
  void start(std::function<void(int connection)> on_connection);

 private:
  struct Cell;
  struct Close {
    void operator()(Cell*) const;
  };
  std::unique_ptr<Cell, Close> cell_;
};

}  // namespace callgate
