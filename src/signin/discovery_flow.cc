// Finds the authorization server of an MCP server (MCP 2026-07-28 "Authorization Server
// Discovery").
#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "callgate/base/text.h"
#include "flow.h"
#include "signin/messages/limits.h"
#include "signin/messages/urls.h"

namespace callgate {

namespace {

WebRequest metadata_request(const std::string& url) {
  return {.method = "GET", .url = url, .fields = {{"Accept", "application/json"}}, .body = ""};
}

/// Says which settings weaken checks, so that the doctor shows them; empty if none does.
std::string shown_overrides(const SignInSettings& settings) {
  std::vector<std::string> words;
  if (!settings.issuer.empty())
    words.push_back("the issuer must be " + quoted_text(settings.issuer));
  if (settings.assume_pkce) words.emplace_back("PKCE is assumed");
  if (settings.omit_resource) words.emplace_back("the parameter resource is left out");
  return joined(words);
}

std::string shown_demand(const SignInDemand& demand) {
  std::string out;
  if (!demand.error.empty()) out += "error " + quoted_text(demand.error);
  if (!demand.scopes.empty())
    out += (out.empty() ? "" : ", ") + ("scope " + quoted_text(scope_text(demand.scopes)));
  if (!demand.resource_metadata.empty())
    out += (out.empty() ? "" : ", ") + ("metadata at " + shown_url(demand.resource_metadata));
  return out;
}

/// Returns `https://host/path` as the parameter `resource` if there is no metadata.
std::string plain_resource(const Url& mcp) {
  std::string out = mcp.text();
  if (!mcp.query && out.ends_with('/')) out.pop_back();
  return out;
}

}  // namespace

void SignIn::Impl::begin() {
  const SignInSettings& settings = start.settings;
  if (settings.way != SignInWay::Browser) start.settings.redirect_uri.clear();
  steps.begin("settings", "");
  if (const std::string overrides = shown_overrides(settings); !overrides.empty())
    steps.came(overrides);
  const auto wrong = [&](const std::string& why) {
    fail({"signin.settings", why, "", "correct the server's entry in the configuration"});
  };
  const auto url = parse_url(without_fragment(settings.url));
  if (!url) return wrong("the server's URL " + url.error().message);
  mcp = *url;
  if (!mcp.https && !mcp.is_loopback())
    return wrong(
        "the server's URL begins with http://, so everybody on the way could read the "
        "tokens");
  if (settings.way == SignInWay::Browser && !parse_url(settings.redirect_uri))
    return wrong("there is no usable redirect URI");
  demand_is_known = start.demand || start.probe;
  if (start.demand) {
    demand = *start.demand;
    return judge_demand();
  }
  if (!start.probe) return find_resource_metadata();
  send(State::Probe, "request without a token", *std::exchange(start.probe, std::nullopt));
}

void SignIn::Impl::on_probe(const WebAnswer& answer) {
  demand = read_demand(answer);
  judge_demand();
}

void SignIn::Impl::judge_demand() {
  if (const std::string shown = shown_demand(demand); !shown.empty()) steps.came(shown);
  if (demand.kind == SignInDemand::Kind::OtherScheme)
    return fail({"signin.refused",
                 "the server wants authentication, but not by the Bearer tokens that MCP uses",
                 "MCP Authorization, Token Requirements",
                 "put the credentials that the server wants into the configuration as headers"});
  if (demand.kind == SignInDemand::Kind::Denied)
    return fail({"signin.refused", "the server refuses every request without asking for a sign-in",
                 "RFC 6750 section 3.1",
                 "check the server's URL, and whether this address may use the server"});
  find_resource_metadata();
}

void SignIn::Impl::find_resource_metadata() {
  search = {};
  search.urls = resource_metadata_urls(mcp);
  if (!demand.resource_metadata.empty()) search.urls = {demand.resource_metadata};
  ask_resource_metadata();
}

void SignIn::Impl::ask_resource_metadata() {
  if (search.next == search.urls.size()) return no_resource_metadata();
  send(State::ResourceMetadata, "resource metadata", metadata_request(search.urls[search.next++]));
}

/// Returns true if the next URL is to be asked. Notes what this one answered.
bool SignIn::Impl::look_further(Search& at, const WebAnswer& answer) {
  if (answer.status < 400) return false;
  at.all_404 = at.all_404 && answer.status == 404;
  at.any_broken = at.any_broken || answer.status == 502;
  return true;
}

void SignIn::Impl::on_resource_metadata(const WebAnswer& answer) {
  if (look_further(search, answer)) {
    if (demand.resource_metadata.empty()) return ask_resource_metadata();
    return fail({"signin.refused",
                 fmt::format("the server names its metadata in WWW-Authenticate, but answers {} "
                             "there",
                             answer.status),
                 "RFC 9728 section 5.1", kServerMustCorrect});
  }
  auto read = read_resource_metadata(answer.body, mcp);
  if (const auto* breach = std::get_if<Breach>(&read)) return fail(*breach);
  resource_metadata = std::get<ResourceMetadata>(std::move(read));
  resource = resource_metadata->resource;
  steps.came("resource " + quoted_text(resource) + ", authorization servers " +
             cleaned_text(joined(resource_metadata->issuers)));
  issuers = resource_metadata->issuers;
  // The server at which we have signed in before comes first.
  if (start.earlier) {
    const auto earlier = std::find(issuers.begin(), issuers.end(), start.earlier->issuer);
    if (earlier != issuers.end()) std::rotate(issuers.begin(), earlier, earlier + 1);
  }
  if (issuers.size() > kMostAuthorizationServers) issuers.resize(kMostAuthorizationServers);
  ask_next_issuer();
}

void SignIn::Impl::no_resource_metadata() {
  if (search.any_broken)
    return fail({"signin.unavailable", "the server cannot tell at the moment where to sign in", "",
                 "try again later with " + steps.login_command()});
  // A server of 2025-03-26 or earlier is its own authorization server.
  resource = plain_resource(mcp);
  expected = {.named = mcp.origin(), .pinned = start.settings.issuer, .is_guess = true};
  search = {};
  search.urls = {server_metadata_urls(*parse_url(mcp.origin())).front()};
  ask_server_metadata();
}

void SignIn::Impl::ask_next_issuer() {
  if (next_issuer == issuers.size()) {
    server = *std::exchange(first_server, std::nullopt);
    return choose_client();
  }
  expected = {.named = issuers[next_issuer++], .pinned = start.settings.issuer};
  const auto url = safe_url(expected.named, "the authorization server", mcp);
  if (const auto* breach = std::get_if<Breach>(&url)) return fail(*breach);
  search = {};
  search.urls = server_metadata_urls(std::get<Url>(url));
  ask_server_metadata();
}

void SignIn::Impl::ask_server_metadata() {
  if (search.next == search.urls.size()) return no_server_metadata();
  send(State::ServerMetadata, "authorization server metadata",
       metadata_request(search.urls[search.next++]));
}

void SignIn::Impl::on_server_metadata(const WebAnswer& answer) {
  if (look_further(search, answer)) return ask_server_metadata();
  auto read = read_server_metadata(answer.body, expected, start.settings.server);
  if (const auto* breach = std::get_if<Breach>(&read)) return fail(*breach);
  auto& found = std::get<ServerMetadata>(read);
  steps.came("issuer " + quoted_text(found.issuer));
  // The rule that metadata must promise PKCE is newer than servers without resource metadata.
  const bool assumed = start.settings.assume_pkce || (expected.is_guess && !found.pkce_methods);
  if (auto breach = check_server(found, start.settings, mcp, assumed)) return fail(*breach);
  server_found(std::move(found));
}

void SignIn::Impl::no_server_metadata() {
  if (search.any_broken)
    return fail({"signin.unavailable",
                 "the authorization server cannot describe itself at the moment", "",
                 "try again later with " + steps.login_command()});
  if (!expected.is_guess || start.settings.way != SignInWay::Browser)
    return fail({"signin.rule",
                 "the authorization server " + quoted_text(expected.named) + " has no metadata",
                 "MCP Authorization, Authorization Server Metadata Discovery", kServerMustCorrect});
  if (demand_is_known && demand.kind != SignInDemand::Kind::SignIn)
    return fail({"signin.not_needed", "the server does not ask for a sign-in", "",
                 "use the server without signing in"});
  if (!search.all_404)
    return fail({"signin.refused", "the server does not tell where to sign in",
                 "MCP 2025-03-26 Authorization, Server Metadata Discovery", kServerMustCorrect});
  server_found(default_endpoints(expected.named));
}

void SignIn::Impl::server_found(ServerMetadata found) {
  if (!can_be_client_of(found) && !expected.is_guess) {
    if (!first_server) first_server = std::move(found);
    return ask_next_issuer();
  }
  first_server.reset();
  server = std::move(found);
  choose_client();
}

}  // namespace callgate
