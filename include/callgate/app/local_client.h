// A client inside our own process, for commands. It goes through the same entry, the same policy
// and the same record as other clients.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "callgate/app/gateway.h"
#include "callgate/wire/message.h"

namespace callgate {

/// Whose rights the session has. A command that runs below a client acts for that client.
struct LocalIdentity {
  std::string profile, token;
  std::string client = "callgate";  ///< the name that it sends in `initialize`
};

/// Runs the loop while it waits. Sends `initialize` by itself. Declines the questions of servers.
class LocalClient {
 public:
  LocalClient(Loop& loop, Gateway& gateway, std::string version, LocalIdentity identity = {});
  ~LocalClient();
  /// Returns the whole answer (with its result or error). Errors: "client.timeout" after `limit`,
  /// "client.cancelled" after cancel().
  Result<MessagePtr> request(const std::string& method, const std::string& params_json,
                             Millis limit);
  /// Waits until every server is listed or has failed, for at most `limit`. Calls `look` every few
  /// milliseconds meanwhile.
  void settle(Millis limit, const std::function<void()>& look = nullptr);
  /// To be called from a callback on the loop. Ends the current request with "client.cancelled",
  /// cancels it in the gate too, and ends settle().
  void cancel();
  /// Sets the callback for notifications. It is called from within the gate and must not use this
  /// client.
  void on_notification(std::function<void(MessagePtr)> callback);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace callgate
