#include "gate_run.h"

#include <fmt/core.h>

#include <csignal>

#include "caller.h"
#include "version.h"

namespace callgate {

Result<std::unique_ptr<GateRun>> GateRun::open(Config config, Places places, Purpose purpose,
                                               std::vector<std::string> withheld) {
  const Result<ActingFor> acting =
      purpose == Purpose::Call ? act_for_call(places) : act_for_inspection(places);
  if (!acting) return acting.error();
  if (const Status known = known_profile(config, acting->profile); !known) return known.error();
  leave_out_waiting(config, *acting);
  LocalIdentity identity{.profile = acting->profile, .token = acting->token};
  if (!acting->client.empty()) identity.client = acting->client;
  auto loop = std::make_unique<Loop>();
  GateProcessOptions options{std::move(config), std::move(places), kVersion};
  options.withheld = std::move(withheld);
  auto process = GateProcess::open(*loop, std::move(options));
  if (!process) return process.error();
  return std::unique_ptr<GateRun>(
      new GateRun(std::move(loop), std::move(*process), std::move(identity)));
}

GateRun::GateRun(std::unique_ptr<Loop> loop, std::unique_ptr<GateProcess> process,
                 LocalIdentity identity)
    : loop_(std::move(loop)),
      process_(std::move(process)),
      client_(std::make_unique<LocalClient>(*loop_, process_->entrance(), kVersion,
                                            std::move(identity))) {
  for (const int signal : {SIGINT, SIGTERM}) {
    signals_.push_back(std::make_unique<SignalWatch>(*loop_, signal, [this] {
      interrupted_ = true;
      client_->cancel();
    }));
  }
}

GateRun::~GateRun() {
  signals_.clear();  // so that SIGINT and SIGTERM end the process at once from here on
  client_.reset();
  bool done = false;
  process_->shut_down([this, &done] {
    done = true;
    loop_->stop();
  });
  while (!done) loop_->run();
}

size_t print_servers_down(const Gate& gate, const LeftAlone& left) {
  size_t down = 0;
  for (const auto& [name, running] : left.running) {
    if (running.server.why.empty()) continue;
    ++down;
    print_message(fmt::format("server '{}' runs in the gate process {}, but {}", name, running.gate,
                              running.server.why));
  }
  for (const ServerStatus& server : gate.servers()) {
    if (left.has(server.name)) continue;
    if (server.state == ServerStatus::State::Ready && server.list_why.empty()) continue;
    ++down;
    if (server.state == ServerStatus::State::Ready) {
      print_message(fmt::format("server '{}' runs, but {}", server.name, server.list_why));
      continue;
    }
    const std::string why = server.why.empty() ? std::string() : ": " + server.why.text();
    print_message(fmt::format("server '{}' is {}{}", server.name, name(server.state), why));
  }
  return down;
}

}  // namespace callgate
