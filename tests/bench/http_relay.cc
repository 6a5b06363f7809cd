// bench_http_relay: the simplest program to compare callgate serve with. It serves a command's
// stdin and stdout as Streamable HTTP in one thread. It parses only the length of a request, and
// the id that assigns an answer to its connection. Different connections must use different ids, as
// bench_load does.
//
//   bench_http_relay COMMAND [ARGUMENT...]      prints its URL
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "json_scan.h"
#include "subprocess.h"

namespace {

using bench::member;

/// Non-blocking descriptors, the bytes that were received and the bytes that wait to be written.
struct Peer {
  int in = -1, out = -1;
  std::string received, waiting;
  size_t done = 0;  // how many bytes of `waiting` are written

  bool flush() {
    while (done < waiting.size()) {
      const ssize_t n = write(out, waiting.data() + done, waiting.size() - done);
      if (n < 0 && errno == EAGAIN) return true;
      if (n < 0 && errno != EINTR) return false;
      if (n > 0) done += static_cast<size_t>(n);
    }
    waiting.clear();
    done = 0;
    return true;
  }
  // Returns false if the peer has closed the connection.
  bool read_some() {
    static char chunk[256 * 1024];
    const ssize_t n = read(in, chunk, sizeof chunk);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    received.append(chunk, static_cast<size_t>(n));
    return n > 0;
  }
};

class Relay {
 public:
  Relay(const bench::Subprocess& child, int listener) : listener_(listener) {
    server_.in = child.out;
    server_.out = child.in;
    for (const int fd : {child.in, child.out, listener}) fcntl(fd, F_SETFL, O_NONBLOCK);
  }

  void run() {
    for (;;) {
      wait();
      if ((watched_[0].revents & POLLIN) != 0) accept_one();
      if (watched_[1].revents != 0) from_server();
      if (watched_[2].revents != 0 && !server_.flush()) exit(1);
      for (size_t i = 3; i < watched_.size(); ++i) {
        if (watched_[i].revents != 0) from_client(watched_[i].fd, watched_[i].revents);
      }
    }
  }

 private:
  void wait() {
    watched_.clear();
    watched_.push_back({listener_, POLLIN, 0});
    watched_.push_back({server_.in, POLLIN, 0});
    watched_.push_back({server_.waiting.empty() ? -1 : server_.out, POLLOUT, 0});
    for (const auto& [fd, client] : clients_)
      watched_.push_back(
          {fd, static_cast<short>(POLLIN | (client.waiting.empty() ? 0 : POLLOUT)), 0});
    poll(watched_.data(), static_cast<nfds_t>(watched_.size()), -1);
  }

  void accept_one() {
    const int fd = accept(listener_, nullptr, nullptr), one = 1;
    if (fd < 0) return;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    Peer& client = clients_[fd];
    client.in = client.out = fd;
  }

  void from_client(int fd, short events) {
    Peer& client = clients_[fd];
    if (((events & POLLOUT) != 0 && !client.flush()) ||
        ((events & ~POLLOUT) != 0 && !client.read_some())) {
      clients_.erase(fd);
      close(fd);
      return;
    }
    while (take_request(client)) {
    }
    if (!server_.flush()) exit(1);
  }

  // Takes the first request from the received bytes if it is complete.
  bool take_request(Peer& client) {
    constexpr std::string_view kLength = "Content-Length: ";
    const std::string_view all(client.received);
    const size_t end = all.find("\r\n\r\n");
    const size_t at = all.substr(0, end).find(kLength);
    if (end == std::string_view::npos || at == std::string_view::npos) return false;
    const size_t size = strtoul(all.data() + at + kLength.size(), nullptr, 10);
    if (all.size() < end + 4 + size) return false;
    const std::string_view body = all.substr(end + 4, size);
    const std::string_view id = member(body, "id");
    if (id.empty())
      client.waiting += "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
    else
      asked_[std::string(id)] = client.in;
    server_.waiting.append(body) += '\n';
    client.received.erase(0, end + 4 + size);
    client.flush();
    return true;
  }

  void from_server() {
    const size_t had = server_.received.size();
    if (!server_.read_some()) exit(0);
    std::string& in = server_.received;
    size_t begin = 0, search_from = had;
    for (size_t end; (end = in.find('\n', search_from)) != std::string::npos;) {
      answer(std::string_view(in).substr(begin, end - begin));
      begin = search_from = end + 1;
    }
    in.erase(0, begin);
  }

  void answer(std::string_view line) {
    const auto asked = asked_.find(std::string(member(line, "id")));
    if (asked == asked_.end()) return;
    const auto client = clients_.find(asked->second);
    asked_.erase(asked);
    if (client == clients_.end()) return;
    std::string& out = client->second.waiting;
    out += "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ";
    out.append(std::to_string(line.size())).append("\r\n\r\n").append(line);
    client->second.flush();
  }

  int listener_;
  Peer server_;
  std::unordered_map<int, Peer> clients_;
  std::unordered_map<std::string, int> asked_;
  std::vector<pollfd> watched_;
};

int listen_anywhere() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (fd < 0 || bind(fd, generic, size) != 0 || listen(fd, 256) != 0 ||
      getsockname(fd, generic, &size) != 0) {
    perror("listen");
    exit(1);
  }
  printf("http://127.0.0.1:%d/mcp\n", ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const bench::Subprocess child = bench::start(argv + 1);
  Relay(child, listen_anywhere()).run();
}
