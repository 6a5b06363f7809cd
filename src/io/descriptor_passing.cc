#include "callgate/io/descriptor_passing.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "loop_impl.h"
#include "passed_descriptors.h"

namespace callgate {

namespace {

using Clock = std::chrono::steady_clock;
using Length = decltype(msghdr::msg_controllen);  // differs between systems

#ifdef MSG_CMSG_CLOEXEC
constexpr int kReceiveFlags = MSG_CMSG_CLOEXEC | MSG_DONTWAIT;
#else
constexpr int kReceiveFlags = MSG_DONTWAIT;
#endif
#ifdef MSG_NOSIGNAL
constexpr int kSendFlags = MSG_NOSIGNAL | MSG_DONTWAIT;
#else
constexpr int kSendFlags = MSG_DONTWAIT;
#endif

// Space for the descriptors of one message. The system closes descriptors that have no space.
struct Control {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMostPassed * sizeof(int))> bytes{};
};

/// Waits until the socket is ready. Returns false at the time `until`.
bool wait_for(int socket, short event, Clock::time_point until) {
  for (;;) {
    const auto left = std::chrono::ceil<Millis>(until - Clock::now()).count();
    if (left <= 0) return false;
    pollfd wait{.fd = socket, .events = event, .revents = 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(left));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

Error failed(const char* code, const std::string& why) { return {code, why, ""}; }

/// Sends as much as the socket takes. The descriptors go with the first byte.
ssize_t send_part(int socket, std::string_view bytes, const std::vector<int>& descriptors) {
  Control control;
  iovec part{.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    const size_t size = descriptors.size() * sizeof(int);
    message.msg_control = control.bytes.data();
    message.msg_controllen = static_cast<Length>(CMSG_SPACE(size));
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = static_cast<Length>(CMSG_LEN(size));
    std::memcpy(CMSG_DATA(header), descriptors.data(), size);
  }
  return ::sendmsg(socket, &message, kSendFlags);
}

void take_descriptors(msghdr& message, std::vector<Descriptor>& to) {
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
      ::fcntl(fd, F_SETFD, FD_CLOEXEC);  // for systems without MSG_CMSG_CLOEXEC
      to.emplace_back(fd);
    }
  }
}

}  // namespace

Status send_line_with(int socket, std::string_view line, const std::vector<int>& descriptors,
                      Millis limit) {
  const auto until = Clock::now() + limit;
  const std::string bytes = std::string(line) + '\n';
  std::vector<int> unsent = descriptors;
  for (size_t sent = 0; sent < bytes.size();) {
    const ssize_t count = send_part(socket, std::string_view(bytes).substr(sent), unsent);
    if (count > 0) {
      sent += static_cast<size_t>(count);
      unsent.clear();
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return failed("io.write", system_reason(errno));
    if (!wait_for(socket, POLLOUT, until))
      return failed("io.write", "the other process does not read");
  }
  return {};
}

Result<std::string> receive_line(int socket, size_t most, Millis limit) {
  const auto until = Clock::now() + limit;
  std::string line;
  std::array<char, 4096> part{};
  while (line.size() <= most) {
    // Looks at the bytes before it takes them, so that what comes after the line stays unread.
    const ssize_t ahead = ::recv(socket, part.data(), part.size(), MSG_PEEK | MSG_DONTWAIT);
    if (ahead == 0) return failed("io.read", "the other process has closed the socket");
    if (ahead < 0 && errno == EINTR) continue;
    if (ahead < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
      return failed("io.read", system_reason(errno));
    if (ahead < 0) {
      if (!wait_for(socket, POLLIN, until)) return failed("io.read", "no answer came in time");
      continue;
    }
    const std::string_view seen(part.data(), static_cast<size_t>(ahead));
    const size_t end = seen.find('\n');
    const size_t taken = end == std::string_view::npos ? seen.size() : end + 1;
    if (::recv(socket, part.data(), taken, MSG_DONTWAIT) != static_cast<ssize_t>(taken))
      return failed("io.read", system_reason(errno));
    line += seen.substr(0, end);
    if (end != std::string_view::npos && line.size() <= most) return line;
  }
  return failed("io.read", "the other process sent too much");
}

ssize_t read_with_descriptors(int socket, char* to, size_t most,
                              std::vector<Descriptor>& descriptors) {
  Control control;
  iovec part{.iov_base = to, .iov_len = most};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = static_cast<Length>(control.bytes.size());
  const ssize_t count = ::recvmsg(socket, &message, kReceiveFlags);
  if (count < 0) return count;
  take_descriptors(message, descriptors);
  if (descriptors.size() > kMostPassed) descriptors.resize(kMostPassed);
  return count;
}

}  // namespace callgate
