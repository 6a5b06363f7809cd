// Cuts a stream of bytes into lines.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace callgate {

/// Cuts the bytes that one peer sends over stdio. Buffers at most `limit` and a few more bytes. Use
/// it on one thread.
class Framer {
 public:
  /// `on_line` gets each line without its \n or \r\n, and the first line without a UTF-8 byte order
  /// mark. Lines of white space only are dropped. If a line is longer than `limit` bytes,
  /// `on_too_long` gets the first 64 KiB of it (or `limit` bytes, if that is less), and the rest of
  /// the line is skipped.
  Framer(size_t limit, std::function<void(std::string&&)> on_line,
         std::function<void(std::string_view head)> on_too_long);
  void push(std::string_view bytes);
  /// Returns the bytes after the last \n, which are the beginning of the next line.
  std::string rest() const;
  /// Makes the framer call no callback any more. A callback may call this.
  void stop() { stopped_ = true; }

 private:
  void take(std::string_view part);
  void finish_line();

  size_t limit_;
  std::function<void(std::string&&)> on_line_;
  std::function<void(std::string_view)> on_too_long_;
  std::string line_;
  bool skipping_ = false, first_ = true, stopped_ = false;
};

}  // namespace callgate
