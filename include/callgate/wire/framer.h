// Cuts a stream of bytes into lines.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace callgate {

/// Cuts one direction of one stdio peer. Holds at most the limit and a few bytes. One thread.
class Framer {
 public:
  /// `on_line` gets each line without its \n or \r\n, and the first one without a UTF-8 byte order
  /// mark. Lines of white space only are dropped. For a line that is longer than `limit`,
  /// `on_too_long` is called once with its first 64 KiB at most, and the rest is skipped.
  Framer(size_t limit, std::function<void(std::string&&)> on_line,
         std::function<void(std::string_view head)> on_too_long);
  void push(std::string_view bytes);
  /// The bytes of a last line that has no \n yet; empty if there are none.
  std::string rest() const;
  /// Delivers no further line. A callback may call this.
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
