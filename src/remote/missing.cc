// Takes the place of the other files if the program is built without the headers of libcurl.
#include <utility>

#include "callgate/io/lifetime.h"
#include "callgate/remote/fetch.h"
#include "callgate/remote/http_loop.h"
#include "callgate/remote/remote_server.h"

namespace callgate {

namespace {

Error no_support() {
  return {"remote.unsupported", "this build of callgate has no support for remote servers",
          "install a package of callgate, or build it again with the headers of libcurl (for "
          "example libcurl4-openssl-dev)"};
}

}  // namespace

struct HttpLoop::Impl {
  Loop& loop;
};

HttpLoop::HttpLoop(Loop& loop) : impl_(std::make_unique<Impl>(Impl{loop})) {}
HttpLoop::~HttpLoop() = default;

struct Fetch::Impl {
  Lifetime lifetime;
};

Fetch::Fetch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Fetch::~Fetch() = default;

std::unique_ptr<Fetch> fetch(HttpLoop& http, const WebNetwork&, WebRequest, FetchRules,
                             std::function<void(Result<WebAnswer>)> done) {
  auto impl = std::make_unique<Fetch::Impl>();
  http.impl().loop.post(
      impl->lifetime.guard([done = std::move(done)]() mutable { done(no_support()); }));
  return std::make_unique<Fetch>(std::move(impl));
}

struct RemoteServer::Impl {};

Result<std::unique_ptr<RemoteServer>> RemoteServer::start(HttpLoop&, RemoteOptions, RemoteEvents) {
  return no_support();
}
RemoteServer::RemoteServer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
RemoteServer::~RemoteServer() = default;
bool RemoteServer::send(std::string) { return false; }
void RemoteServer::stop(Millis) {}

}  // namespace callgate
