// Unix sockets in the file system, for processes of one user. A socket's path must fit into the
// system's address (108 bytes on Linux, 104 on macOS). For a longer path, these functions make a
// short symbolic link to the socket's folder, in $XDG_RUNTIME_DIR/callgate, or in /tmp/callgate-UID
// if that variable is missing or too long. The folder of the links must belong to our user, and
// nobody else may be able to write to it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "callgate/base/result.h"
#include "callgate/io/loop.h"

namespace callgate {

/// Used on the loop's thread only.
class UnixListener {
 public:
  enum class Name {
    /// No other process uses this name, so an existing file is replaced.
    Own,
    /// Several processes may want this name. open() fails with "io.in_use" while another process
    /// listens on it.
    Exclusive,
  };
  /// Creates the folder (mode 0700) and the socket (0600). The socket gets its final name only once
  /// it listens. So if a name refuses connections, the process that made it has ended. Errors:
  /// "io.listen", "io.in_use".
  static Result<std::unique_ptr<UnixListener>> open(Loop& loop, const std::string& path, Name name);
  /// Removes the socket's name, unless another socket has that name by now.
  ~UnixListener();

  /// Calls `on_connection` for each connection of a process of our own user and closes all others.
  /// The descriptor is non-blocking and close-on-exec, and the callback owns it. `pid` is the
  /// process at the other end, or 0 if the system does not report it.
  void start(std::function<void(int fd, int64_t pid)> on_connection);

 private:
  struct Cell;
  struct Close {
    void operator()(Cell*) const;
  };
  explicit UnixListener(Cell* cell);
  std::unique_ptr<Cell, Close> cell_;
};

/// Returns a connected descriptor, non-blocking and close-on-exec, that the caller owns. Never
/// waits. Errors: "io.refused" (nobody listens any more), "io.connect" (with the reason).
Result<int> connect_unix(const std::string& path);

}  // namespace callgate
