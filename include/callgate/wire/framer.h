// Cuts a stream of bytes into lines.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace callgate {

/// Cuts the bytes that one peer sends over stdio into lines. Buffers at most `limit` and a few more
/// bytes. Use it on one thread.
class Framer {
 public:
  /// `on_line` gets each line without its \n or \r\n. A UTF-8 byte order mark is removed from the
  /// first line. A line of white space only is dropped. If a line is longer than `limit` bytes,
  /// `on_too_long` gets the first 64 KiB of the line (or `limit` bytes, if that is less), and the
  /// rest of the line is skipped.
  Framer(size_t limit, std::function<void(std::string&&)> on_line,
         std::function<void(std::string_view head)> on_too_long);
  void push(std::string_view bytes);
  /// Returns the bytes after the last \n, which are the beginning of the next line.
  std::string rest() const;
  /// After stop(), the framer calls no callback any more. A callback may call stop().
  void stop() { stopped_ = true; }

 private:
  void take(std::string_view part);
  void finish_line();

  size_t limit_;
  std::function<void(std::string&&)> on_line_;
  std::function<void(std::string_view)> on_too_long_;
  std::string line_;
  size_t last_large_ = 0;  ///< the size of the last line of 64 KiB or more
  bool skipping_ = false, first_ = true, stopped_ = false;
};

}  // namespace callgate
