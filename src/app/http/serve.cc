#include "callgate/app/serve.h"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <optional>
#include <utility>

#include "app/shared/front_server.h"
#include "callgate/app/control_client.h"
#include "callgate/app/gate_process.h"
#include "callgate/base/log.h"
#include "callgate/base/stderr.h"
#include "http_server.h"

namespace callgate {

namespace {

constexpr Millis kFarewellStep{20};  // at the end, we wait 25 times this long for the last output
constexpr int kFarewellSteps = 25;
constexpr Millis kAskedFirst{2000};

using Listeners = std::vector<std::unique_ptr<Listener>>;

std::string in_url(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

Result<Listeners> open_listeners(Loop& loop, const std::vector<ListenAddress>& addresses) {
  Listeners all;
  for (const ListenAddress& address : addresses) {
    auto listener = Listener::open(loop, address.host, address.port);
    if (!listener) return listener.error();
    all.push_back(std::move(*listener));
  }
  return all;
}

std::vector<std::string> urls_of(const Listeners& listeners, const HttpConfig& http) {
  std::vector<std::string> urls;
  for (size_t i = 0; i < listeners.size(); ++i)
    urls.push_back("http://" + in_url(http.listen[i].host) + ":" +
                   std::to_string(listeners[i]->port()) + "/mcp");
  return urls;
}

HttpHosts hosts_of(const HttpConfig& http) {
  std::vector<std::string> names = http.hosts;
  for (const ListenAddress& address : http.listen) names.push_back(in_url(address.host));
  return HttpHosts(std::move(names), http.origins);
}

Status check_reach(const Listeners& listeners, bool token) {
  for (const auto& listener : listeners) {
    if (listener->loopback()) continue;
    if (!token)
      return Error{"http.open_to_all", "other machines could call every tool without a token",
                   "listen on 127.0.0.1, or leave out --no-token"};
    log::warn("other machines can reach this address, and the connections are not encrypted");
  }
  return {};
}

// Limits the number of connections to half of the descriptors that this process may open. Children,
// the record and everything else need the other half.
void fit_descriptors(Limits& limits) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY) return;
  const size_t fit = std::max<size_t>(1, static_cast<size_t>(files.rlim_cur) / 2);
  if (limits.connections <= fit) return;
  log::warn("only {} connections at once, because this process may open only {} files (ulimit -n)",
            fit, static_cast<size_t>(files.rlim_cur));
  limits.connections = fit;
}

/// Returns an error if another `callgate serve` runs with this state folder. Only one is allowed
/// for each state folder, because `callgate stop`, tokens and pauses cannot choose between two.
Status nobody_serves(const std::string& state_dir) {
  for (const ControlAnswer& each :
       ask_gates(state_dir, Asked::GateProcess, R"({"ask":"status"})", kAskedFirst)) {
    if (!each.answer.ok())
      return Error{"serve.running", each.answer.error().message,
                   "end that process, or use another state folder (CALLGATE_STATE)"};
    std::string where;
    for (const Value url : each.ok().find("urls"))
      where += (where.empty() ? " at " : ", ") + url.text();
    return Error{"serve.running",
                 "callgate serve already runs with the state folder " + state_dir + ": process " +
                     std::string(each.ok().find("pid").raw()) + where,
                 "use that process, or end it first: callgate stop"};
  }
  return {};
}

class Serve {
 public:
  /// `fronts` may be nullptr.
  Serve(Loop& loop, GateProcess& process, HttpServer& server, FrontServer* fronts)
      : loop_(loop), process_(process), server_(server), fronts_(fronts), farewell_(loop) {}

  void end() {
    if (std::exchange(ending_, true)) return;
    if (fronts_) fronts_->close();
    if (fronts_) fronts_->end_all("callgate serve ends");
    process_.shut_down([this] { children_gone_ = true; }, GateProcess::Leftovers::Wait);
    // Done in the next turn, because the gate has just cancelled calls, and sends the answers to
    // them at the end of this turn.
    loop_.post([this] {
      server_.end();
      check_finished();
    });
  }

 private:
  void check_finished() {
    const bool closed = server_.all_closed() && (!fronts_ || fronts_->fronts() == 0);
    const bool all_sent = closed || ++steps_ > kFarewellSteps;
    if (children_gone_ && all_sent) return loop_.stop();
    farewell_.start(kFarewellStep, [this] { check_finished(); });
  }

  Loop& loop_;
  GateProcess& process_;
  HttpServer& server_;
  FrontServer* fronts_;
  Timer farewell_;
  int steps_ = 0;
  bool ending_ = false, children_gone_ = false;
};

}  // namespace

Status run_serve(ServeOptions options) {
  stderr_never_waits();
  Loop loop;
  const Config& config = options.gateway.config;
  HttpConfig http = config.http;
  if (!options.listen.empty()) http.listen = std::move(options.listen);
  HttpServerOptions server_options{.limits = config.limits, .hosts = hosts_of(http)};
  const Places places = options.gateway.places;
  const std::string& state_dir = places.state_dir;
  const SharedGateUse shared = config.gateway.shared;
  Result<Listeners> listeners = open_listeners(loop, http.listen);
  if (!listeners) return listeners.error();
  if (Status reach = check_reach(*listeners, options.token); !reach) return reach;
  if (Status alone = nobody_serves(state_dir); !alone) return alone;
  const std::vector<std::string> urls = urls_of(*listeners, http);
  options.gateway.urls = urls;
  Result<std::unique_ptr<GateProcess>> process =
      GateProcess::open(loop, std::move(options.gateway));
  if (!process) return process.error();
  server_options.run_id = (*process)->run_id();
  // GateProcess::open() has increased the limit of open files.
  fit_descriptors(server_options.limits);
  std::optional<Tokens> tokens;
  if (options.token) {
    Result<Tokens> opened = Tokens::open(state_dir);
    if (!opened) return opened.error();
    tokens = std::move(*opened);
    server_options.tokens = &*tokens;
  }
  HttpServer server(loop, (*process)->entrance(), std::move(server_options));
  std::unique_ptr<FrontServer> fronts;
  if (shared != SharedGateUse::Off) {
    auto opened = FrontServer::open(loop, **process, places, [] {});
    if (!opened) log::warn("this process accepts no stdio clients: {}", opened.error().text());
    if (opened) fronts = std::move(*opened);
  }
  Serve serve(loop, **process, server, fronts.get());
  const SignalWatch term(loop, SIGTERM, [&serve] { serve.end(); });
  const SignalWatch interrupt(loop, SIGINT, [&serve] { serve.end(); });
  const SignalWatch hangup(loop, SIGHUP, [&serve] { serve.end(); });
  for (auto& listener : *listeners) server.serve(std::move(listener));
  options.on_ready(urls, options.token ? default_token_file(state_dir) : "");
  loop.run();
  return {};
}

}  // namespace callgate
