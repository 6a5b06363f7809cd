#include "metadata.h"

#include <utility>

#include "callgate/base/text.h"
#include "callgate/signin/settings.h"
#include "json_answer.h"
#include "shown.h"
#include "urls.h"

namespace callgate {

namespace {

bool is_issuer_allowed(const std::string& found, const ExpectedIssuer& issuer) {
  if (!issuer.pinned.empty()) return found == issuer.pinned;
  if (found == issuer.named) return true;
  // Resource metadata often names a host with a slash that the server's own metadata lacks.
  if (issuer.named.ends_with('/') && found + "/" == issuer.named) return true;
  return issuer.is_guess && found == issuer.named + "/";
}

Breach issuer_breach(const std::string& found, const ExpectedIssuer& issuer,
                     const std::string& server) {
  const std::string& expected = issuer.pinned.empty() ? issuer.named : issuer.pinned;
  const char* const rule = "RFC 8414 section 3.3";
  if (found.empty())
    return {"signin.rule",
            "the metadata of the authorization server " + quoted_text(expected) +
                " does not name its issuer",
            rule, kServerMustCorrect};
  std::string message = "the authorization server calls itself " + quoted_text(found) + ", but " +
                        (issuer.pinned.empty() ? "the MCP server" : "the configuration") +
                        " calls it " + quoted_text(expected);
  return {"signin.rule", std::move(message), rule,
          "if you know that this server is right, set \"auth\": {\"issuer\": " +
              quoted_text(found) + "} for " + server + " in the configuration"};
}

Breach server_breach(std::string message, std::string rule, std::string next = "") {
  if (next.empty()) next = kServerMustCorrect;
  return {"signin.rule", std::move(message), std::move(rule), std::move(next)};
}

std::optional<Breach> check_browser(const ServerMetadata& server, const SignInSettings& settings,
                                    const Url& mcp, bool pkce_is_assumed) {
  if (server.authorization_endpoint.empty())
    return server_breach("the authorization server has no authorization endpoint",
                         "RFC 8414 section 2");
  const auto url = safe_url(server.authorization_endpoint, "the authorization endpoint", mcp);
  if (const auto* breach = std::get_if<Breach>(&url)) return *breach;
  if (server.response_types && !contains(*server.response_types, "code"))
    return server_breach("the authorization server does not support the response type \"code\"",
                         "RFC 8414 section 2");
  const auto& methods = server.pkce_methods;
  if (!pkce_is_assumed && !(methods && contains(*methods, "S256")))
    return server_breach("the authorization server does not say that it supports PKCE with S256",
                         "MCP 2025-11-25 Authorization, Authorization Code Protection",
                         "if you know that it does, set \"auth\": {\"pkce\": \"assume\"} for " +
                             settings.server + " in the configuration");
  return std::nullopt;
}

}  // namespace

Judged<ResourceMetadata> read_resource_metadata(const std::string& body, const Url& mcp) {
  auto read = read_object(body, kLargestMetadata, "the resource metadata", "RFC 9728 section 3.2");
  if (const auto* breach = std::get_if<Breach>(&read)) return *breach;
  const Value root = std::get<MessagePtr>(read)->root();
  ResourceMetadata out{.resource = member_text(root, "resource"),
                       .issuers = {},
                       .scopes = member_scopes(root, "scopes_supported")};
  const auto resource = parse_url(out.resource);
  if (!resource || !covers(*resource, mcp))
    return server_breach("the resource metadata describes " +
                             (out.resource.empty() ? "no resource" : quoted_text(out.resource)) +
                             " and not " + quoted_text(shown_url(mcp)),
                         "RFC 9728 section 3.3");
  for (std::string& issuer :
       member_list(root, "authorization_servers").value_or(std::vector<std::string>()))
    if (!issuer.empty() && !contains(out.issuers, issuer)) out.issuers.push_back(std::move(issuer));
  if (out.issuers.empty())
    return server_breach("the resource metadata names no authorization server",
                         "MCP Authorization, Authorization Server Location");
  return out;
}

bool ServerMetadata::may_auth_by(ClientAuth auth) const {
  // RFC 8414 section 2: the default is client_secret_basic.
  return token_auth ? contains(*token_auth, client_auth_word(auth)) : auth == ClientAuth::Basic;
}

Judged<ServerMetadata> read_server_metadata(const std::string& body, const ExpectedIssuer& issuer,
                                            const std::string& server) {
  auto read = read_object(body, kLargestMetadata, "the metadata of the authorization server",
                          "RFC 8414 section 3.2");
  if (const auto* breach = std::get_if<Breach>(&read)) return *breach;
  const Value root = std::get<MessagePtr>(read)->root();
  const std::string found = member_text(root, "issuer");
  if (found.empty() || !is_issuer_allowed(found, issuer))
    return issuer_breach(found, issuer, server);
  ServerMetadata out;
  out.issuer = found;
  out.authorization_endpoint = member_text(root, "authorization_endpoint");
  out.token_endpoint = member_text(root, "token_endpoint");
  out.registration_endpoint = member_text(root, "registration_endpoint");
  out.device_endpoint = member_text(root, "device_authorization_endpoint");
  out.push_endpoint = member_text(root, "pushed_authorization_request_endpoint");
  out.revocation_endpoint = member_text(root, "revocation_endpoint");
  out.token_auth = member_list(root, "token_endpoint_auth_methods_supported");
  out.response_types = member_list(root, "response_types_supported");
  out.pkce_methods = member_list(root, "code_challenge_methods_supported");
  out.signing = member_list(root, "token_endpoint_auth_signing_alg_values_supported");
  out.scopes = member_scopes(root, "scopes_supported");
  out.reads_client_documents = member_is_true(root, "client_id_metadata_document_supported");
  out.sends_iss = member_is_true(root, "authorization_response_iss_parameter_supported");
  out.wants_push = member_is_true(root, "require_pushed_authorization_requests");
  return out;
}

std::optional<Breach> check_server(const ServerMetadata& server, const SignInSettings& settings,
                                   const Url& mcp, bool pkce_is_assumed) {
  if (server.token_endpoint.empty())
    return server_breach("the authorization server has no token endpoint", "RFC 8414 section 2");
  const auto url = safe_url(server.token_endpoint, "the token endpoint", mcp);
  if (const auto* breach = std::get_if<Breach>(&url)) return *breach;
  if (settings.way == SignInWay::Browser)
    return check_browser(server, settings, mcp, pkce_is_assumed);
  if (settings.way == SignInWay::DeviceCode && server.device_endpoint.empty())
    return server_breach("the authorization server does not offer the sign-in with a code",
                         "RFC 8628 section 4", "sign in with the browser");
  return std::nullopt;
}

ServerMetadata default_endpoints(const std::string& origin) {
  ServerMetadata out;
  out.issuer = origin;
  out.authorization_endpoint = origin + "/authorize";
  out.token_endpoint = origin + "/token";
  out.registration_endpoint = origin + "/register";
  out.token_auth =
      std::vector<std::string>{"none"};  // a client without a secret is the common case
  return out;
}

}  // namespace callgate
