// The authorization code grant with PKCE (OAuth 2.1, RFC 7636), and the redirect that ends it.
#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "callgate/base/base64.h"
#include "callgate/base/digest.h"
#include "callgate/base/text.h"
#include "flow.h"
#include "signin/messages/json_answer.h"
#include "signin/messages/limits.h"
#include "signin/messages/token_request.h"
#include "signin/messages/urls.h"

namespace callgate {

namespace {

constexpr size_t kVerifierBytes = 32, kStateBytes = 16;

/// Returns the value of a field that appears once; "" if it is absent.
std::string one_value(const FormFields& fields, std::string_view name) {
  for (const auto& [its_name, value] : fields)
    if (its_name == name) return value;
  return "";
}

size_t count_of(const FormFields& fields, std::string_view name) {
  return static_cast<size_t>(std::count_if(fields.begin(), fields.end(),
                                           [&](const auto& field) { return field.first == name; }));
}

void set_field(FormFields& fields, const std::string& name, const std::string& value) {
  for (auto& [its_name, its_value] : fields)
    if (its_name == name) {
      its_value = value;
      return;
    }
  fields.emplace_back(name, value);
}

}  // namespace

FormFields SignIn::Impl::authorization_fields() {
  const SignInSettings& settings = start.settings;
  verifier = Secret(base64url(random(kVerifierBytes)));
  expected_state = Secret(base64url(random(kStateBytes)));
  steps.secrets().add(verifier);
  steps.secrets().add(expected_state);
  FormFields fields = {{"response_type", "code"},
                       {"client_id", client.id},
                       {"redirect_uri", settings.redirect_uri},
                       {"code_challenge", base64url(digest_bytes(sha256(verifier.reveal())))},
                       {"code_challenge_method", "S256"},
                       {"state", std::string(expected_state.reveal())}};
  add_resource(fields);
  if (!scopes.empty()) fields.emplace_back("scope", scope_text(scopes));
  // OpenID Connect Core 1.0 section 11: offline access needs the user's consent.
  if (contains(scopes, "offline_access")) fields.emplace_back("prompt", "consent");
  return fields;
}

void SignIn::Impl::start_browser() {
  const SignInSettings& settings = start.settings;
  FormFields fields = authorization_fields();
  for (const auto& [name, value] : settings.parameters) {
    if (name != "prompt" && count_of(fields, name) > 0) {
      steps.begin("authorization request", "");
      return fail({"signin.settings",
                   "the configuration sets the parameter " + quoted_text(name) +
                       ", which Callgate sets itself",
                   "", "remove the parameter from the configuration"});
    }
    set_field(fields, name, value);
  }
  if (!server.wants_push) return open_browser(std::move(fields));
  steps.begin("pushed authorization request", "");
  if (server.push_endpoint.empty())
    return fail({"signin.rule", "the server wants a pushed request but names no endpoint for it",
                 "RFC 9126 section 5", kServerMustCorrect});
  auto request =
      client_request({server.push_endpoint, std::move(fields), server.issuer, server_now()}, client,
                     random, steps.secrets());
  if (auto* breach = std::get_if<Breach>(&request)) return fail(*breach);
  send(State::PushedRequest, "pushed authorization request",
       std::get<WebRequest>(std::move(request)), shown_request());
}

void SignIn::Impl::on_pushed_request(const WebAnswer& answer) {
  if (!is_good(answer)) return refused(read_refusal(answer, steps.secrets()));
  auto read = read_object(answer.body, kLargestTokenAnswer, "the answer to the pushed request",
                          "RFC 9126 section 2.2");
  if (const auto* breach = std::get_if<Breach>(&read)) return fail(*breach);
  const std::string uri = member_text(std::get<MessagePtr>(read)->root(), "request_uri");
  if (uri.empty() || uri.size() > kLargestClientId)
    return fail({"signin.rule", "the answer to the pushed request has no usable request_uri",
                 "RFC 9126 section 2.2", kServerMustCorrect});
  steps.secrets().add(uri);
  open_browser({{"client_id", client.id}, {"request_uri", uri}});
}

void SignIn::Impl::open_browser(FormFields fields) {
  steps.begin("browser",
              "open " + shown_url(server.authorization_endpoint) + " with " + shown_request());
  Url url =
      std::get<Url>(safe_url(server.authorization_endpoint, "the authorization endpoint", mcp));
  // RFC 6749 section 3.1: the endpoint's own query stays.
  const FormFields own = read_form(url.query.value_or(""));
  for (const auto& [name, value] : own)
    if (count_of(fields, name) > 0)
      return fail({"signin.rule",
                   "the authorization endpoint already has the parameter " + quoted_text(name),
                   "RFC 6749 section 3.1", kServerMustCorrect});
  const std::string added = form_text(fields);
  url.query = url.query && !url.query->empty() ? *url.query + "&" + added : added;
  strange_redirects = 0;
  until = now + kBrowserTime;
  state = State::Browser;
  next = OpenBrowser{url.text(), start.settings.redirect_uri, until};
}

bool SignIn::Impl::redirected(std::string_view query, Micros time) {
  now = time;
  if (state != State::Browser) return false;
  time_passed(time);
  if (state != State::Browser || query.size() > kLargestRedirect) return false;
  const FormFields fields = read_form(query);
  // Any program on this machine, and any web page, can ask for the redirect URI. Only the server
  // that got our request knows the state (RFC 6749 section 10.12).
  if (count_of(fields, "state") != 1 ||
      !same_secret(one_value(fields, "state"), expected_state.reveal())) {
    if (++strange_redirects == 1) steps.came("a redirect that belongs to another sign-in");
    return false;
  }
  expected_state = Secret();  // a second redirect is not accepted
  accept_redirect(fields);
  return true;
}

/// Judges a redirect that has our state.
void SignIn::Impl::accept_redirect(const FormFields& fields) {
  const auto reject = [this](std::string why, std::string rule) {
    fail({"signin.rule", std::move(why), std::move(rule),
          "run " + steps.login_command() + " again; if this repeats, do not trust the server"});
  };
  for (const char* name : {"code", "iss", "error"})
    if (count_of(fields, name) > 1)
      return reject(std::string("the redirect has the parameter ") + name + " twice",
                    "RFC 6749 section 3.1");
  iss = one_value(fields, "iss");
  const bool has_iss = count_of(fields, "iss") == 1;
  // The texts of an answer from another server are neither used nor shown.
  if (has_iss ? iss != server.issuer : server.sends_iss)
    return reject(has_iss ? "the redirect came from another authorization server than the one that "
                            "was asked"
                          : "the redirect does not say from which authorization server it came",
                  "RFC 9207 section 2.4");
  if (count_of(fields, "error") == 1)
    return refused_by_redirect(
        {.status = 0,
         .error = steps.secrets().masked(one_value(fields, "error")),
         .description = steps.secrets().masked(one_value(fields, "error_description"))});
  std::string code = one_value(fields, "code");
  if (code.empty())
    return reject("the redirect has neither a code nor an error", "RFC 6749 section 4.1.2");
  steps.came("a code");
  exchange_code(std::move(code));
}

void SignIn::Impl::refused_by_redirect(const TokenRefusal& refusal) {
  steps.came("error " + quoted_text(refusal.error));
  const std::string why = refusal.text();
  if (refusal.error == "access_denied")
    return fail({"signin.denied",
                 "the user or the authorization server refused the sign-in: " + why, "",
                 "to try again, run " + steps.login_command()});
  if (refusal.error == "server_error" || refusal.error == "temporarily_unavailable")
    return fail({"signin.unavailable", "the authorization server could not sign in: " + why, "",
                 "try again later with " + steps.login_command()});
  refused(refusal);
}

}  // namespace callgate
