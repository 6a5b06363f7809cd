#include "reloader.h"

#include <algorithm>
#include <utility>

#include "callgate/base/digest.h"
#include "callgate/base/log.h"
#include "callgate/base/text.h"
#include "callgate/config/secret_names.h"
#include "callgate/io/paths.h"
#include "callgate/io/work.h"

namespace callgate {

namespace {

constexpr Millis kQuiet{200};  // from the last change to the reload; editors cause several changes
constexpr Millis kSecondCheck{800};  // from a failed reload to the second try
constexpr Millis kReloadLimit{10'000};
constexpr size_t kMostOrders = 32;

void report_reload(const ReloadReport& report) {
  std::string text;
  const auto add_names = [&text](const char* what, const std::vector<std::string>& names) {
    if (!names.empty()) text += std::string("; ") + what + " " + joined(names);
  };
  add_names("new:", report.servers.added);
  add_names("restarted:", report.servers.restarted);
  add_names("removed:", report.servers.removed);
  add_names("effective at the next start:", report.later);
  log::info("the configuration was reloaded{}", text);
}

/// Copies the keys that have no influence on which program is started, or how.
void take_harmless(const ServerConfig& from, ServerConfig& to) {
  to.prefix = from.prefix;
  to.era = from.era;
  to.share = from.share;
  to.start_timeout = from.start_timeout;
  to.call_timeout = from.call_timeout;
  to.call_cap = from.call_cap;
  to.stop_timeout = from.stop_timeout;
  to.hide = from.hide;
  to.only = from.only;
}

const ServerConfig* enabled_server(const Config& config, const std::string& name) {
  const auto found = std::find_if(
      config.servers.begin(), config.servers.end(),
      [&](const ServerConfig& server) { return server.name == name && !server.disabled; });
  return found == config.servers.end() ? nullptr : &*found;
}

/// If a server's entry in `fresh` has an error, replaces it by the server's entry in `running`,
/// unless that entry has an error, too.
void keep_earlier_entries(const std::vector<ServerConfig>& running,
                          std::vector<ServerConfig>& fresh) {
  for (ServerConfig& server : fresh) {
    if (!server.broken || server.disabled) continue;
    const auto earlier =
        std::find_if(running.begin(), running.end(), [&](const ServerConfig& each) {
          return each.name == server.name && !each.broken && !each.disabled;
        });
    const bool goes_on = earlier != running.end();
    log::warn("server '{}' {}: {}", server.name,
              goes_on ? "goes on with its earlier entry" : "does not start", server.broken->text());
    if (goes_on) server = *earlier;
  }
}

bool uses_secret(const ServerConfig& server, const std::string& secret) {
  const std::vector<std::string> used = secrets_of(server);
  return std::find(used.begin(), used.end(), secret) != used.end();
}

}  // namespace

std::vector<std::string> waits_for_restart(const Config& running, const Config& fresh) {
  std::vector<std::string> keys;
  const auto check_file = [&keys](const char* key, bool same) {
    if (!same) keys.push_back(key);
  };
  check_file("record.durability", running.record.durability == fresh.record.durability);
  check_file("record.body_limit", running.record.body_limit == fresh.record.body_limit);
  check_file("protect.record", running.record.mask == fresh.record.mask);
  check_file("http", running.http == fresh.http);
  check_file("gateway", running.gateway == fresh.gateway);
  check_file("limits", running.limits == fresh.limits);
  return keys;
}

bool StartApproval::covers(const std::string& server) const {
  return all || std::find(servers.begin(), servers.end(), server) != servers.end();
}

uint64_t starts_digest(const Config& config) {
  std::vector<std::string> servers;
  for (const ServerConfig& server : config.servers) {
    if (server.disabled || server.broken) continue;
    std::string text = server.name + '\0' + server.command + '\0' + server.cwd + '\0';
    for (const std::string& word : server.args) text += word + '\0';
    if (server.remote)
      text +=
          server.remote->url + '\0' + std::to_string(static_cast<int>(server.remote->transport));
    for (const auto& [name, value] : server.named_values())
      text += '\1' + name + '=' + value + '\0';
    for (const std::string& name : server.env_pass) text += '\2' + name + '\0';
    servers.push_back(text + std::to_string(static_cast<int>(server.stdio)));
  }
  std::sort(servers.begin(), servers.end());
  std::string all;
  for (const std::string& server : servers) all += server + '\3';
  return first_bytes(sha256(all));
}

std::vector<std::string> hold_back(const Config& running, Config& fresh,
                                   const StartApproval& approval) {
  std::vector<std::string> waiting;
  for (ServerConfig& server : fresh.servers) {
    if (server.disabled || approval.covers(server.name)) continue;
    const ServerConfig* const before = enabled_server(running, server.name);
    if (!before) {
      server.disabled = true;
      waiting.push_back(server.name);
      continue;
    }
    ServerConfig held = *before;
    take_harmless(server, held);
    if (held == server) continue;
    server = std::move(held);
    waiting.push_back(server.name);
  }
  return waiting;
}

ConfigReloader::ConfigReloader(Loop& loop, Gate& gate, GateProcessOptions& options)
    : loop_(loop),
      gate_(gate),
      options_(options),
      version_(file_version(options.places.config_file)),
      quiet_(loop) {}

void ConfigReloader::catch_up(std::function<void()> done) {
  const bool same = file_version(options_.places.config_file) == version_;
  if (same && orders_.empty()) return done();
  followers_.push_back(std::move(done));
  if (followers_.size() == 1) read_for_followers();
}

// Reads the file again if it has changed while it was read.
void ConfigReloader::read_for_followers() {
  orders_.push_back({"", {}, [this](const Result<ReloadReport>&) {
                       if (file_version(options_.places.config_file) != version_)
                         return read_for_followers();
                       for (const auto& done : std::exchange(followers_, {})) done();
                     }});
  next();
}

void ConfigReloader::watch() {
  auto watch = FileWatch::open(loop_, options_.places.config_file, [this] { changed(); });
  if (!watch)
    return log::debug("{}; changes of the file take effect only when a person runs callgate reload",
                      watch.error().message);
  const bool first = !watch_;
  watch_ = std::move(*watch);
  // The file may have changed since this process read it.
  if (first && file_version(options_.places.config_file) != version_) changed();
}

void ConfigReloader::stop() {
  watch_.reset();
  quiet_.stop();
}

void ConfigReloader::changed() {
  again_ = false;
  quiet_.start(kQuiet, [this] { check_file(); });
}

void ConfigReloader::check_file() {
  watch();  // opens a new watch, because a link or the folder may have been replaced
  reload("", {}, [this](const Result<ReloadReport>& report) {
    if (report) return;
    if (again_)
      return log::warn("{}; the previous configuration stays in effect", report.error().text());
    again_ = true;
    quiet_.start(kSecondCheck, [this] { check_file(); });
  });
}

void ConfigReloader::reload(std::string secret, StartApproval approval, Done done) {
  if (orders_.size() >= kMostOrders)
    return done(Error{"reload.busy", "too many reloads wait for the file to be read", ""});
  orders_.push_back({std::move(secret), std::move(approval), std::move(done)});
  next();
}

ConfigReloader::Read ConfigReloader::read(const Places& places) {
  LoadedConfig loaded = load_config(places.config_file, places.home);
  if (!loaded.errors.empty()) return loaded.errors.front();
  Result<Rules> rules = compile_rules(loaded.config, places);
  if (!rules) return rules.error();
  return Fresh{std::move(loaded.config), std::move(*rules)};
}

void ConfigReloader::next() {
  if (busy_ || orders_.empty()) return;
  busy_ = true;
  version_ = file_version(options_.places.config_file);
  // Shared with the thread that reads the file. After the time limit, that thread may still hang in
  // a dead file system.
  const auto fresh = std::make_shared<std::optional<Read>>();
  run_blocking(
      loop_, Work::Long, kReloadLimit, [fresh, places = options_.places] { *fresh = read(places); },
      lifetime_.guard([this, fresh](bool finished) {
        if (!finished)
          return finish(Error{"reload.slow", options_.places.config_file + " was not read in time",
                              "check for a disk that does not answer"});
        if (!**fresh) return finish((**fresh).error());
        finish(take(std::move(***fresh), orders_.front()));
      }));
}

void ConfigReloader::finish(const Result<ReloadReport>& report) {
  busy_ = false;
  failure_ = report.ok() ? std::nullopt : std::optional<Error>(report.error());
  const Order order = std::move(orders_.front());
  orders_.pop_front();
  order.done(report);
  next();
}

void ConfigReloader::set_waiting(std::vector<std::string> servers) {
  if (waiting_ == servers) return;
  waiting_ = std::move(servers);
  if (waiting_.empty()) return;
  log::warn(
      "the configuration changes how these servers are started: {}; the change takes effect when a "
      "person runs callgate reload, or at the next start of this process",
      joined(waiting_));
}

ReloadReport ConfigReloader::take(Fresh fresh, const Order& order) {
  const std::string& secret = order.secret;
  const Config& now = options_.config;
  keep_earlier_entries(now.servers, fresh.config.servers);
  set_waiting(hold_back(now, fresh.config, order.approval));
  const bool same = now.servers == fresh.config.servers && now.policy == fresh.config.policy &&
                    now.profiles == fresh.config.profiles && now.record == fresh.config.record &&
                    now.guard == fresh.config.guard && now.retry == fresh.config.retry;
  ReloadReport report{.servers = {}, .later = waits_for_restart(now, fresh.config)};
  later_ = report.later;
  if (same && secret.empty()) return report;
  Reload reload{.servers = {},
                .policy = std::move(fresh.rules.policy),
                .profiles = std::move(fresh.rules.profiles),
                .guard = fresh.config.guard,
                .retry = fresh.config.retry,
                .on_failure = fresh.config.record.on_failure,
                .renewed = {}};
  for (const ServerConfig& server : fresh.config.servers) {
    if (server.disabled) continue;
    if (!secret.empty() && uses_secret(server, secret)) reload.renewed.push_back(server.name);
    reload.servers.push_back(server);
  }
  report.servers = gate_.reload(loop_.now(), std::move(reload));
  Config& running = options_.config;
  running.servers = std::move(fresh.config.servers);
  running.policy = std::move(fresh.config.policy);
  running.profiles = std::move(fresh.config.profiles);
  running.guard = std::move(fresh.config.guard);
  running.retry = std::move(fresh.config.retry);
  running.record.on_failure = fresh.config.record.on_failure;
  running.record.keep_days = fresh.config.record.keep_days;
  running.record.keep_bytes = fresh.config.record.keep_bytes;
  if (on_change_) on_change_();
  report_reload(report);
  return report;
}

}  // namespace callgate
