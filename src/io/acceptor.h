// What listening sockets of every kind do: wait, accept, and pause when out of descriptors.
#pragma once

#include <functional>
#include <memory>

#include "loop_impl.h"

namespace callgate {

/// A new stream socket and an accepted connection: non-blocking, close-on-exec; -1 and errno.
int open_socket(int family);
int accept_one(int listening);

class Acceptor {
 public:
  /// Owns `fd`, which listens. `at_once`: accepted in one turn; then others have theirs.
  Acceptor(Loop::Impl& loop, int fd, int at_once);
  /// A libuv error: it cannot be waited for, and nothing must be started.
  int error() const;
  /// Waiting for a connection keeps nothing going that is over otherwise.
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
