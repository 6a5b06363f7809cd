#include "callgate/remote/http_loop.h"

#include <fcntl.h>

#include <utility>

#include "callgate/base/check.h"
#include "callgate/base/log.h"
#include "certificates.h"
#include "http_loop_impl.h"
#include "transfer_cell.h"

namespace callgate {

namespace {

constexpr long kMostIdleConnections = 64;

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
  curl->multi_setopt(multi, CURLMOPT_MAXCONNECTS, kMostIdleConnections);
  return curl;
}

Result<std::shared_ptr<const std::string>> HttpLoop::Impl::certificates(const WebNetwork& network) {
  if (network.ca_files.empty()) return std::shared_ptr<const std::string>();
  if (const auto known = read_files.find(network.ca_files); known != read_files.end())
    return known->second;
  auto text = read_certificates(*curl, network.ca_files);
  if (text) read_files[network.ca_files] = *text;
  return text;
}

int HttpLoop::Impl::watch(curl_socket_t fd, int what) {
  if (what == CURL_POLL_REMOVE) {
    watches.erase(fd);
    return 0;
  }
  auto& watch = watches[fd];
  if (!watch) {
    // No child shall inherit it. libcurl creates some descriptors by itself.
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    auto opened = DescriptorWatch::open(loop, fd, [this, fd](bool readable, bool writable) {
      act(fd, (readable ? CURL_CSELECT_IN : 0) | (writable ? CURL_CSELECT_OUT : 0));
    });
    if (!opened) {
      log::error("a connection to a remote server fails: {}", opened.error().text());
      watches.erase(fd);
      return -1;
    }
    watch = std::move(*opened);
  }
  watch->want((what & CURL_POLL_IN) != 0, (what & CURL_POLL_OUT) != 0);
  return 0;
}

void HttpLoop::Impl::act(curl_socket_t fd, int events) {
  int running = 0;
  curl->multi_socket_action(multi, fd, events, &running);
  settle();
}

void HttpLoop::Impl::settle() {
  int left = 0;
  while (CURLMsg* message = curl->multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    char* cell = nullptr;
    curl->easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &cell);
    reinterpret_cast<Transfer::Cell*>(cell)->ended(message->data.result);
  }
  while (!news.empty()) {
    for (const auto& weak : std::exchange(news, {})) {
      if (const auto cell = weak.lock()) cell->deliver();
    }
  }
}

}  // namespace callgate
