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
  /// `secret`: the name of one that has another value now: servers that refer to it start anew.
  void reload(std::string secret, Done done);
  void stop();
  /// Why the file as it is now does not count.
  const std::optional<Error>& failure() const { return failure_; }

 private:
  struct Order {
    std::string secret;
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
  ReloadReport take(Fresh fresh, const std::string& secret);

  Loop& loop_;
  Gate& gate_;
  GatewayOptions& options_;
  std::unique_ptr<FileWatch> watch_;
  Timer quiet_;
  bool again_ = false;  // a half-written file gets a second look before it counts as bad
  bool busy_ = false;
  std::deque<Order> orders_;
  std::optional<Error> failure_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // for answers that come after us
};

}  // namespace callgate
