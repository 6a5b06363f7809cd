#include "callgate/io/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "callgate/base/check.h"
#include "loop_impl.h"

namespace callgate {

namespace {

constexpr int kBacklog = 511;
constexpr int kAcceptedAtOnce = 64;     // then others have their turn
constexpr uint64_t kPauseMillis = 100;  // when out of descriptors

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
  // Where `localhost` leads first differs between machines; clients try IPv4 as well.
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

#ifndef __linux__
void set_flags(int fd) {
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}
#endif

int open_socket(int family) {
#ifdef __linux__
  return ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
  const int fd = ::socket(family, SOCK_STREAM, 0);
  if (fd >= 0) set_flags(fd);
  return fd;
#endif
}

int accept_one(int listening) {
#ifdef __linux__
  return ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
#else
  const int fd = ::accept(listening, nullptr, nullptr);
  if (fd >= 0) set_flags(fd);
  return fd;
#endif
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
  explicit Cell(Loop::Impl& loop) {
    CHECK(uv_timer_init(&loop.uv, &pause) == 0);
    pause.data = this;
  }
  void watch();
  void accept_some();
  void close_part(uv_handle_t* part);

  int fd = -1;
  uint16_t port = 0;
  bool loopback = false;
  bool released = false;
  int open_parts = 2;
  uv_poll_t poll{};
  uv_timer_t pause{};
  std::function<void(int)> on_connection;
};

void Listener::Cell::watch() {
  CHECK(uv_poll_start(&poll, UV_READABLE, [](uv_poll_t* h, int, int) noexcept {
          static_cast<Cell*>(h->data)->accept_some();
        }) == 0);
}

void Listener::Cell::accept_some() {
  for (int i = 0; i < kAcceptedAtOnce && !released; ++i) {
    const int connection = accept_one(fd);
    if (connection >= 0) {
      set_option(connection, IPPROTO_TCP, TCP_NODELAY);
      set_option(connection, SOL_SOCKET, SO_KEEPALIVE);
      on_connection(connection);
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return;
    // Out of descriptors or memory: the waiting connections would wake us without end.
    uv_poll_stop(&poll);
    uv_timer_start(
        &pause, [](uv_timer_t* h) noexcept { static_cast<Cell*>(h->data)->watch(); }, kPauseMillis,
        0);
    return;
  }
}

void Listener::Cell::close_part(uv_handle_t* part) {
  uv_close(part, [](uv_handle_t* closed) {
    auto* cell = static_cast<Cell*>(closed->data);
    if (--cell->open_parts == 0) delete cell;
  });
}

void Listener::Close::operator()(Cell* cell) const {
  cell->released = true;
  if (cell->poll.data) {
    cell->close_part(reinterpret_cast<uv_handle_t*>(&cell->poll));
  } else {
    --cell->open_parts;
  }
  cell->close_part(reinterpret_cast<uv_handle_t*>(&cell->pause));
  if (cell->fd >= 0) ::close(cell->fd);
}

Listener::Listener(Cell* cell) : cell_(cell) {}
Listener::~Listener() = default;

Result<std::unique_ptr<Listener>> Listener::open(Loop& loop, const std::string& host,
                                                 uint16_t port) {
  loop.impl().check_thread();
  const Result<Address> address = look_up(host, port);
  if (!address) return address.error();
  std::unique_ptr<Listener> listener(new Listener(new Cell(loop.impl())));
  Cell& cell = *listener->cell_;
  cell.fd = open_socket(address->family);
  if (cell.fd < 0) return cannot_listen(host, port, system_reason(errno));
  set_option(cell.fd, SOL_SOCKET, SO_REUSEADDR);
  if (::bind(cell.fd, reinterpret_cast<const sockaddr*>(&address->bytes), address->size) != 0 ||
      ::listen(cell.fd, kBacklog) != 0) {
    if (errno != EADDRINUSE) return cannot_listen(host, port, system_reason(errno));
    return Error{"io.in_use", host + ":" + std::to_string(port) + " is in use by another program",
                 "if that is another callgate serve, use it or stop it; else choose another port "
                 "with --listen HOST:PORT"};
  }
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(cell.fd, reinterpret_cast<sockaddr*>(&bound), &size);
  cell.port = port_of(bound);
  cell.loopback = is_loopback(bound);
  const int error = uv_poll_init(&loop.impl().uv, &cell.poll, cell.fd);
  if (error != 0) return cannot_listen(host, port, system_reason(-error));
  cell.poll.data = &cell;
  return listener;
}

void Listener::start(std::function<void(int fd)> on_connection) {
  cell_->on_connection = std::move(on_connection);
  cell_->watch();
}

uint16_t Listener::port() const { return cell_->port; }
bool Listener::loopback() const { return cell_->loopback; }

}  // namespace callgate
