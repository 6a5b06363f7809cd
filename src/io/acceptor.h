// What listening sockets of every kind do: wait for connections, accept them, and pause when the
// process is out of descriptors.
#pragma once

#include <functional>
#include <memory>

#include "loop_impl.h"

namespace callgate {

/// Make a stream socket and accept a connection. The descriptors are non-blocking and
/// close-on-exec; on error they are -1 and errno is set.
int open_socket(int family);
int accept_one(int listening);

class Acceptor {
 public:
  /// Owns `fd`, which must listen. Accepts at most `at_once` connections in one turn, so that other
  /// events get theirs.
  Acceptor(Loop::Impl& loop, int fd, int at_once);
  /// A libuv error, or 0. If it is not 0, the descriptor cannot be watched, and start() must not be
  /// called.
  int error() const;
  /// Lets the loop end even though this waits for connections.
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
