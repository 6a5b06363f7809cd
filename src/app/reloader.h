// Takes over the configuration file when it changes, or when somebody asks for it.
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

/// Keys whose new value counts from the next start on.
std::vector<std::string> waits_for_restart(const Config& running, const Config& fresh);

/// Whose new or changed start a person has agreed to. What a server is started with may be an
/// agent's own writing, so it takes effect by a person's command, or when a gate starts.
struct StartApproval {
  bool all = false;
  std::vector<std::string> servers;
  bool covers(const std::string& server) const;
};

/// Puts into `fresh` what `running` has for servers that would be started in another way (command,
/// arguments, environment, folder, and every key that is not known to be harmless), and switches
/// new servers off. Returns their names.
std::vector<std::string> hold_back(const Config& running, Config& fresh,
                                   const StartApproval& approval);

struct ReloadReport {
  Reloaded servers;
  std::vector<std::string> later;  ///< waits_for_restart
};

/// A file that is no good changes nothing; it is told in the log and by failure(). Loop's thread;
/// the file is read on others.
class ConfigReloader {
 public:
  using Done = std::function<void(const Result<ReloadReport>&)>;

  /// All outlive this. `options.config` is kept at what counts.
  ConfigReloader(Loop& loop, Gate& gate, GatewayOptions& options);

  /// From now on changes of the file are taken over a moment after they were made.
  void watch();
  /// `secret`: the name of one that has another value now: servers that refer to it start again.
  void reload(std::string secret, StartApproval approval, Done done);
  void stop();
  /// Why the file as it is now does not count.
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
  bool again_ = false;  // a half-written file gets a second look before it counts as bad
  bool busy_ = false;
  std::deque<Order> orders_;
  std::optional<Error> failure_;
  std::vector<std::string> waiting_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // for answers that come after us
};

}  // namespace callgate
