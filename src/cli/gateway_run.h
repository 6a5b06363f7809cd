// A whole gateway inside a command, for as long as the command needs it.
#pragma once

#include <memory>

#include "callgate/app/gateway.h"
#include "callgate/app/local_client.h"
#include "callgate/io/loop.h"
#include "common.h"
#include "left_alone.h"

namespace callgate {

/// Opened from the configuration, closed in order when it goes. SIGINT and SIGTERM cancel what the
/// client waits for.
class GatewayRun {
 public:
  enum class Purpose {
    Look,  ///< at servers and their lists
    Call,  ///< with the rights of the client above, if there is one
  };
  /// Servers do not get what is `withheld` of our variables. Errors: also those of act_for_call and
  /// act_for_look.
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

/// Says on stderr what each server that is not up suffers from. How many there are.
size_t tell_servers_down(const Gate& gate, const LeftAlone& left = {});

}  // namespace callgate
