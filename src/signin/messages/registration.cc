#include "registration.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "callgate/base/url.h"
#include "callgate/signin/settings.h"
#include "callgate/wire/writer.h"
#include "json_answer.h"
#include "limits.h"
#include "shown.h"

namespace callgate {

namespace {

constexpr const char* kAnswerRule = "RFC 7591 section 3.2.1";
// The largest time, in seconds since the Unix epoch, with which we compute.
constexpr int64_t kLatestTime = int64_t{1} << 40;

Breach registration_breach(std::string message) {
  return {"signin.rule", std::move(message), kAnswerRule, kServerMustCorrect};
}

bool is_client_id(const std::string& id) {
  return !id.empty() && id.size() <= kLargestClientId &&
         std::all_of(id.begin(), id.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

/// True if the server will accept this redirect URI. For a host that is this machine, any port is
/// accepted (RFC 8252 section 7.3).
bool is_among(const std::string& redirect_uri, const std::vector<std::string>& registered) {
  const auto url = parse_url(redirect_uri);
  return std::any_of(registered.begin(), registered.end(), [&](const std::string& one) {
    if (one == redirect_uri) return true;
    const auto other = parse_url(one);
    return url && other && url->is_loopback() && url->https == other->https &&
           url->host == other->host && url->path == other->path && url->query == other->query;
  });
}

}  // namespace

WebRequest write_registration(const RegistrationRequest& request, const SignInSettings& settings) {
  JsonWriter out;
  out.begin_object().key("client_name").string(settings.client_name);
  if (!settings.client_uri.empty()) out.key("client_uri").string(settings.client_uri);
  if (settings.redirect_uri.empty()) {
    out.key("grant_types")
        .strings({"urn:ietf:params:oauth:grant-type:device_code", "refresh_token"});
  } else {
    out.key("redirect_uris").strings({settings.redirect_uri});
    out.key("grant_types").strings({"authorization_code", "refresh_token"});
    out.key("response_types").strings({"code"});
  }
  out.key("token_endpoint_auth_method").string(client_auth_word(request.client_auth));
  out.key("application_type").string("native");
  if (!settings.software_id.empty()) out.key("software_id").string(settings.software_id);
  if (!settings.software_version.empty())
    out.key("software_version").string(settings.software_version);
  if (!request.scopes.empty()) out.key("scope").string(scope_text(request.scopes));
  return {.method = "POST",
          .url = request.endpoint,
          .fields = {{"Content-Type", "application/json"}, {"Accept", "application/json"}},
          .body = out.end_object().take()};
}

Judged<ClientRegistration> registration_of(std::string issuer, std::string redirect_uri,
                                           Micros obtained, std::string answer) {
  auto read = read_object(answer, kLargestMetadata, "the answer to the registration", kAnswerRule);
  if (const auto* breach = std::get_if<Breach>(&read)) return *breach;
  const Value root = std::get<MessagePtr>(read)->root();
  ClientRegistration out;
  out.client_id = member_text(root, "client_id");
  if (!is_client_id(out.client_id))
    return registration_breach("the answer to the registration has no usable client_id");
  out.client_secret = Secret(member_text(root, "client_secret"));
  const auto uris = member_list(root, "redirect_uris");
  if (uris && !redirect_uri.empty() && !is_among(redirect_uri, *uris))
    return registration_breach("the server has not registered the redirect URI " +
                               quoted_text(redirect_uri));
  out.client_auth = out.client_secret.empty() ? ClientAuth::None : ClientAuth::Basic;
  if (const Value method = root.find("token_endpoint_auth_method"); method.is_string()) {
    const auto auth = read_client_auth(method.text());
    if (!auth || *auth == ClientAuth::PrivateKeyJwt)
      return registration_breach("the server wants the client to authenticate by " +
                                 quoted_text(method.text()) + ", which it was not asked for");
    if (*auth != ClientAuth::None && out.client_secret.empty())
      return registration_breach("the server wants a client_secret but has sent none");
    out.client_auth = *auth;
  }
  const int64_t expires = member_count(root, "client_secret_expires_at").value_or(0);
  if (expires > 0 && !out.client_secret.empty())
    out.secret_expires = std::chrono::seconds(std::min(expires, kLatestTime));
  out.issuer = std::move(issuer);
  out.redirect_uri = std::move(redirect_uri);
  out.obtained = obtained;
  out.answer = Secret(std::move(answer));
  return out;
}

}  // namespace callgate
