#include "remote_child.h"

#include <utility>

namespace callgate {

Result<std::unique_ptr<ChildLink>> RemoteChild::start(HttpLoop& http, RemoteOptions options,
                                                      std::unique_ptr<Authorizer> authorizer,
                                                      ChildEvents events) {
  options.authorizer = authorizer.get();
  RemoteEvents own;
  own.on_running = [running = std::move(events.on_running)] {
    constexpr int kNoProcess = 0;
    if (running) running(kNoProcess);
  };
  own.on_line = std::move(events.on_line);
  own.on_too_long = std::move(events.on_too_long);
  own.on_gone = [gone = std::move(events.on_gone)](RemoteEnd end) {
    gone({.reason = std::move(end.reason)});
  };
  auto server = RemoteServer::start(http, std::move(options), std::move(own));
  if (!server) return server.error();
  return std::unique_ptr<ChildLink>(new RemoteChild(std::move(authorizer), std::move(*server)));
}

}  // namespace callgate
