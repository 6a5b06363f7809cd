// Reads the lines that the user pastes while the program waits for something else, too.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "callgate/base/secret.h"
#include "callgate/base/text.h"
#include "callgate/io/stream.h"

namespace callgate {

/// Reads standard input, or another descriptor. Used on the loop's thread.
class PastedLines {
 public:
  static constexpr size_t kLongest = size_t{16} << 10;  ///< bytes; a longer line is dropped

  /// `on_line` gets each line that is not empty, without white space around it.
  PastedLines(Loop& loop, std::function<void(std::string_view line)> on_line, int fd = 0)
      : on_line_(std::move(on_line)) {
    auto opened = Stream::open(loop, fd);
    if (!opened) return;
    input_ = std::move(*opened);
    input_->read([this](std::string_view bytes) { take(bytes); },
                 [this](const Status&) { take("\n"); });
  }

 private:
  void take(std::string_view bytes) {
    for (const char c : bytes) {
      if (c != '\n') {
        if (line_.size() <= kLongest) line_ += c;
        continue;
      }
      std::string line = std::exchange(line_, {});
      const std::string_view text = trimmed(line);
      if (!text.empty() && line.size() <= kLongest) on_line_(text);
      wipe(line);
    }
  }

  std::function<void(std::string_view)> on_line_;
  std::unique_ptr<Stream> input_;
  std::string line_;
};

}  // namespace callgate
