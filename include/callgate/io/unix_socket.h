// Unix sockets in the file system, for processes of one user. If a path is too long for the
// system's address (108 bytes on Linux, 104 on macOS), the socket is reached through a short
// symbolic link to its folder. The link is in $XDG_RUNTIME_DIR/callgate, or else in
// /tmp/callgate-UID; that folder must be ours, and nobody else may be able to write to it.
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
    Own,        ///< only this process uses the name; an existing file is replaced
    Exclusive,  ///< one process at a time holds the name; "io.in_use" while another does
  };
  /// Makes the folder (0700) and the socket (0600). The socket gets its name only once it listens,
  /// so a name that refuses connections belongs to a dead process. Errors: "io.listen",
  /// "io.in_use".
  static Result<std::unique_ptr<UnixListener>> open(Loop& loop, const std::string& path, Name name);
  /// Removes the name, if it is still this socket's.
  ~UnixListener();

  /// Calls `on_connection` for each connection of a process of our own user and closes all others.
  /// The descriptor is non-blocking and close-on-exec, and the callback owns it. `pid` is the
  /// peer's, or 0 if the system does not report it.
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
