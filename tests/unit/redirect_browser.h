// A browser that asks for the redirect URI of a sign-in.
#pragma once

#include <memory>
#include <string>

#include "callgate/io/stream.h"
#include "io_support.h"

namespace callgate {

/// One request. Used on the loop's thread.
class RedirectBrowser {
 public:
  /// Sends `bytes` as they are.
  RedirectBrowser(Loop& loop, uint16_t port, std::string bytes)
      : stream_(opened(loop, connected(port))) {
    stream_->read([this](std::string_view some) { answer += some; },
                  [this](const Status&) { ended = true; });
    if (!bytes.empty()) stream_->write(std::move(bytes));
  }
  /// Asks for a target of this machine.
  static std::string get(uint16_t port, const std::string& target,
                         const std::string& host = "127.0.0.1") {
    return "GET " + target + " HTTP/1.1\r\nHost: " + host + ":" + std::to_string(port) + "\r\n\r\n";
  }
  /// The status of the answer; 0 if it has not come.
  int status() const { return answer.size() < 12 ? 0 : std::stoi(answer.substr(9, 3)); }

  std::string answer;
  bool ended = false;

 private:
  std::unique_ptr<Stream> stream_;
};

}  // namespace callgate
