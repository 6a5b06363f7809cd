// A gate that runs inside the process of a command, and ends with the command.
#pragma once

#include <memory>

#include "callgate/app/gate_process.h"
#include "callgate/app/local_client.h"
#include "callgate/io/loop.h"
#include "cli/text/common.h"
#include "left_alone.h"

namespace callgate {

/// Opens a gate with the given configuration, and a client for it in the same process. The
/// destructor shuts both down. SIGINT and SIGTERM cancel the request for which the client waits.
class GateRun {
 public:
  enum class Purpose {
    Inspect,  ///< the command reads the states and lists of servers
    Call,     ///< the command makes a call, with the rights of the client that runs it, if any
  };
  /// `withheld` are names of variables that servers do not get although this process has them. The
  /// errors include those of act_for_call() and act_for_inspection().
  static Result<std::unique_ptr<GateRun>> open(Config config, Places places, Purpose purpose,
                                               std::vector<std::string> withheld = {});
  ~GateRun();

  LocalClient& client() { return *client_; }
  const Gate& gate() const { return process_->gate(); }
  const GateProcess& process() const { return *process_; }
  bool interrupted() const { return interrupted_; }

 private:
  GateRun(std::unique_ptr<Loop> loop, std::unique_ptr<GateProcess> process, LocalIdentity identity);

  std::unique_ptr<Loop> loop_;
  std::unique_ptr<GateProcess> process_;
  std::unique_ptr<LocalClient> client_;
  bool interrupted_ = false;
  std::vector<std::unique_ptr<SignalWatch>> signals_;
};

/// Prints to stderr each server that is down or did not return its lists, with the reason. Returns
/// the number of these servers. Leaves out the servers in `left`.
size_t print_servers_down(const Gate& gate, const LeftAlone& left = {});

}  // namespace callgate
