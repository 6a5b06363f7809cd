#include "stdio_refusal.h"

#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <string>

#include "callgate/protocol/text.h"
#include "callgate/wire/message.h"

namespace callgate {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kLongestWait{10};
constexpr size_t kMostBytes = size_t{1} << 20;  // far more than the first request has

/// Waits for input and appends it to `input`. Returns false if no more can be read: at the end of
/// stdin, after `until`, or when `input` has kMostBytes.
bool read_more(std::string& input, Clock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  pollfd wait{STDIN_FILENO, POLLIN, 0};
  if (left <= 0 || input.size() >= kMostBytes) return false;
  const int ready = ::poll(&wait, 1, static_cast<int>(left));
  if (ready < 0) return errno == EINTR;
  if (ready == 0) return false;
  char part[65536];
  const ssize_t got = ::read(STDIN_FILENO, part, sizeof part);
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  input.append(part, static_cast<size_t>(got));
  return got > 0;
}

/// Returns the id of the request in `line` as JSON, or nullopt if the line is not a request.
std::optional<std::string> id_in(std::string line) {
  Walker walker;
  const auto message = walker.walk(std::move(line));
  if (!message) return std::nullopt;
  const Value root = (*message)->root(), id = root.find("id");
  if (!root.is_object() || !root.find("method").is_string()) return std::nullopt;
  if (!id.is_string() && !id.is_number()) return std::nullopt;
  return std::string(id.raw());
}

void write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (put < 0 && errno != EINTR) return;
    if (put > 0) bytes.remove_prefix(static_cast<size_t>(put));
  }
}

}  // namespace

void refuse_client(const Error& error) {
  const Clock::time_point until = Clock::now() + kLongestWait;
  std::string input;
  bool more = true;
  while (more) {
    more = read_more(input, until);
    for (size_t end; (end = input.find('\n')) != std::string::npos; input.erase(0, end + 1)) {
      const auto id = id_in(input.substr(0, end));
      if (!id) continue;
      const std::string next = error.next.empty() ? "" : "; " + error.next;
      write_all(write_error(*id, ErrorCode::Internal,
                            fmt::format("callgate can't start: {}{}. To find out more, run in a "
                                        "terminal: callgate doctor",
                                        error.message, next),
                            error.code) +
                "\n");
      return;
    }
  }
}

}  // namespace callgate
