// A session with a remote server, as a child.
#pragma once

#include <memory>

#include "callgate/app/child_link.h"
#include "callgate/base/result.h"
#include "callgate/remote/remote_server.h"

namespace callgate {

class RemoteChild final : public ChildLink {
 public:
  /// `authorizer` may be nullptr. Errors: see RemoteServer::start.
  static Result<std::unique_ptr<ChildLink>> start(HttpLoop& http, RemoteOptions options,
                                                  std::unique_ptr<Authorizer> authorizer,
                                                  ChildEvents events);
  bool send(std::string bytes) override { return server_->send(std::move(bytes)); }
  void stop(ChildEndTimes times) override { server_->stop(times.terminate); }

 private:
  RemoteChild(std::unique_ptr<Authorizer> authorizer, std::unique_ptr<RemoteServer> server)
      : authorizer_(std::move(authorizer)), server_(std::move(server)) {}
  std::unique_ptr<Authorizer> authorizer_;  ///< outlives the server
  std::unique_ptr<RemoteServer> server_;
};

}  // namespace callgate
