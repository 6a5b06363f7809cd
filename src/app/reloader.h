// Reloads the configuration file when it changes, or when a command asks for it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "callgate/app/gate_process.h"
#include "callgate/app/rules.h"
#include "callgate/io/file_watch.h"
#include "callgate/io/lifetime.h"

namespace callgate {

/// Returns the changed keys whose new values take effect only when this gate process is started
/// again.
std::vector<std::string> waits_for_restart(const Config& running, const Config& fresh);
/// Returns a number that differs if another configuration starts other servers, or starts them in
/// another way.
uint64_t starts_digest(const Config& config);

/// Names the servers that a person has allowed to start: new servers, and servers whose entry
/// changes what is executed. An agent may have edited the configuration file, so such a change
/// takes effect only if a person gives the command to reload, or when a gate starts.
struct StartApproval {
  bool all = false;
  std::vector<std::string> servers;
  bool covers(const std::string& server) const;
};

/// Undoes the changes in `fresh` that `approval` does not cover. If a server would be started in
/// another way than in `running`, the server's entry gets back the values from `running`: command,
/// arguments, environment, folder, and every other key that is not known to be harmless. A new
/// server is disabled. Returns the names of all servers whose changes were undone.
std::vector<std::string> hold_back(const Config& running, Config& fresh,
                                   const StartApproval& approval);

struct ReloadReport {
  Reloaded servers;
  std::vector<std::string> later;  ///< what waits_for_restart() returned
};

/// Reloads the configuration file. Another thread reads it. If the file has an error, nothing
/// changes, and failure() returns the error. Used on the loop's thread.
class ConfigReloader {
 public:
  using Done = std::function<void(const Result<ReloadReport>&)>;

  /// All references must outlive this object. This object keeps `options.config` equal to the
  /// configuration in effect.
  ConfigReloader(Loop& loop, Gate& gate, GateProcessOptions& options);

  /// Starts watching the file. A moment after each change, the file is reloaded.
  void watch();
  /// Reloads the file. If `secret` is not "", it is the name of a secret whose value has changed,
  /// and servers that refer to it are restarted.
  void reload(std::string secret, StartApproval approval, Done done);
  /// Calls `done` when the file as it is now is in effect, or has an error: at once if it has not
  /// changed since it was last read. Changes that need a person's approval wait for it.
  void catch_up(std::function<void()> done);
  /// What waits_for_restart() returned for the file as it was last read.
  const std::vector<std::string>& later() const { return later_; }
  void stop();
  /// Sets the function that is called when another configuration is in effect.
  void on_change(std::function<void()> callback) { on_change_ = std::move(callback); }
  /// Returns the error of the last reload; empty if the file is in effect.
  const std::optional<Error>& failure() const { return failure_; }
  /// Returns the servers whose changes were held back (see hold_back()) and wait for a person's
  /// approval.
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
  void check_file();
  void next();
  void read_for_followers();
  void finish(const Result<ReloadReport>& report);
  ReloadReport take(Fresh fresh, const Order& order);
  void set_waiting(std::vector<std::string> servers);

  Loop& loop_;
  Gate& gate_;
  GateProcessOptions& options_;
  std::string version_;  ///< file_version() of the file when it was last read
  std::unique_ptr<FileWatch> watch_;
  Timer quiet_;
  /// True while the changed file is read a second time because it had an error the first time. The
  /// file may have been only half-written then.
  bool again_ = false;
  bool busy_ = false;
  std::deque<Order> orders_;
  std::optional<Error> failure_;
  std::vector<std::string> waiting_, later_;
  std::vector<std::function<void()>> followers_;  // the callbacks of catch_up()
  Lifetime lifetime_;
  std::function<void()> on_change_;
};

}  // namespace callgate
