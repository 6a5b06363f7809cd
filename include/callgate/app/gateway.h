// The gateway builds and owns all parts of one gate process and knows the order of start and end.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/config/config.h"
#include "callgate/gate/gate.h"
#include "callgate/io/loop.h"

namespace callgate {

class SecretMasker;

struct GatewayOptions {
  Config config;
  Places places;
  std::string version;
  std::string how = "command";         ///< this process was started: "stdio", "serve", "command"
  std::vector<std::string> urls = {};  ///< where HTTP clients reach it
  std::vector<std::string> withheld = {};  ///< variables that servers do not get (environment.h)
};

class Gateway {
 public:
  /// Errors of the parts: the record's most often. Nothing is started yet.
  static Result<std::unique_ptr<Gateway>> open(Loop& loop, GatewayOptions options);
  ~Gateway();

  SessionNumber open_session(ClientLink& link, ClientFacts facts);
  void client_line(SessionNumber session, std::string line);
  void client_line_too_long(SessionNumber session, std::string_view head);
  void client_message(SessionNumber session, const MessagePtr& message, Exchange exchange);
  void refused_outside(const RefusedOutside& request);
  void unreadable(const std::string& why);
  void exchange_gone(SessionNumber session, Exchange exchange);
  void client_gone(SessionNumber session, const std::string& reason);
  /// The core, for questions; events go through the functions above, which know the time.
  Gate& gate();
  /// What counts now: the file may have changed since the start.
  const Config& config() const;
  void start_all(SessionNumber session);
  /// What a child that runs has written to its standard error, as far as it is kept; secrets
  /// masked.
  std::string stderr_of(ChildIndex child) const;
  /// When the process of a child was started; empty: none runs.
  std::optional<Micros> up_since(ChildIndex child) const;
  /// Of all secrets that children have been given so far; empty: nothing is masked.
  std::shared_ptr<const SecretMasker> masker() const;
  /// Who ends the children that have not ended after 1.75 s: we wait for them, or their wardens do
  /// so after our end.
  enum class Leftovers { Wait, ToWardens };
  /// Calls are cancelled, children ended, the record written; then `done`.
  void shut_down(std::function<void()> done, Leftovers leftovers = Leftovers::ToWardens);

 private:
  struct Impl;
  explicit Gateway(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// `callgate` as a client launches it: MCP on stdin and stdout until the client goes or a signal
/// comes. The client has that profile of the configuration; "": none. The error is why it could not
/// start.
Status run_stdio(GatewayOptions options, const std::string& profile);

}  // namespace callgate
