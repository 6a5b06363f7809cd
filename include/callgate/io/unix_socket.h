// Unix sockets in the file system, for processes of one user. A path that is too long for the
// system's address (108 bytes on Linux, 104 on macOS) is reached through a short symbolic link to
// its folder in $XDG_RUNTIME_DIR, or else in /tmp/callgate-UID, which must be ours alone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "callgate/base/result.h"
#include "callgate/io/loop.h"

namespace callgate {

/// Loop's thread.
class UnixListener {
 public:
  enum class Name {
    Own,        ///< nobody else uses this name; what lies there is replaced
    Exclusive,  ///< one process at a time holds it: "io.in_use" while another lives
  };
  /// Makes the folder (0700) and the socket (0600), which has its name only once it listens: what
  /// refuses connections is a dead process's. Errors: "io.listen", "io.in_use".
  static Result<std::unique_ptr<UnixListener>> open(Loop& loop, const std::string& path, Name name);
  /// Takes the name away again, if it is still this socket's.
  ~UnixListener();

  /// Hands over each connection of a process of our own user, others are closed: non-blocking,
  /// close-on-exec, owned by the callback. `pid` is the peer's; 0: cannot be told.
  void start(std::function<void(int fd, int64_t pid)> on_connection);

 private:
  struct Cell;
  struct Close {
    void operator()(Cell*) const;
  };
  explicit UnixListener(Cell* cell);
  std::unique_ptr<Cell, Close> cell_;
};

/// A connected, non-blocking, close-on-exec descriptor that the caller owns. Never waits. Errors:
/// "io.refused" (nobody listens any more), "io.connect" (with the reason).
Result<int> connect_unix(const std::string& path);

}  // namespace callgate
