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
/// Destroying it drops what is unwritten; callbacks never fire after that. A callback may destroy the stream.
class Stream {
 public:
  /// Takes the descriptor in every case, also on error ("io.open").
  static Result<std::unique_ptr<Stream>> open(Loop& loop, int fd);
  ~Stream();

  /// Starts reading. `on_end` comes once: ok at end of file, else the error ("io.read").
  void read(std::function<void(std::string_view)> on_bytes, std::function<void(Status)> on_end);
  /// Queues. Large strings are moved, not copied. After an error on the way out, on_write_error has come and this drops.
  void write(std::string bytes);
  /// Called once when writing failed ("io.write", EPIPE most often).
  void on_write_error(std::function<void(Error)> callback);
  /// Bytes accepted by write() and not yet by the kernel.
  size_t queued() const;
  /// Closes the descriptor once the queue is written (or failed); then `done`.
  void close_when_written(std::function<void()> done);

 private:
  struct Impl;
  explicit Stream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Two ends of a pipe, close-on-exec. `read` and `write` are owned by the caller.
struct PipePair { int read = -1, write = -1; };
Result<PipePair> make_pipe();

}  // namespace callgate
