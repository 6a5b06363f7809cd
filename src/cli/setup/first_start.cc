#include "first_start.h"

#include <fmt/core.h>

#include <set>

#include "callgate/app/kept_tools.h"
#include "cli/gates/gate_run.h"
#include "cli/text/time_text.h"

namespace callgate {

namespace {

constexpr Millis kLongest{20'000};

/// Disables the servers that need not be started, and returns the names of the remaining servers as
/// text.
std::string leave_unknown(Config& config, const std::string& state_dir, const std::string& only) {
  std::string names;
  for (ServerConfig& server : config.servers) {
    const bool other = !only.empty() && server.name != only;
    server.disabled = server.disabled || other || lists_are_kept(state_dir, server);
    if (!server.disabled) names += (names.empty() ? "" : ", ") + server.name;
  }
  return names;
}

void print_server(const ServerStatus& server) {
  if (server.state == ServerStatus::State::Ready)
    return print_message(fmt::format("{}: {}{}", server.name, grouped(server.tools, "tool"),
                                     server.list_why.empty() ? "" : "; " + server.list_why));
  print_message(fmt::format("{}: {}; see callgate doctor", server.name,
                            server.why.empty() ? "was not ready in time" : server.why.text()));
}

bool is_settled(const ServerStatus& server) {
  using State = ServerStatus::State;
  return server.state == State::Ready || server.state == State::Waiting ||
         server.state == State::Suspended || server.state == State::SignInRequired;
}

}  // namespace

void start_once(const Places& places, const Common& common, const std::string& only) {
  LoadedConfig loaded = load_config(places.config_file, places.home);
  if (!loaded.errors.empty()) return;  // `callgate doctor` reports these errors
  const std::string names = leave_unknown(loaded.config, places.state_dir, only);
  if (names.empty()) return;
  if (!common.quiet)
    print_message(
        fmt::format("starting once, to learn the tools of these servers (at most {} s; --no-start "
                    "skips this): {}",
                    kLongest.count() / 1000, names));
  const auto run = GateRun::open(std::move(loaded.config), places, GateRun::Purpose::Inspect);
  if (!run) {
    fail(run.error());
    return;
  }
  std::set<std::string> printed;
  const auto print_settled = [&](bool all) {
    for (const ServerStatus& server : (*run)->gate().servers())
      if ((all || is_settled(server)) && printed.insert(server.name).second && !common.quiet)
        print_server(server);
  };
  (*run)->client().settle(kLongest, [&] { print_settled(false); });
  print_settled(true);
}

}  // namespace callgate
