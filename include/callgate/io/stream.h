// One descriptor read and written without blocking, whatever it is: pipe, socket, terminal or file.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "callgate/base/result.h"
#include "callgate/io/loop.h"

namespace callgate {

/// Owns its descriptor and closes it. Output of one turn is written together at the turn's end.
/// Destroying it drops what is unwritten; callbacks never fire after that. A callback may destroy
/// the stream. Regular files and the like can't be waited for: they are read and written in steps
/// that block.
class Stream {
 public:
  /// Takes the descriptor in every case, also on error ("io.open"). In place of 0, 1 or 2 it leaves
  /// /dev/null, so that nothing else can write into the stream. Flags shared with other processes
  /// are put back at the end.
  static Result<std::unique_ptr<Stream>> open(Loop& loop, int fd);
  ~Stream();

  /// Starts reading. `on_end` comes once: ok at end of file, else the error ("io.read").
  void read(std::function<void(std::string_view)> on_bytes, std::function<void(Status)> on_end);
  /// Reads no further until it is told to go on; what the peer does meanwhile is not seen.
  void pause_reading(bool paused);
  /// Queues. Large strings are moved, not copied. After an error on the way out, on_write_error has
  /// come and this drops.
  void write(std::string bytes);
  /// Called once when writing failed ("io.write", EPIPE most often). Never from within write().
  void on_write_error(std::function<void(Error)> callback);
  /// Called once when the reader at the other end of this pipe is gone, without a write. Linux and
  /// pipes only.
  void on_hangup(std::function<void()> callback);
  /// Bytes accepted by write() and not yet by the kernel.
  size_t queued() const;
  /// The other end of this socket reads its end once the queue is written; reading goes on. Nothing
  /// can be written any more.
  void end_output();
  /// Closes the descriptor once the queue is written (or failed); then `done`, never from within.
  /// Nothing is read after it.
  void close_when_written(std::function<void()> done);

 private:
  struct Cell;
  struct Close {
    void operator()(Cell*) const;
  };
  explicit Stream(Cell* cell);
  std::unique_ptr<Cell, Close> cell_;
};

/// Two ends of a pipe, close-on-exec. `read` and `write` are owned by the caller. Errors "io.pipe".
struct PipePair {
  int read = -1, write = -1;
};
Result<PipePair> make_pipe();

/// Two connected ends that are both read and written, close-on-exec, owned by the caller. Errors
/// "io.pipe".
struct SocketPair {
  int ours = -1, theirs = -1;
};
Result<SocketPair> make_socket_pair();

}  // namespace callgate
