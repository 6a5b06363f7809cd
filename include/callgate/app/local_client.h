// A client inside our own process, for commands: the same door, the same policy, the same record.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "callgate/app/gateway.h"
#include "callgate/wire/message.h"

namespace callgate {

/// Runs the loop while it waits. Says `initialize` by itself. Declines questions.
class LocalClient {
 public:
  LocalClient(Loop& loop, Gateway& gateway);
  ~LocalClient();
  /// The whole answer (result or error), or an Error when `limit` is over ("client.timeout").
  Result<MessagePtr> request(const std::string& method, const std::string& params_json, Millis limit);
  /// Waits until every server is listed or has failed, at most `limit`.
  void settle(Millis limit);
  void on_notification(std::function<void(MessagePtr)> callback);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace callgate
