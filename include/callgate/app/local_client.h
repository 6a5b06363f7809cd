// A client inside our own process, with which commands call servers. The gate treats it like every
// other client: its calls are decided by the rules and recorded.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "callgate/app/client_entrance.h"
#include "callgate/wire/message.h"

namespace callgate {

/// The profile and the token whose rights the session has. If a client started the command, they
/// are the profile and the token of that client.
struct LocalIdentity {
  std::string profile, token;
  std::string client = "callgate";  ///< the client's name in `initialize`
};

/// The functions run the loop while they wait. The client sends `initialize` before the first
/// request, and declines all questions of servers.
class LocalClient {
 public:
  LocalClient(Loop& loop, ClientEntrance& gate, std::string version, LocalIdentity identity = {});
  ~LocalClient();
  /// Sends a request and returns the whole answer, a message with "result" or "error". Errors:
  /// "client.timeout" after `limit`, "client.cancelled" after cancel().
  Result<MessagePtr> request(const std::string& method, const std::string& params_json,
                             Millis limit);
  /// Starts all servers. Waits until each of them has sent its lists or has failed, but at most for
  /// `limit`. Calls `poll` every few milliseconds meanwhile.
  void settle(Millis limit, const std::function<void()>& poll = nullptr);
  /// Cancels the request that request() waits for; request() then returns "client.cancelled". Ends
  /// settle(), too. To be called from a callback on the loop, because request() and settle() run
  /// the loop.
  void cancel();
  /// Sets the callback for notifications. The gate calls it while it handles another message, so
  /// the callback must not use this client.
  void on_notification(std::function<void(MessagePtr)> callback);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace callgate
