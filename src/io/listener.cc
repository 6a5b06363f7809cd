#include "callgate/io/listener.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "acceptor.h"

namespace callgate {

namespace {

constexpr int kBacklog = 511;
constexpr int kAcceptedAtOnce = 64;

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
  int family = AF_UNSPEC;
};

Error cannot_listen(const std::string& host, uint16_t port, const std::string& why) {
  return {"io.listen", "cannot listen on " + host + ":" + std::to_string(port) + ": " + why,
          "choose another address with --listen HOST:PORT"};
}

Result<Address> look_up(const std::string& host, uint16_t port) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  // `localhost` means the IPv4 address here, because machines differ in whether it resolves to IPv4
  // or IPv6 first. Clients that try IPv6 first try IPv4, too.
  const std::string name = host == "localhost" ? "127.0.0.1" : host;
  const int error = getaddrinfo(name.c_str(), std::to_string(port).c_str(), &wanted, &found);
  if (error != 0) return cannot_listen(host, port, gai_strerror(error));
  Address address;
  std::memcpy(&address.bytes, found->ai_addr, found->ai_addrlen);
  address.size = found->ai_addrlen;
  address.family = found->ai_family;
  freeaddrinfo(found);
  return address;
}

void set_option(int fd, int level, int name) {
  const int on = 1;
  ::setsockopt(fd, level, name, &on, sizeof on);
}

bool is_loopback(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

uint16_t port_of(const sockaddr_storage& address) {
  sockaddr_in6 v6{};
  sockaddr_in v4{};
  std::memcpy(&v4, &address, sizeof v4);
  std::memcpy(&v6, &address, sizeof v6);
  return ntohs(address.ss_family == AF_INET ? v4.sin_port : v6.sin6_port);
}

}  // namespace

struct Listener::Cell {
  Cell(Loop::Impl& loop, int fd) : acceptor(loop, fd, kAcceptedAtOnce) {}
  Acceptor acceptor;
  uint16_t port = 0;
  bool loopback = false;
};

void Listener::Close::operator()(Cell* cell) const { delete cell; }

Listener::Listener(Cell* cell) : cell_(cell) {}
Listener::~Listener() = default;

Result<std::unique_ptr<Listener>> Listener::open(Loop& loop, const std::string& host,
                                                 uint16_t port) {
  loop.impl().check_thread();
  const Result<Address> address = look_up(host, port);
  if (!address) return address.error();
  const int fd = open_socket(address->family);
  if (fd < 0) return cannot_listen(host, port, system_reason(errno));
  std::unique_ptr<Listener> listener(new Listener(new Cell(loop.impl(), fd)));
  Cell& cell = *listener->cell_;
  set_option(fd, SOL_SOCKET, SO_REUSEADDR);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address->bytes), address->size) != 0 ||
      ::listen(fd, kBacklog) != 0) {
    if (errno != EADDRINUSE) return cannot_listen(host, port, system_reason(errno));
    return Error{"io.in_use", host + ":" + std::to_string(port) + " is in use by another program",
                 "if that program is another callgate serve, use or stop that one; otherwise "
                 "choose another port "
                 "with --listen HOST:PORT"};
  }
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size);
  cell.port = port_of(bound);
  cell.loopback = is_loopback(bound);
  if (const int error = cell.acceptor.error(); error != 0)
    return cannot_listen(host, port, system_reason(-error));
  return listener;
}

void Listener::start(std::function<void(int fd)> on_connection) {
  cell_->acceptor.start([on_connection = std::move(on_connection)](int connection) {
    set_option(connection, IPPROTO_TCP, TCP_NODELAY);
    set_option(connection, SOL_SOCKET, SO_KEEPALIVE);
    on_connection(connection);
  });
}

uint16_t Listener::port() const { return cell_->port; }
bool Listener::loopback() const { return cell_->loopback; }

std::string peer_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "";
  char host[NI_MAXHOST];
  if (::getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host, sizeof host, nullptr,
                    0, NI_NUMERICHOST) != 0)
    return "";
  const std::string text = address.ss_family == AF_INET6 ? "[" + std::string(host) + "]" : host;
  return text + ":" + std::to_string(port_of(address));
}

}  // namespace callgate
