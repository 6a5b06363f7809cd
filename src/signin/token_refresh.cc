#include "callgate/signin/token_refresh.h"

#include <utility>

#include "callgate/base/check.h"
#include "signin/messages/json_answer.h"
#include "signin/messages/token_answer.h"
#include "signin/messages/token_request.h"
#include "steps.h"

namespace callgate {

struct TokenRefresh::Impl {
  Impl(std::string server_name, Grant old, ClientIdentity identity, RandomBytes random_source)
      : server(std::move(server_name)),
        grant(std::move(old)),
        client(std::move(identity)),
        random(std::move(random_source)),
        steps(server) {}

  void send(Micros now);
  void answer(const Result<WebAnswer>& answer, Micros now);
  void refused(const TokenRefusal& refusal);
  void fail(AfterRefresh then, Breach breach) {
    next = RefreshFailed{then, steps.failed(std::move(breach))};
  }

  std::string server;
  Grant grant;
  ClientIdentity client;
  RandomBytes random;
  Steps steps;
  RefreshStep next;
  bool repeated = false;    // after an answer that was lost
  bool read_again = false;  // the store was read again
};

void TokenRefresh::Impl::send(Micros now) {
  steps.begin("refresh", "");
  steps.secrets().add(grant.access_token);
  steps.secrets().add(grant.refresh_token);
  if (grant.refresh_token.empty())
    return fail(AfterRefresh::DeleteTokens,
                {"signin.refused",
                 "the server gave no refresh token, and the access token has "
                 "expired",
                 "", "to sign in again, run " + steps.login_command()});
  FormFields fields = {{"grant_type", "refresh_token"},
                       {"refresh_token", std::string(grant.refresh_token.reveal())}};
  if (grant.send_resource) fields.emplace_back("resource", grant.resource);
  client.auth = grant.client_auth;
  auto request = client_request({grant.token_endpoint, std::move(fields), grant.issuer, now},
                                client, random, steps.secrets());
  if (auto* breach = std::get_if<Breach>(&request)) return fail(AfterRefresh::Stop, *breach);
  steps.begin("refresh", "POST " + shown_url(grant.token_endpoint) + " with refresh_token, " +
                             std::string(client_auth_word(client.auth)) + ", client_id " +
                             cleaned_text(client.id));
  next = SendRequest{std::get<WebRequest>(std::move(request))};
}

void TokenRefresh::Impl::answer(const Result<WebAnswer>& answer, Micros now) {
  ENSURE(std::holds_alternative<SendRequest>(next));
  if (!answer) {
    if (!std::exchange(repeated, true)) {
      const SignInError lost = steps.lost(answer.error());
      return send(now);
    }
    next = RefreshFailed{AfterRefresh::Keep, steps.lost(answer.error())};
    return;
  }
  steps.came(std::to_string(answer->status));
  if (is_busy(*answer)) {
    next = RefreshFailed{AfterRefresh::Keep, steps.busy(*answer, now)};
    return;
  }
  if (is_redirect(*answer)) return fail(AfterRefresh::Keep, redirect_breach(*answer));
  auto read = read_token_answer(*answer, "Bearer", steps.secrets());
  if (const auto* breach = std::get_if<Breach>(&read)) return fail(AfterRefresh::Keep, *breach);
  if (const auto* refusal = std::get_if<TokenRefusal>(&read)) return refused(*refusal);
  steps.came("a new access token");
  next = SignedIn{granted(grant, std::get<NewTokens>(std::move(read)), now)};
}

void TokenRefresh::Impl::refused(const TokenRefusal& refusal) {
  steps.came(refusal.text());
  const std::string why =
      "the authorization server refused to refresh the sign-in: " + refusal.text();
  const std::string login = "to sign in again, run " + steps.login_command();
  const std::string rule = "RFC 6749 section 5.2";
  if (refusal.error == "invalid_client" || refusal.error == "unauthorized_client")
    return fail(AfterRefresh::DeleteRegistration, {"signin.refused", why, rule, login});
  if (refusal.error == "invalid_scope" || refusal.error == "invalid_target")
    return fail(AfterRefresh::Stop,
                {"signin.refused",
                 why + "; the scope is " + quoted_text(scope_text(grant.granted)) +
                     ", the resource is " + quoted_text(shown_url(grant.resource)),
                 rule,
                 "correct \"auth\" of " + server + " in the configuration, then run " +
                     steps.login_command()});
  if (refusal.error == "invalid_grant" && !std::exchange(read_again, true)) {
    next = ReadStoreAgain{};
    return;
  }
  // A server that answers neither with tokens nor with an error of OAuth may be broken for a while.
  // Only these errors say that the refresh token itself is refused.
  const bool is_over = refusal.error == "invalid_grant" || refusal.error == "invalid_token" ||
                       refusal.error == "access_denied";
  fail(is_over ? AfterRefresh::DeleteTokens : AfterRefresh::Keep,
       {"signin.refused", why, rule, login});
}

TokenRefresh::TokenRefresh(std::string server, Grant grant, ClientIdentity client, Micros now,
                           RandomBytes random)
    : impl_(std::make_unique<Impl>(std::move(server), std::move(grant), std::move(client),
                                   std::move(random))) {
  impl_->send(now);
}

TokenRefresh::~TokenRefresh() = default;
const RefreshStep& TokenRefresh::next() const { return impl_->next; }
const std::vector<SignInTrace>& TokenRefresh::trace() const { return impl_->steps.trace(); }

void TokenRefresh::answer(const Result<WebAnswer>& answer, Micros now) {
  impl_->answer(answer, now);
}

void TokenRefresh::stored(std::optional<Grant> grant, Micros now) {
  ENSURE(std::holds_alternative<ReadStoreAgain>(impl_->next));
  const bool differs = grant && !grant->refresh_token.empty() &&
                       !(grant->refresh_token == impl_->grant.refresh_token);
  if (differs) {
    impl_->grant = *std::move(grant);
    return impl_->send(now);
  }
  impl_->fail(
      AfterRefresh::DeleteTokens,
      {"signin.refused", "the authorization server does not accept the refresh token any more",
       "RFC 6749 section 5.2", "to sign in again, run " + impl_->steps.login_command()});
}

Result<std::vector<WebRequest>> revocation_requests(const Grant& grant, ClientIdentity client,
                                                    Micros now, RandomBytes random) {
  std::vector<WebRequest> requests;
  if (grant.revocation_endpoint.empty()) return requests;
  client.auth = grant.client_auth;
  KnownSecrets secrets;
  const std::pair<const Secret*, const char*> tokens[] = {{&grant.refresh_token, "refresh_token"},
                                                          {&grant.access_token, "access_token"}};
  for (const auto& [token, hint] : tokens) {
    if (token->empty()) continue;
    FormFields fields = {{"token", std::string(token->reveal())}, {"token_type_hint", hint}};
    auto request = client_request({grant.revocation_endpoint, std::move(fields), grant.issuer, now},
                                  client, random, secrets);
    if (const auto* breach = std::get_if<Breach>(&request))
      return Error{breach->code, breach->message, breach->next};
    requests.push_back(std::get<WebRequest>(std::move(request)));
  }
  return requests;
}

Status read_revocation(const WebAnswer& answer) {
  if (is_good(answer)) return {};
  // The description is left out, because it could repeat the token.
  TokenRefusal refusal = read_refusal(answer, KnownSecrets());
  refusal.description.clear();
  const std::string why =
      "the server answered " + refusal.text() + ", so the token may stay valid until it expires";
  const char* const next = "end the access of Callgate in your account at the server";
  return Error{is_busy(answer) ? "signin.unavailable" : "signin.refused", why, next};
}

}  // namespace callgate
