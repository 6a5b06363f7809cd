// Reads and writes one descriptor: a pipe, a socket, a terminal or a file. Only files block (see
// Stream).
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/io/descriptor.h"
#include "callgate/io/loop.h"

namespace callgate {

/// Gives a stream memory to read into.
class ReadMemory {
 public:
  virtual ~ReadMemory() = default;
  /// Returns the memory for the next bytes: at least one byte.
  virtual std::span<char> room() = 0;
};

/// A stream calls it before and after each attempt to write.
class WriteWatcher {
 public:
  virtual ~WriteWatcher() = default;
  virtual void writing() = 0;
  virtual void written(size_t bytes) = 0;  ///< 0 if it failed or had to wait
};

/// Owns its descriptor and closes it. All output of one turn of the loop is written together at the
/// end of the turn. Destroying the stream drops output that is not written yet, and no callback is
/// called afterwards. A callback may destroy the stream. The loop cannot wait for regular files,
/// folders and block devices, so the stream reads and writes them in steps that block.
class Stream {
 public:
  /// Owns `fd` from now on; on an error ("io.open"), open() closes it. If `fd` is 0, 1 or 2, the
  /// stream moves the file to another number, and the old number leads to /dev/null, so that no
  /// other code of this process can write into the stream. The stream changes flags of the open
  /// file, which other processes may share, and restores them when it closes.
  static Result<std::unique_ptr<Stream>> open(Loop& loop, int fd);
  ~Stream();

  /// Starts reading. `on_end` is called once: with success at end of file, else with the error
  /// ("io.read").
  void read(std::function<void(std::string_view)> on_bytes, std::function<void(Status)> on_end);
  /// From now on, the stream reads into `memory`, which must live as long as the stream reads,
  /// instead of a buffer of the loop. `on_bytes` gets a view of this memory.
  void read_into(ReadMemory& memory);
  /// From now on, the stream calls `watcher`, which must live as long as the stream, at each
  /// attempt to write.
  void watch_writing(WriteWatcher& watcher);
  /// From now on, the stream, which must be a Unix socket, also receives descriptors that the other
  /// process passes. At most kMostPassed (descriptor_passing.h) wait to be taken; others are
  /// closed.
  void receive_descriptors();
  /// Returns the descriptors that came since the last call. The caller owns them.
  std::vector<Descriptor> take_descriptors();
  /// Pauses or resumes reading. While reading is paused, the stream does not report the end of the
  /// input either.
  void pause_reading(bool paused);
  /// Queues `bytes`. Large strings are moved, not copied. After a write error all further bytes are
  /// dropped.
  void write(std::string bytes);
  /// Sets the callback for a failed write ("io.write"; most often because the reader has closed its
  /// end). The callback is called once, never from within write().
  void on_write_error(std::function<void(Error)> callback);
  /// Sets the callback that is called once when the reader of this pipe has closed its end, even if
  /// we write nothing. Works only on Linux and only for pipes.
  void on_hangup(std::function<void()> callback);
  /// Returns how many bytes write() has queued that the kernel has not accepted yet.
  size_t queued() const;
  /// Shuts down the sending side of this socket once all queued output is written, so that the peer
  /// reads an end of file. The stream goes on reading, but drops what later calls of write() pass.
  void end_output();
  /// Stops reading. Closes the descriptor once all queued output is written, or once writing has
  /// failed. Then calls `done`, never from within this function.
  void close_when_written(std::function<void()> done);

 private:
  struct Cell;
  struct Close {
    void operator()(Cell*) const;
  };
  explicit Stream(Cell* cell);
  std::unique_ptr<Cell, Close> cell_;
};

/// The two ends of a pipe, both close-on-exec. The caller of make_pipe() owns them. Errors:
/// "io.pipe".
struct PipePair {
  int read = -1, write = -1;
};
Result<PipePair> make_pipe();

/// Two connected sockets, both close-on-exec. The caller of make_socket_pair() owns them. Errors:
/// "io.pipe".
struct SocketPair {
  int ours = -1, theirs = -1;
};
Result<SocketPair> make_socket_pair();

}  // namespace callgate
