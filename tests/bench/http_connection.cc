#include "http_connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

namespace bench {

namespace {

// Finds fields as Callgate and bench_http_relay write them. No other servers are measured.
std::string_view field(std::string_view head, std::string_view name) {
  const size_t at = head.find(name);
  if (at == std::string_view::npos) return "";
  const std::string_view rest = head.substr(at + name.size());
  return rest.substr(0, rest.find('\r'));
}

}  // namespace

Address address_of(const Subprocess& child, const std::string& token_file) {
  std::string url;
  for (char c = 0; read(child.out, &c, 1) == 1 && c != '\n';) url += c;
  const size_t colon = url.rfind(':');
  if (colon == std::string::npos) die("the command printed no URL");
  Address address{.port = static_cast<uint16_t>(atoi(url.c_str() + colon + 1)), .token = ""};
  if (token_file != "-") {
    std::ifstream file(token_file);
    if (!std::getline(file, address.token)) die("no token in " + token_file);
  }
  return address;
}

int connect_to(const Address& address) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(address.port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
    die(std::string("cannot connect: ") + strerror(errno));
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

std::string request_head(const Address& address, std::string_view method, std::string_view path,
                         std::string_view fields) {
  std::string head(method);
  head.append(" ").append(path).append(" HTTP/1.1\r\nHost: 127.0.0.1\r\n");
  if (!address.token.empty()) head += "Authorization: Bearer " + address.token + "\r\n";
  return head.append(fields).append("\r\n");
}

std::string post_head(const Address& address, std::string_view path, std::string_view fields,
                      size_t body) {
  std::string all =
      "Accept: application/json, text/event-stream\r\nContent-Type: application/json\r\n"
      "Content-Length: " +
      std::to_string(body) + "\r\n";
  return request_head(address, "POST", path, all.append(fields));
}

Answer whole_answer(std::string_view bytes) {
  const size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return {};
  const std::string_view head = bytes.substr(0, end + 2);
  const std::string_view length = field(head, "Content-Length: ");
  if (length.empty()) die("an answer without a length: " + std::string(head));
  Answer answer{.status = atoi(head.data() + strlen("HTTP/1.1 ")),
                .session = field(head, "Mcp-Session-Id: "),
                .body = bytes.substr(end + 4, strtoul(length.data(), nullptr, 10)),
                .size = 0};
  const size_t whole = end + 4 + strtoul(length.data(), nullptr, 10);
  if (bytes.size() >= whole) answer.size = whole;
  return answer;
}

HttpConnection::HttpConnection(Address address)
    : address_(std::move(address)), chunk_(1 << 20, '\0') {}

std::string& HttpConnection::line(size_t lane) {
  while (lanes_.size() <= lane) lanes_.emplace_back();
  Lane& to = lanes_[lane];
  if (to.fd < 0) to.fd = connect_to(address_);
  // A notification must be accepted before the next message is sent.
  while (!to.body.empty() || to.busy) exchange([](std::string_view) {});
  return to.body;
}

void HttpConnection::sent(size_t lane) { to_send_.push_back(&lanes_[lane]); }

void HttpConnection::write_out() {
  const std::string fields = session_.empty() ? "" : "Mcp-Session-Id: " + session_ + "\r\n";
  for (Lane* lane : to_send_) {
    std::string bytes = post_head(address_, "/mcp", fields, lane->body.size()) + lane->body;
    if (!write_all(lane->fd, bytes.data(), bytes.size())) die("the command does not read");
    lane->body.clear();
    lane->busy = true;
    ++busy_;
  }
  to_send_.clear();
}

// If only one answer is missing, the read itself waits, which saves a system call for each answer.
void HttpConnection::exchange(const Take& take) {
  write_out();
  if (busy_ == 1) {
    for (Lane& lane : lanes_) {
      if (lane.busy) return read_from(lane, take);
    }
  }
  std::vector<pollfd> wanted;
  for (const Lane& lane : lanes_) {
    if (lane.busy) wanted.push_back({lane.fd, POLLIN, 0});
  }
  poll(wanted.data(), static_cast<nfds_t>(wanted.size()), -1);
  size_t at = 0;
  for (size_t i = 0; at < wanted.size(); ++i) {
    if (lanes_[i].fd != wanted[at].fd) continue;
    if (wanted[at++].revents != 0) read_from(lanes_[i], take);
  }
}

void HttpConnection::read_from(Lane& lane, const Take& take) {
  const ssize_t n = read(lane.fd, chunk_.data(), chunk_.size());
  if (n < 0 && errno == EINTR) return;
  if (n <= 0) die("the command closed a connection");
  lane.in.append(chunk_, 0, static_cast<size_t>(n));
  const Answer answer = whole_answer(lane.in);
  if (answer.size == 0) return;
  if (answer.status / 100 != 2) die("refused: " + lane.in.substr(0, 400));
  if (!answer.session.empty()) session_ = answer.session;
  lane.busy = false;
  --busy_;
  if (!answer.body.empty()) take(answer.body);
  lane.in.erase(0, answer.size);
}

}  // namespace bench
