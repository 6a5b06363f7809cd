#include "callgate/remote/http_loop.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "callgate/base/check.h"
#include "callgate/base/log.h"
#include "http_loop_impl.h"
#include "transfer_cell.h"

namespace callgate {

namespace {

// As many as the requests that one server may have without an answer. libcurl also counts those in
// use, and closes an unused one after each request if there are more.
constexpr long kMostConnections = 256;
constexpr size_t kMostIdleHandles = 64;  // each has some 6 KiB

int on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
  return static_cast<HttpLoop::Impl*>(self)->watch(fd, what);
}

int on_timer(CURLM*, long millis, void* user) {
  auto* self = static_cast<HttpLoop::Impl*>(user);
  if (millis < 0) {
    self->timer.stop();
  } else {
    self->timer.start(Millis(millis), [self] { self->act(CURL_SOCKET_TIMEOUT, 0); });
  }
  return 0;
}

}  // namespace

HttpLoop::HttpLoop(Loop& loop) : impl_(std::make_unique<Impl>(loop)) {}
HttpLoop::~HttpLoop() = default;

HttpLoop::Impl::~Impl() {
  if (multi == nullptr) return;
  for (CURL* handle : handles_) curl->easy_cleanup(handle);
  curl->multi_cleanup(multi);
}

Result<const CurlLibrary*> HttpLoop::Impl::library() {
  if (multi != nullptr) return curl;
  auto loaded = load_curl();
  if (!loaded) return loaded;
  curl = *loaded;
  multi = curl->multi_init();
  ENSURE(multi != nullptr);
  curl->multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &on_socket);
  curl->multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
  curl->multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &on_timer);
  curl->multi_setopt(multi, CURLMOPT_TIMERDATA, this);
  curl->multi_setopt(multi, CURLMOPT_MAXCONNECTS, kMostConnections);
  return curl;
}

Result<const Certificates*> HttpLoop::Impl::certificates(const WebNetwork& network) {
  auto known = certificates_.find(network.ca_files);
  if (known == certificates_.end()) {
    auto read = read_certificates(*curl, network.ca_files);
    if (!read) return read.error();
    known = certificates_.emplace(network.ca_files, std::move(*read)).first;
  }
  return &known->second;
}

CURL* HttpLoop::Impl::take_handle() {
  if (handles_.empty()) {
    CURL* handle = curl->easy_init();
    ENSURE(handle != nullptr);
    return handle;
  }
  CURL* handle = handles_.back();
  handles_.pop_back();
  return handle;
}

void HttpLoop::Impl::give_back(CURL* handle) {
  if (handles_.size() == kMostIdleHandles) return curl->easy_cleanup(handle);
  curl->easy_reset(handle);
  handles_.push_back(handle);
}

int HttpLoop::Impl::watch(curl_socket_t fd, int what) {
  Socket& socket = sockets_[fd];
  socket.used = what != CURL_POLL_REMOVE;
  if (!socket.used) {
    // libcurl closes the descriptors that are no connections without telling us.
    if (!socket.connection) sockets_.erase(fd);
    return 0;
  }
  if (!socket.watch && !open_watch(fd, socket)) return -1;
  socket.watch->want((what & CURL_POLL_IN) != 0, (what & CURL_POLL_OUT) != 0);
  return 0;
}

bool HttpLoop::Impl::open_watch(curl_socket_t fd, Socket& socket) {
  // No child shall inherit it. libcurl creates some descriptors by itself.
  if (!socket.connection) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  auto watch = DescriptorWatch::open(
      loop, fd, [this, fd](bool readable, bool writable) { ready(fd, readable, writable); });
  if (!watch) {
    log::error("a connection to a remote server fails: {}", watch.error().text());
    return false;
  }
  socket.watch = std::move(*watch);
  return true;
}

void HttpLoop::Impl::ready(curl_socket_t fd, bool readable, bool writable) {
  Socket& socket = sockets_[fd];
  // The server has closed a connection that no request uses. libcurl notices it before it uses the
  // connection again.
  if (!socket.used) return socket.watch->want(false, false);
  act(fd, (readable ? CURL_CSELECT_IN : 0) | (writable ? CURL_CSELECT_OUT : 0));
}

void HttpLoop::Impl::opened(curl_socket_t fd) {
  sockets_.erase(fd);
  sockets_[fd].connection = true;
}

void HttpLoop::Impl::closed(curl_socket_t fd) {
  sockets_.erase(fd);
  ::close(fd);
}

void HttpLoop::Impl::act(curl_socket_t fd, int events) {
  work(fd, events);
  settle();
}

void HttpLoop::Impl::begin_added() {
  work(CURL_SOCKET_TIMEOUT, 0);
  if (news.empty() || settling_ || std::exchange(settle_posted_, true)) return;
  loop.post(lifetime_.guard([this] {
    settle_posted_ = false;
    settle();
  }));
}

void HttpLoop::Impl::destroy_later(std::shared_ptr<void> object) {
  if (settling_) return to_destroy_.push_back(std::move(object));
  loop.post([kept = std::move(object)] {});
}

/// Lets libcurl work, and notes which transfers ended.
void HttpLoop::Impl::work(curl_socket_t fd, int events) {
  int running = 0, left = 0;
  curl->multi_socket_action(multi, fd, events, &running);
  while (CURLMsg* message = curl->multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    char* cell = nullptr;
    curl->easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &cell);
    reinterpret_cast<Transfer::Cell*>(cell)->ended(message->data.result);
  }
}

void HttpLoop::Impl::settle() {
  settling_ = true;
  while (!news.empty()) {
    for (const auto& weak : std::exchange(news, {})) {
      if (const auto cell = weak.lock()) cell->deliver();
    }
  }
  settling_ = false;
  std::exchange(to_destroy_, {}).clear();
}

}  // namespace callgate
