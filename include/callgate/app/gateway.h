// Builds and owns all parts of one gate process, and starts and ends them in the right order.
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
  /// How this process was started: "stdio", "serve" or "command".
  std::string how = "command";
  std::vector<std::string> urls = {};      ///< where HTTP clients reach this process
  std::vector<std::string> withheld = {};  ///< variables that servers do not get (environment.h)
};

class Gateway {
 public:
  /// Opens all parts; no server is started yet. Errors: those of the parts, most often the
  /// record's.
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
  /// The core, for queries. Events go through the functions above, which add the time.
  Gate& gate();
  /// The configuration in effect, which may differ from that at the start: the file may have been
  /// reloaded.
  const Config& config() const;
  void start_all(SessionNumber session);
  /// Returns what is kept of the stderr of a running child, with secrets masked.
  std::string stderr_of(ChildIndex child) const;
  /// Returns when the process of a child was started; empty if none runs.
  std::optional<Micros> up_since(ChildIndex child) const;
  /// Returns the masker for all secrets that children have been given so far; empty if nothing is
  /// masked.
  std::shared_ptr<const SecretMasker> masker() const;
  /// What happens to children that have not ended after 1.75 s: we wait for them, or we end and
  /// their wardens end them.
  enum class Leftovers { Wait, ToWardens };
  /// Cancels calls, ends children and writes the record, then calls `done`.
  void shut_down(std::function<void()> done, Leftovers leftovers = Leftovers::ToWardens);

 private:
  struct Impl;
  explicit Gateway(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Runs `callgate` as a client launches it: MCP on stdin and stdout, until the client goes or a
/// signal comes. The client gets `profile` of the configuration; "": none. The error is the reason
/// why it could not start.
Status run_stdio(GatewayOptions options, const std::string& profile);

}  // namespace callgate
