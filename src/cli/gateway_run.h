// A complete gateway inside a command, for as long as the command runs.
#pragma once

#include <memory>

#include "callgate/app/gateway.h"
#include "callgate/app/local_client.h"
#include "callgate/io/loop.h"
#include "common.h"
#include "left_alone.h"

namespace callgate {

/// Opens a gateway from the configuration; the destructor shuts it down. SIGINT and SIGTERM cancel
/// the request that the client waits for.
class GatewayRun {
 public:
  enum class Purpose {
    Look,  ///< looks at servers and their lists
    Call,  ///< makes a call, with the rights of the client that runs the command, if any
  };
  /// `withheld` are names of our environment variables that servers do not get. The errors include
  /// those of act_for_call and act_for_look.
  static Result<std::unique_ptr<GatewayRun>> open(Config config, Places places, Purpose purpose,
                                                  std::vector<std::string> withheld = {});
  ~GatewayRun();

  LocalClient& client() { return *client_; }
  Gate& gate() { return gateway_->gate(); }
  Gateway& gateway() { return *gateway_; }
  bool interrupted() const { return interrupted_; }

 private:
  GatewayRun(std::unique_ptr<Loop> loop, std::unique_ptr<Gateway> gateway, LocalIdentity identity);

  std::unique_ptr<Loop> loop_;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<LocalClient> client_;
  bool interrupted_ = false;
  std::vector<std::unique_ptr<SignalWatch>> signals_;
};

/// Prints to stderr each server that is down, or whose lists failed, with the reason. Returns their
/// number.
size_t tell_servers_down(const Gate& gate, const LeftAlone& left = {});

}  // namespace callgate
