// Requests for tokens, and what becomes of the answers.
#include <utility>

#include "callgate/base/ascii.h"
#include "callgate/base/text.h"
#include "flow.h"
#include "signin/messages/identity_assertion.h"
#include "signin/messages/token_request.h"
#include "signin/messages/urls.h"

namespace callgate {

namespace {

constexpr const char* kJwtGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// True if the refusal may be about the parameter `resource`. Some servers refuse it with errors of
/// their own.
bool may_mean_resource(const TokenRefusal& refusal) {
  return refusal.error == "invalid_target" || refusal.error == "invalid_resource" ||
         refusal.error == "invalid_request" ||
         find_ignoring_case(refusal.description, "resource") != std::string::npos;
}

}  // namespace

void SignIn::Impl::add_resource(FormFields& fields) const {
  if (!start.settings.omit_resource) fields.emplace_back("resource", resource);
}

std::string SignIn::Impl::shown_request() const {
  std::string out = "client_id " + cleaned_text(client.id);
  if (!scopes.empty()) out += ", scope " + cleaned_text(scope_text(scopes));
  if (!start.settings.omit_resource) out += ", resource " + shown_url(resource);
  return out;
}

void SignIn::Impl::ask_tokens(State to, FormFields fields, const std::string& details) {
  if (to == State::Token) steps.begin("token", "");
  auto request =
      client_request({server.token_endpoint, std::move(fields), server.issuer, server_now()},
                     client, random, steps.secrets());
  if (auto* breach = std::get_if<Breach>(&request)) return fail(*breach);
  send(to, "token", std::get<WebRequest>(std::move(request)),
       details + ", " + std::string(client_auth_word(client.auth)) + ", " + shown_request());
}

void SignIn::Impl::exchange_code(std::string code) {
  steps.secrets().add(code);
  FormFields fields = {{"grant_type", "authorization_code"},
                       {"code", code},
                       {"redirect_uri", start.settings.redirect_uri},
                       {"code_verifier", std::string(verifier.reveal())}};
  add_resource(fields);
  wipe(code);
  verifier = Secret();
  ask_tokens(State::Token, std::move(fields), "authorization_code");
}

void SignIn::Impl::ask_with_client_credentials() {
  FormFields fields = {{"grant_type", "client_credentials"}};
  add_resource(fields);
  if (!scopes.empty()) fields.emplace_back("scope", scope_text(scopes));
  ask_tokens(State::Token, std::move(fields), "client_credentials");
}

void SignIn::Impl::ask_with_assertion(const Secret& assertion) {
  steps.secrets().add(assertion);
  FormFields fields = {{"grant_type", kJwtGrant}, {"assertion", std::string(assertion.reveal())}};
  add_resource(fields);
  if (!scopes.empty()) fields.emplace_back("scope", scope_text(scopes));
  ask_tokens(State::Token, std::move(fields), "jwt-bearer");
}

/// The identity provider vouches for the user with an assertion for the authorization server (RFC
/// 8693; MCP extension "Enterprise-Managed Authorization").
void SignIn::Impl::ask_provider() {
  const SignInSettings& settings = start.settings;
  FormFields fields = {{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
                       {"requested_token_type", std::string(kIdentityAssertion)},
                       {"audience", server.issuer},
                       {"resource", resource},
                       {"subject_token", std::string(settings.id_token.reveal())},
                       {"subject_token_type", "urn:ietf:params:oauth:token-type:id_token"}};
  if (!scopes.empty()) fields.emplace_back("scope", scope_text(scopes));
  steps.begin("identity provider", "");
  auto request = client_request({settings.provider_token_endpoint, std::move(fields),
                                 settings.provider_token_endpoint, server_now()},
                                settings.provider_client, random, steps.secrets());
  if (auto* breach = std::get_if<Breach>(&request)) return fail(*breach);
  send(State::Provider, "identity provider", std::get<WebRequest>(std::move(request)),
       "token-exchange, audience " + cleaned_text(server.issuer) + ", resource " +
           shown_url(resource));
}

void SignIn::Impl::on_provider(const WebAnswer& answer) {
  auto read = read_token_answer(answer, "N_A", steps.secrets());
  if (const auto* breach = std::get_if<Breach>(&read)) return fail(*breach);
  if (const auto* refusal = std::get_if<TokenRefusal>(&read)) {
    steps.came(refusal->text());
    return fail({"signin.refused", "the identity provider refused: " + refusal->text(),
                 "RFC 8693 section 2.2.2",
                 "sign in at the identity provider again, then run " + steps.login_command()});
  }
  const NewTokens& tokens = std::get<NewTokens>(read);
  if (auto breach = check_identity_assertion(
          tokens.access, {.issuer = server.issuer, .resource = resource, .client_id = client.id}))
    return fail(*breach);
  steps.came("an assertion");
  ask_with_assertion(tokens.access);
}

void SignIn::Impl::on_token(const WebAnswer& answer) {
  auto read = read_token_answer(answer, "Bearer", steps.secrets());
  if (const auto* breach = std::get_if<Breach>(&read)) return fail(*breach);
  if (auto* tokens = std::get_if<NewTokens>(&read)) return finish(std::move(*tokens));
  const auto& refusal = std::get<TokenRefusal>(read);
  steps.came(refusal.text());
  refused(refusal);
}

/// An authorization server refused one of our requests.
void SignIn::Impl::refused(const TokenRefusal& refusal) {
  const bool unknown = refusal.error == "invalid_client" || refusal.error == "unauthorized_client";
  if (unknown && register_again()) return;
  const bool in_redirect = refusal.status == 0;
  std::string why = "the authorization server refused the ";
  why += in_redirect ? "sign-in: " : "step \"" + steps.trace().back().step + "\": ";
  why += refusal.text();
  std::string help = unknown ? "check the client_id and the secret in the configuration" : "";
  if (refusal.error == "invalid_scope")
    why += "; requested were " + quoted_text(scope_text(scopes));
  if (!start.settings.omit_resource && may_mean_resource(refusal))
    help = "if the server does not accept the parameter resource (" +
           quoted_text(shown_url(resource)) + "), set \"auth\": {\"resource\": \"none\"} for " +
           start.settings.server + " in the configuration";
  const char* const rule = in_redirect ? "RFC 6749 section 4.1.2.1" : "RFC 6749 section 5.2";
  fail({"signin.refused", std::move(why), rule, std::move(help)});
}

void SignIn::Impl::finish(NewTokens tokens) {
  Grant grant;
  grant.issuer = server.issuer;
  grant.resource = resource;
  grant.client_id = client.id;
  grant.account = start.settings.account;
  grant.requested = scopes;
  grant.granted = scopes;
  grant.iss = iss;
  grant.client_auth = client.auth;
  grant.token_endpoint = server.token_endpoint;
  if (std::holds_alternative<Url>(safe_url(server.revocation_endpoint, "the endpoint", mcp)))
    grant.revocation_endpoint = server.revocation_endpoint;
  grant.send_resource = !start.settings.omit_resource;
  grant.overrides = start.settings.overrides_digest();
  steps.came(std::string("an access token") + (tokens.life ? "" : " without a known end") +
             (tokens.refresh.empty() ? ", no refresh token" : ", a refresh token") +
             (tokens.granted ? ", scope " + cleaned_text(scope_text(*tokens.granted)) : ""));
  state = State::Ended;
  next = SignedIn{granted(std::move(grant), std::move(tokens), now)};
}

}  // namespace callgate
