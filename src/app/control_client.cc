#include "callgate/app/control_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>

#include "control.h"

namespace callgate {

namespace {

constexpr size_t kMostSockets = 4096;
constexpr int kTimeToPoll = 50;  // one poll() waits at most this long, then `limit` is checked

#ifdef MSG_NOSIGNAL
constexpr int kNoSignal = MSG_NOSIGNAL;
#else
constexpr int kNoSignal = 0;
#endif

std::vector<std::string> sockets_of(const std::string& state_dir, Asked whom) {
  std::vector<std::string> paths = {gateway_socket(state_dir)};
  if (whom == Asked::GateProcess) return paths;
  std::error_code error;
  std::vector<std::string> others;
  for (std::filesystem::directory_iterator at(run_sockets(state_dir), error), end;
       !error && at != end && others.size() < kMostSockets; at.increment(error))
    if (at->path().extension() == ".sock") others.push_back(at->path().string());
  std::sort(others.begin(), others.end());
  paths.insert(paths.end(), others.begin(), others.end());
  return paths;
}

/// A connection to one gate process, with the part of the answer that has arrived.
struct Dialogue {
  std::string socket;
  int fd = -1;
  size_t sent = 0;
  std::string got;
  bool done = false;

  void finish() {
    done = true;
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
  void go_on(const std::string& request);
};

void Dialogue::go_on(const std::string& request) {
  while (sent < request.size()) {
    const ssize_t count = ::send(fd, request.data() + sent, request.size() - sent, kNoSignal);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (count < 0) return finish();
    sent += static_cast<size_t>(count);
  }
  char part[65536];
  for (;;) {
    const ssize_t count = ::recv(fd, part, sizeof part, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (count <= 0) return finish();
    got.append(part, static_cast<size_t>(count));
    if (got.size() > kLongestAnswer + 1 || got.back() == '\n') return finish();
  }
}

/// Sends the request on each connection and reads the answers. Returns when all answers are
/// complete or the time `limit` has passed.
void talk(std::vector<Dialogue>& dialogues, const std::string& request, Millis limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (std::chrono::steady_clock::now() < end) {
    std::vector<pollfd> waits;
    for (const Dialogue& each : dialogues) {
      const int wanted = each.sent < request.size() ? POLLOUT : POLLIN;
      if (!each.done) waits.push_back({each.fd, static_cast<short>(wanted), 0});
    }
    if (waits.empty()) return;
    ::poll(waits.data(), static_cast<nfds_t>(waits.size()), kTimeToPoll);
    for (Dialogue& each : dialogues)
      if (!each.done) each.go_on(request);
  }
}

Result<MessagePtr> answer_in(Dialogue& dialogue) {
  const Error none{"control.no_answer",
                   "the gate process at " + dialogue.socket + " does not answer",
                   "check whether that process is stopped or very busy"};
  while (!dialogue.got.empty() && dialogue.got.back() == '\n') dialogue.got.pop_back();
  if (dialogue.got.empty() || dialogue.got.size() > kLongestAnswer) return none;
  Walker walker({.bytes = kLongestAnswer, .depth = 32});
  Result<MessagePtr> message = walker.walk(std::move(dialogue.got));
  if (!message) return none;
  const Value error = (*message)->root().find("error");
  if (error)
    return Error{error.find("code").text(), error.find("message").text(),
                 error.find("next").text()};
  if (!(*message)->root().find("ok")) return none;
  return message;
}

}  // namespace

std::vector<ControlAnswer> ask_gates(const std::string& state_dir, Asked whom,
                                     const std::string& request_json, Millis limit) {
  std::vector<Dialogue> dialogues;
  for (const std::string& path : sockets_of(state_dir, whom)) {
    const Result<int> fd = connect_unix(path);
    if (fd) {
      dialogues.push_back({.socket = path, .fd = *fd});
    } else if (fd.error().code == "io.refused") {
      // A socket gets its name only once it listens. So if a socket refuses connections, its
      // process has ended.
      if (path != gateway_socket(state_dir)) ::unlink(path.c_str());
    } else {
      dialogues.push_back({.socket = path, .done = true});
    }
  }
  talk(dialogues, request_json + "\n", limit);
  std::vector<ControlAnswer> answers;
  for (Dialogue& each : dialogues) {
    each.finish();
    answers.push_back({each.socket, answer_in(each)});
  }
  return answers;
}

}  // namespace callgate
