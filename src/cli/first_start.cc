#include "first_start.h"

#include <fmt/core.h>

#include <set>

#include "callgate/app/kept_tools.h"
#include "gateway_run.h"
#include "time_text.h"

namespace callgate {

namespace {

constexpr Millis kLongest{20'000};

/// Disables the servers that need not be started, and returns the names of the others as text.
std::string leave_unknown(Config& config, const std::string& state_dir, const std::string& only) {
  std::string names;
  for (ServerConfig& server : config.servers) {
    const bool other = !only.empty() && server.name != only;
    server.disabled = server.disabled || other || lists_are_kept(state_dir, server);
    if (!server.disabled) names += (names.empty() ? "" : ", ") + server.name;
  }
  return names;
}

void tell(const ServerStatus& server) {
  if (server.state == ServerStatus::State::Ready)
    return say(fmt::format("{}: {}{}", server.name, grouped(server.tools, "tool"),
                           server.list_why.empty() ? "" : "; " + server.list_why));
  say(fmt::format("{}: {}; see callgate doctor", server.name,
                  server.why.empty() ? "was not ready in time" : server.why));
}

bool is_settled(const ServerStatus& server) {
  using State = ServerStatus::State;
  return server.state == State::Ready || server.state == State::Waiting ||
         server.state == State::Parked;
}

}  // namespace

void start_once(const Places& places, const Common& common, const std::string& only) {
  LoadedConfig loaded = load_config(places.config_file, places.home);
  if (!loaded.errors.empty()) return;  // `callgate doctor` reports these errors
  const std::string names = leave_unknown(loaded.config, places.state_dir, only);
  if (names.empty()) return;
  if (!common.quiet)
    say(fmt::format("starting once to learn the tools (at most {} s; --no-start skips this): {}",
                    kLongest.count() / 1000, names));
  const auto run = GatewayRun::open(std::move(loaded.config), places, GatewayRun::Purpose::Look);
  if (!run) {
    fail(run.error());
    return;
  }
  std::set<std::string> told;
  const auto look = [&](bool all) {
    for (const ServerStatus& server : (*run)->gate().servers())
      if ((all || is_settled(server)) && told.insert(server.name).second && !common.quiet)
        tell(server);
  };
  (*run)->client().settle(kLongest, [&] { look(false); });
  look(true);
}

}  // namespace callgate
