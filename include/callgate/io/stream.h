// Reads and writes one descriptor without blocking, whatever it is: pipe, socket, terminal or file.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "callgate/base/result.h"
#include "callgate/io/loop.h"

namespace callgate {

/// Owns its descriptor and closes it. Output of one turn is written together at the turn's end.
/// Destroying the stream drops unwritten output, and no callback is called after that. A callback
/// may destroy the stream. Regular files, folders and block devices can't be waited for: they are
/// read and written in steps that block.
class Stream {
 public:
  /// Owns the descriptor in every case, also on error ("io.open"). A descriptor 0, 1 or 2 is
  /// replaced by /dev/null, so that nothing else can write into the stream. Flags shared with other
  /// processes are restored when the stream closes.
  static Result<std::unique_ptr<Stream>> open(Loop& loop, int fd);
  ~Stream();

  /// Starts reading. `on_end` is called once: with success at end of file, else with the error
  /// ("io.read").
  void read(std::function<void(std::string_view)> on_bytes, std::function<void(Status)> on_end);
  /// Pauses or resumes reading. While reading is paused, the end of the input is not noticed
  /// either.
  void pause_reading(bool paused);
  /// Queues `bytes`. Large strings are moved, not copied. After a write error all further bytes are
  /// dropped.
  void write(std::string bytes);
  /// Sets the callback for a failed write ("io.write", EPIPE most often). It is called once, never
  /// from within write().
  void on_write_error(std::function<void(Error)> callback);
  /// Sets the callback for a pipe whose reader has gone. It is called once, without a write being
  /// tried. Linux and pipes only.
  void on_hangup(std::function<void()> callback);
  /// Bytes that write() accepted and the kernel has not yet.
  size_t queued() const;
  /// Shuts down the sending side of this socket once the queue is written, so that the peer reads
  /// an end of file. Reading goes on. Later writes are dropped.
  void end_output();
  /// Closes the descriptor once the queue is written or has failed, then calls `done`, never from
  /// within this function. Nothing is read after that.
  void close_when_written(std::function<void()> done);

 private:
  struct Cell;
  struct Close {
    void operator()(Cell*) const;
  };
  explicit Stream(Cell* cell);
  std::unique_ptr<Cell, Close> cell_;
};

/// Two ends of a pipe, close-on-exec. The caller owns both. Errors: "io.pipe".
struct PipePair {
  int read = -1, write = -1;
};
Result<PipePair> make_pipe();

/// Two connected sockets, close-on-exec. The caller owns both. Errors: "io.pipe".
struct SocketPair {
  int ours = -1, theirs = -1;
};
Result<SocketPair> make_socket_pair();

}  // namespace callgate
