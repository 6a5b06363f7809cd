// Decides as which client we sign in (MCP 2026-07-28 "Client Registration Approaches"): one that
// was registered by hand, one that a document describes, one that registers itself, or none.
#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "callgate/base/signature.h"
#include "callgate/base/text.h"
#include "flow.h"
#include "signin/messages/json_answer.h"
#include "signin/messages/registration.h"
#include "signin/messages/urls.h"

namespace callgate {

namespace {

bool has_user(SignInWay way) { return way == SignInWay::Browser || way == SignInWay::DeviceCode; }

/// Returns how to authenticate, if the settings do not say it.
ClientAuth best_auth(const ClientIdentity& client, const ServerMetadata& server) {
  if (!client.private_key.empty() &&
      (client.secret.empty() || server.may_auth_by(ClientAuth::PrivateKeyJwt)))
    return ClientAuth::PrivateKeyJwt;
  if (client.secret.empty()) return ClientAuth::None;
  for (const ClientAuth auth : {ClientAuth::Basic, ClientAuth::Post, ClientAuth::None})
    if (server.may_auth_by(auth)) return auth;
  return ClientAuth::Basic;
}

/// Returns for which method we register: the first that the server offers.
ClientAuth auth_to_register(const ServerMetadata& server) {
  for (const ClientAuth auth : {ClientAuth::None, ClientAuth::Basic, ClientAuth::Post})
    if (server.may_auth_by(auth)) return auth;
  return ClientAuth::None;
}

std::optional<Breach> check_key(const ClientIdentity& client, const ServerMetadata& server) {
  const auto wrong = [](std::string why) {
    return Breach{"signin.settings", std::move(why), "RFC 7523 section 2.2",
                  "use another key or a client secret"};
  };
  const auto key = PrivateKey::from_pem(client.private_key);
  if (!key) return Breach{"signin.settings", key.error().message, "", key.error().next};
  if (server.token_auth && !server.may_auth_by(ClientAuth::PrivateKeyJwt))
    return wrong("the authorization server does not accept private_key_jwt");
  if (server.signing && !contains(*server.signing, key->algorithm()))
    return wrong("the authorization server does not accept signatures with " +
                 std::string(key->algorithm()));
  return std::nullopt;
}

}  // namespace

bool SignIn::Impl::can_be_client_of(const ServerMetadata& candidate) const {
  const SignInSettings& settings = start.settings;
  if (!has_user(settings.way) || !settings.client.id.empty()) return true;
  return (candidate.reads_client_documents && !settings.client_document.empty()) ||
         !candidate.registration_endpoint.empty();
}

void SignIn::Impl::choose_client() {
  const SignInSettings& settings = start.settings;
  scopes = wanted_scopes();
  if (!settings.client.id.empty() || !has_user(settings.way)) return use_configured_client();
  if (server.reads_client_documents && !settings.client_document.empty()) {
    client = {.id = settings.client_document};
    steps.begin("client", "");
    steps.came("the document " + shown_url(client.id));
    return authorize();
  }
  if (use_stored_registration()) return authorize();
  if (server.registration_endpoint.empty())
    return ask_for_client("the authorization server " + quoted_text(server.issuer) +
                          " does not let clients register themselves");
  registrations_tried = 0;
  register_client();
}

void SignIn::Impl::use_configured_client() {
  const SignInSettings& settings = start.settings;
  steps.begin("client", "");
  steps.came(settings.client.id.empty() ? "none" : "client_id " + quoted_text(settings.client.id));
  std::string bound = settings.client_issuer;
  if (bound.empty() && start.earlier && start.earlier->client_id == settings.client.id)
    bound = start.earlier->issuer;
  if (!bound.empty() && bound != server.issuer)
    return fail({"signin.refused",
                 "the client in the configuration belongs to " + quoted_text(bound) +
                     ", but the server now names " + quoted_text(server.issuer),
                 "MCP 2026-07-28 Authorization, Client Registration",
                 "if this is right, correct \"auth\": {\"client_issuer\"} and the client_id of " +
                     settings.server + " in the configuration"});
  client = settings.client;
  if (!settings.auth_is_set) client.auth = best_auth(client, server);
  if (client.auth == ClientAuth::PrivateKeyJwt)
    if (auto breach = check_key(client, server)) return fail(*breach);
  if (settings.way == SignInWay::ClientCredentials && client.auth == ClientAuth::None)
    return fail({"signin.settings", "the client has neither a secret nor a private key",
                 "RFC 6749 section 4.4", "add one of them to the configuration"});
  authorize();
}

bool SignIn::Impl::use_stored_registration() {
  const auto found = std::find_if(start.registrations.begin(), start.registrations.end(),
                                  [this](const ClientRegistration& one) {
                                    return one.issuer == server.issuer &&
                                           one.redirect_uri == start.settings.redirect_uri;
                                  });
  if (found == start.registrations.end()) return false;
  steps.begin("client", "");
  steps.secrets().add(found->client_secret);
  if (!found->is_valid(server_now())) {
    steps.came("the stored registration has expired");
    outdated.emplace_back(found->issuer, found->redirect_uri);
    start.registrations.erase(found);
    return false;
  }
  steps.came("stored registration " + quoted_text(found->client_id));
  client = {.id = found->client_id, .auth = found->client_auth, .secret = found->client_secret};
  client_is_stored = true;
  return true;
}

void SignIn::Impl::register_client() {
  RegistrationRequest request{.endpoint = server.registration_endpoint,
                              .scopes = scopes,
                              .client_auth = auth_to_register(server)};
  // Some servers refuse scopes in a registration, and some refuse clients without a secret.
  if (registrations_tried >= 1) request.scopes.clear();
  if (registrations_tried >= 2) request.client_auth = ClientAuth::Post;
  ++registrations_tried;
  std::string details = "redirect URI " + start.settings.redirect_uri + ", " +
                        std::string(client_auth_word(request.client_auth));
  if (!request.scopes.empty()) details += ", scope " + scope_text(request.scopes);
  send(State::Registration, "client registration", write_registration(request, start.settings),
       details);
}

void SignIn::Impl::on_registration(const WebAnswer& answer) {
  if (!is_good(answer)) {
    if (registrations_tried == 1 && scopes.empty()) ++registrations_tried;
    if (registrations_tried < 3) return register_client();
    const std::string body = cleaned_text(steps.secrets().masked(answer.body));
    return ask_for_client(fmt::format(
        "the authorization server {} refuses to register Callgate: "
        "{}{}",
        quoted_text(server.issuer), answer.status, body.empty() ? "" : " " + quoted_text(body)));
  }
  auto read = registration_of(server.issuer, start.settings.redirect_uri, now, answer.body);
  if (const auto* breach = std::get_if<Breach>(&read)) return fail(*breach);
  registered = std::get<ClientRegistration>(std::move(read));
  steps.secrets().add(registered->client_secret);
  steps.came("client_id " + quoted_text(registered->client_id));
  client = {.id = registered->client_id,
            .auth = registered->client_auth,
            .secret = registered->client_secret};
  client_is_stored = false;
  authorize();
}

void SignIn::Impl::ask_for_client(const std::string& why) {
  const SignInSettings& settings = start.settings;
  const std::string redirect = settings.redirect_uri.empty()
                                   ? std::string(" for the sign-in with a code")
                                   : " with the redirect URI " + settings.redirect_uri;
  if (state != State::Registration) steps.begin("client", "");
  fail({"signin.client_needed", why, "MCP Authorization, Client Registration Approaches",
        "create an OAuth client at " + shown_url(server.issuer) + redirect +
            ", set \"auth\": {\"client_id\": \"…\"} for " + settings.server +
            " in the configuration, then run " + steps.login_command()});
}

/// The server does not know the stored registration any more. Registers again, but only once.
/// Returns false if that is not the reason, or did not help.
bool SignIn::Impl::register_again() {
  if (!client_is_stored || registered_again) return false;
  registered_again = true;
  client_is_stored = false;
  outdated.emplace_back(server.issuer, start.settings.redirect_uri);
  std::erase_if(start.registrations, [this](const ClientRegistration& one) {
    return one.issuer == server.issuer && one.redirect_uri == start.settings.redirect_uri;
  });
  choose_client();
  return true;
}

/// MCP 2026-07-28 "Scope Selection Strategy".
Scopes SignIn::Impl::wanted_scopes() const {
  const SignInSettings& settings = start.settings;
  Scopes wanted = settings.scopes;
  if (wanted.empty()) wanted = demand.scopes;
  if (wanted.empty() && resource_metadata) wanted = resource_metadata->scopes;
  if (demand.kind == SignInDemand::Kind::MoreScopes) wanted = all_scopes(wanted, demand.scopes);
  if (start.earlier && start.earlier->issuer == server.issuer)
    wanted = all_scopes(start.earlier->requested, wanted);
  // Without other scopes, the server grants its default scopes; naming one would replace them.
  if (has_user(settings.way) && !wanted.empty() && contains(server.scopes, "offline_access"))
    wanted = all_scopes(wanted, {"offline_access"});
  return wanted;
}

void SignIn::Impl::authorize() {
  switch (start.settings.way) {
    case SignInWay::Browser:
      return start_browser();
    case SignInWay::DeviceCode:
      return start_device();
    case SignInWay::ClientCredentials:
      return ask_with_client_credentials();
    case SignInWay::WorkloadJwt:
      return ask_with_assertion(start.settings.assertion);
    case SignInWay::Enterprise:
      return ask_provider();
  }
}

}  // namespace callgate
