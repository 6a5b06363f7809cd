// Cuts a stream of bytes into lines.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace callgate {

/// One direction of one stdio peer. Never holds more than the limit and a few bytes. One thread.
class Framer {
 public:
  /// `on_line` gets a line without its \n or \r\n and without a UTF-8 byte order mark at the
  /// stream's start; lines of white space only are dropped. `on_too_long` gets, once per overlong
  /// line, its first 64 KiB; the rest is skipped.
  Framer(size_t limit, std::function<void(std::string&&)> on_line,
         std::function<void(std::string_view head)> on_too_long);
  void push(std::string_view bytes);
  /// The bytes of a last line without its \n; empty if there are none.
  std::string rest() const;
  /// Callbacks may call this; no further line is delivered.
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
