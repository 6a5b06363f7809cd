#include "callgate/app/shared_gate.h"

#include <csignal>
#include <utility>

#include "callgate/base/log.h"
#include "callgate/base/stderr.h"
#include "front_server.h"
#include "gate_start.h"

namespace callgate {

namespace {

/// Ends the shared gate at a signal, or when no client has used it for a while.
class SharedGate {
 public:
  SharedGate(Loop& loop, GateProcess& process, Millis idle_exit)
      : loop_(loop), process_(process), idle_exit_(idle_exit), idle_(loop) {}

  void serve(std::unique_ptr<FrontServer> fronts) {
    fronts_ = std::move(fronts);
    changed();
  }
  void changed() {
    if (!fronts_) return;
    if (ending_ && fronts_->fronts() == 0) return shut_down();
    if (ending_ || fronts_->fronts() > 0) return idle_.stop();
    idle_.start(idle_exit_, [this] { end("no client has used it for a while"); });
  }
  void end(const std::string& why) {
    if (std::exchange(ending_, true)) return;
    log::info("the shared gate ends: {}", why);
    idle_.stop();
    fronts_->close();
    fronts_->end_all("the shared gate ends: " + why);
    changed();
  }

 private:
  void shut_down() {
    if (std::exchange(shutting_down_, true)) return;
    process_.shut_down([this] { loop_.stop(); }, GateProcess::Leftovers::Wait);
  }

  Loop& loop_;
  GateProcess& process_;
  const Millis idle_exit_;
  Timer idle_;
  std::unique_ptr<FrontServer> fronts_;
  bool ending_ = false, shutting_down_ = false;
};

}  // namespace

Status run_shared_gate(GateProcessOptions options) {
  stderr_never_waits();
  Loop loop;
  const Places places = options.places;
  const Millis idle_exit = options.config.gateway.idle_exit;
  Result<std::unique_ptr<GateProcess>> process = GateProcess::open(loop, std::move(options));
  if (!process) return process.error();
  SharedGate shared(loop, **process, idle_exit);
  auto fronts = FrontServer::open(loop, **process, places, [&shared] { shared.changed(); });
  if (!fronts) return fronts.error();
  const SignalWatch term(loop, SIGTERM, [&shared] { shared.end("SIGTERM"); });
  const SignalWatch interrupt(loop, SIGINT, [&shared] { shared.end("SIGINT"); });
  const SignalWatch hangup(loop, SIGHUP, [&shared] { shared.end("SIGHUP"); });
  shared.serve(std::move(*fronts));
  shared_gate_started(places.state_dir);
  loop.run();
  return {};
}

}  // namespace callgate
