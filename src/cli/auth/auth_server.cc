#include "auth_server.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "callgate/app/ancestors.h"
#include "callgate/app/environment.h"
#include "callgate/app/kept_tools.h"
#include "callgate/base/ascii.h"
#include "callgate/base/text.h"
#include "callgate/base/url.h"
#include "cli/gates/caller.h"
#include "cli/gates/gates.h"
#include "version.h"

namespace callgate {

namespace {

Error no_such_account(const ServerConfig& server, const std::string& wanted,
                      const std::vector<std::string>& names) {
  return {"auth.account",
          fmt::format("server '{}' has no account '{}'{}", server.name, wanted,
                      did_you_mean(wanted, names)),
          names.empty()
              ? fmt::format("add \"accounts\": {{\"{}\": {{}}}} to the server's entry", wanted)
              : "configured accounts: " + joined(names)};
}

Result<std::vector<std::string>> accounts_of(const ServerConfig& server,
                                             const std::string& wanted) {
  std::vector<std::string> names;
  for (const AccountConfig& account : server.remote->accounts) names.push_back(account.name);
  if (!wanted.empty() && !contains(names, wanted)) return no_such_account(server, wanted, names);
  if (!wanted.empty()) return std::vector<std::string>{wanted};
  if (names.empty()) names.emplace_back();
  return names;
}

/// Returns an entry for a server that is named by its URL, and that need not be configured. The
/// query may be left out if a sign-in for the URL is stored.
std::optional<ServerConfig> entry_for_url(const AuthNames& names, const Places& places) {
  if (!parse_url(names.server)) return std::nullopt;
  std::string url = names.server;
  if (const auto all = SignInStore(places.state_dir).all())
    for (const StoredSignIn& stored : *all)
      if (stored.key.account == names.account && url_without_query(stored.key.url) == url)
        url = stored.key.url;
  ServerConfig server;
  server.name = url_without_query(url);
  server.remote.emplace();
  // In an entry, "$" begins a reference, and "$$" is a plain one.
  for (const char c : url) server.remote->url += c == '$' ? "$$" : std::string(1, c);
  if (!names.account.empty()) server.remote->accounts.push_back({names.account, {}});
  return server;
}

Result<const ServerConfig*> remote_server_named(const Config& config, const std::string& name) {
  std::vector<std::string> remote;
  for (const ServerConfig& server : config.servers) {
    if (server.remote) remote.push_back(server.name);
    if (server.name != name) continue;
    if (server.broken) return *server.broken;
    if (server.remote) return &server;
    return Error{"auth.local",
                 fmt::format("'{}' is a program on this machine, so nobody signs in to it", name),
                 "only servers with a \"url\" have a sign-in"};
  }
  return Error{"auth.unknown_server",
               fmt::format("no server '{}' is configured{}", name, did_you_mean(name, remote)),
               remote.empty() ? "add a server with a \"url\" to the configuration"
                              : "servers with a URL: " + joined(remote)};
}

}  // namespace

Result<std::vector<AuthAccount>> auth_accounts(const AuthNames& names, const Common& common) {
  const Result<Places> places = find_places(common.config);
  if (!places) return places.error();
  const Result<Config> config = config_or_errors(*places);
  if (!config) return config.error();
  std::vector<const ServerConfig*> servers;
  const std::optional<ServerConfig> unnamed = entry_for_url(names, *places);
  if (unnamed) {
    servers.push_back(&*unnamed);
  } else if (names.server.empty()) {
    for (const ServerConfig& server : config->servers)
      if (server.remote && !server.broken) servers.push_back(&server);
  } else {
    const auto server = remote_server_named(*config, names.server);
    if (!server) return server.error();
    servers.push_back(*server);
  }
  std::vector<AuthAccount> all;
  for (const ServerConfig* server : servers) {
    const auto accounts = accounts_of(*server, names.account);
    if (!accounts) return accounts.error();
    for (const std::string& account : *accounts)
      all.push_back({*places, config->gateway.login_path, *server, account});
  }
  return all;
}

Result<AuthAccount> auth_account(const AuthNames& names, const Common& common) {
  auto all = auth_accounts(names, common);
  if (!all) return all.error();
  if (all->size() == 1) return std::move(all->front());
  std::vector<std::string> accounts;
  for (const AuthAccount& each : *all) accounts.push_back(each.account);
  return Error{"auth.account", fmt::format("server '{}' has several accounts", names.server),
               "choose one with --account: " + joined(accounts)};
}

bool has_own_credentials(const ServerConfig& server) {
  const auto& headers = server.remote->headers;
  return std::any_of(headers.begin(), headers.end(), [](const auto& header) {
    return equal_ignoring_case(header.first, "authorization");
  });
}

Status needs_no_header(const ServerConfig& server) {
  if (!has_own_credentials(server)) return {};
  return Error{"auth.header",
               fmt::format("the entry of server '{}' has a header Authorization, so no sign-in is "
                           "used",
                           server.name),
               "to sign in instead, remove that header"};
}

Result<LoginOptions> login_options(Loop& loop, const AuthAccount& account, Resolve what) {
  ServerConfig server = account.server;
  if (what == Resolve::Address) {
    server.remote->headers.clear();
    server.remote->sign_in = {};
  }
  const EnvironmentOptions options{.state_dir = account.places.state_dir,
                                   .home = account.places.home,
                                   .login_path = account.login_path,
                                   .user_agent = std::string("callgate/") + kVersion};
  std::optional<Result<ResolvedEnvironment>> resolved;
  resolve_environment(loop, server, nullptr, options, [&](Result<ResolvedEnvironment> result) {
    resolved = std::move(result);
    loop.stop();
  });
  while (!resolved) loop.run();
  if (!resolved->ok()) return resolved->error();
  ResolvedEnvironment& all = **resolved;
  const bool whole = what == Resolve::Everything;
  return LoginOptions{.target = {.server = server.name,
                                 .account = account.account,
                                 .url = all.url,
                                 .config = whole ? all.sign_in : account.server.remote->sign_in,
                                 .network = all.network},
                      .fields = std::move(all.headers),
                      .state_dir = account.places.state_dir,
                      .version = kVersion};
}

Result<bool> person_contacts(const Places& places, const std::string& server) {
  const Caller caller = caller_of(places);
  if (caller.kind == Caller::Kind::Person && !detached_since(caller.clients)) return true;
  const auto acting = act_for_inspection(places);
  if (!acting) return acting.error();
  if (!contains(acting->waiting, server)) return false;
  return Error{"auth.waiting",
               fmt::format("the entry of server '{}' has changed, and a person has not allowed the "
                           "change yet",
                           server),
               "run callgate reload in a terminal of your own"};
}

std::string url_without_query(const std::string& url) { return url.substr(0, url.find('?')); }

int auth_failed(const Error& error) {
  fail(error);
  return error.code == "auth.unknown_server" ? kNothingFound : kFailed;
}

std::string shown_server(const std::string& server, const std::string& account) {
  return account.empty() ? fmt::format("'{}'", server)
                         : fmt::format("'{}' (account {})", server, account);
}

void tell_gates(const AuthAccount& account) {
  ServerConfig server = account.server;
  server.remote->account = account.account;
  forget_missing(account.places.state_dir, server);
  // A gate reads the store before each request in any case. This only makes it do so at once.
  ask_gates(account.places.state_dir, Asked::All, control_request("signed_in", server.name));
}

}  // namespace callgate
