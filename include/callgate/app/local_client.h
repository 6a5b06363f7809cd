// A client inside our own process, for commands: the same door, the same policy, the same record.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "callgate/app/gateway.h"
#include "callgate/wire/message.h"

namespace callgate {

/// Whose rights the session has: a command below a client acts for that client.
struct LocalIdentity {
  std::string profile, token;
  std::string client = "callgate";  ///< the name that it claims
};

/// Runs the loop while it waits. Says `initialize` by itself. Declines questions.
class LocalClient {
 public:
  LocalClient(Loop& loop, Gateway& gateway, std::string version, LocalIdentity identity = {});
  ~LocalClient();
  /// The whole answer (result or error), or an Error when `limit` is over ("client.timeout").
  Result<MessagePtr> request(const std::string& method, const std::string& params_json,
                             Millis limit);
  /// Waits until every server is listed or has failed, at most `limit`. `look` is called every few
  /// milliseconds meanwhile.
  void settle(Millis limit, const std::function<void()>& look = nullptr);
  /// From a callback on the loop: the request under way ends with "client.cancelled" and is
  /// cancelled in the gate too, and settling ends.
  void cancel();
  /// Called from within the gate: must not use this client.
  void on_notification(std::function<void(MessagePtr)> callback);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace callgate
