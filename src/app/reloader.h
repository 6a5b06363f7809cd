// Reloads the configuration file when it changes, or when a command asks for it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "callgate/app/gateway.h"
#include "callgate/app/rules.h"
#include "callgate/io/file_watch.h"

namespace callgate {

/// Returns the keys whose new values take effect at the next start.
std::vector<std::string> waits_for_restart(const Config& running, const Config& fresh);

/// The servers whose new or changed start a person has approved. How a server is started may have
/// been written by an agent, so a change of that takes effect only by a person's command, or when a
/// gate starts.
struct StartApproval {
  bool all = false;
  std::vector<std::string> servers;
  bool covers(const std::string& server) const;
};

/// Holds back changes in `fresh` that `approval` does not cover: a server that would be started in
/// another way is started as in `running` (its command, arguments, environment, folder, and every
/// key that is not known to be harmless stay), and new servers are disabled. Returns the names of
/// these servers.
std::vector<std::string> hold_back(const Config& running, Config& fresh,
                                   const StartApproval& approval);

struct ReloadReport {
  Reloaded servers;
  std::vector<std::string> later;  ///< waits_for_restart
};

/// Reloads the file off the loop's thread. A file with an error changes nothing; the error is
/// logged and returned by failure(). Used on the loop's thread.
class ConfigReloader {
 public:
  using Done = std::function<void(const Result<ReloadReport>&)>;

  /// All references must outlive this. `options.config` always holds the configuration in effect.
  ConfigReloader(Loop& loop, Gate& gate, GatewayOptions& options);

  /// From now on, reloads the file a moment after it was changed.
  void watch();
  /// Reloads the file. `secret` is the name of a secret whose value has changed, or "". Servers
  /// that refer to it are restarted.
  void reload(std::string secret, StartApproval approval, Done done);
  void stop();
  /// The error because of which the file, as it is now, is not in effect.
  const std::optional<Error>& failure() const { return failure_; }
  /// Servers whose new or changed start waits for a person.
  const std::vector<std::string>& waiting() const { return waiting_; }

 private:
  struct Order {
    std::string secret;
    StartApproval approval;
    Done done;
  };
  struct Fresh {
    Config config;
    Rules rules;
  };
  using Read = Result<Fresh>;
  static Read read(const Places& places);
  void changed();
  void look();
  void next();
  void finish(const Result<ReloadReport>& report);
  ReloadReport take(Fresh fresh, const Order& order);
  void set_waiting(std::vector<std::string> servers);

  Loop& loop_;
  Gate& gate_;
  GatewayOptions& options_;
  std::unique_ptr<FileWatch> watch_;
  Timer quiet_;
  bool again_ = false;  // a half-written file is read again before it counts as bad
  bool busy_ = false;
  std::deque<Order> orders_;
  std::optional<Error> failure_;
  std::vector<std::string> waiting_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // expires with us; late answers check it
};

}  // namespace callgate
