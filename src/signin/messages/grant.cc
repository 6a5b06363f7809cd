// The stored form of a grant. Times are seconds since the Unix epoch.
#include "callgate/signin/grant.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"
#include "registration.h"

namespace callgate {

namespace {

using std::chrono::seconds;

constexpr std::string_view kAuthWords[] = {"none", "client_secret_basic", "client_secret_post",
                                           "private_key_jwt"};

int64_t in_seconds(Micros time) { return std::chrono::floor<seconds>(time).count(); }

Error not_stored(const char* what) {
  return {"signin.stored", std::string("the stored ") + what + " cannot be read",
          "sign in again with callgate auth login"};
}

std::optional<Micros> member_time(Value object, std::string_view key) {
  // Within this range, no computation with the time overflows.
  constexpr int64_t kLatest = int64_t{1} << 40;
  const auto value = object.find(key).integer();
  if (!value || *value < -kLatest || *value > kLatest) return std::nullopt;
  return Micros(seconds(*value));
}

Secret member_secret(Value object, std::string_view key) { return Secret(object.find(key).text()); }

void write_time(JsonWriter& out, std::string_view key, std::optional<Micros> time) {
  if (time) out.key(key).integer(in_seconds(*time));
}

Result<MessagePtr> read_stored(const std::string& json, const char* what) {
  auto message = Walker().walk(json);
  if (!message || !(*message)->root().is_object() || (*message)->duplicates() > 0)
    return not_stored(what);
  return message;
}

}  // namespace

std::string_view client_auth_word(ClientAuth auth) { return kAuthWords[static_cast<size_t>(auth)]; }

std::optional<ClientAuth> read_client_auth(std::string_view word) {
  const auto* const found = std::find(std::begin(kAuthWords), std::end(kAuthWords), word);
  if (found == std::end(kAuthWords)) return std::nullopt;
  return static_cast<ClientAuth>(found - std::begin(kAuthWords));
}

bool Grant::may_go_to(const Url& url) const {
  const auto at = parse_url(resource);
  return at && same_origin(*at, url);
}

std::optional<Micros> refresh_time(const Grant& grant) {
  if (!grant.expires) return std::nullopt;
  const Micros life = *grant.expires - grant.obtained;
  return *grant.expires - std::max<Micros>(seconds(30), life / 10);
}

std::string grant_json(const Grant& grant) {
  JsonWriter out;
  out.begin_object();
  out.key("issuer").string(grant.issuer).key("resource").string(grant.resource);
  out.key("client_id").string(grant.client_id).key("account").string(grant.account);
  out.key("access_token").string(grant.access_token.reveal());
  if (!grant.refresh_token.empty()) out.key("refresh_token").string(grant.refresh_token.reveal());
  write_time(out, "obtained", grant.obtained);
  write_time(out, "expires", grant.expires);
  out.key("granted").strings(grant.granted).key("requested").strings(grant.requested);
  out.key("iss").string(grant.iss).key("client_auth").string(client_auth_word(grant.client_auth));
  out.key("token_endpoint").string(grant.token_endpoint);
  out.key("revocation_endpoint").string(grant.revocation_endpoint);
  out.key("send_resource").boolean(grant.send_resource);
  out.key("overrides").string(grant.overrides);
  return out.end_object().take();
}

Result<Grant> read_grant(const std::string& json) {
  auto message = read_stored(json, "grant");
  if (!message) return message.error();
  const Value root = (*message)->root();
  const auto text = [&](std::string_view key) { return root.find(key).text(); };
  const auto scopes = [&](std::string_view key) {
    Scopes all;
    for (const Value one : root.find(key)) all.push_back(one.text());
    return all;
  };
  Grant grant;
  grant.issuer = text("issuer");
  grant.resource = text("resource");
  grant.client_id = text("client_id");
  grant.account = text("account");
  grant.access_token = member_secret(root, "access_token");
  grant.refresh_token = member_secret(root, "refresh_token");
  grant.obtained = member_time(root, "obtained").value_or(Micros{});
  grant.expires = member_time(root, "expires");
  grant.granted = scopes("granted");
  grant.requested = scopes("requested");
  grant.iss = text("iss");
  grant.token_endpoint = text("token_endpoint");
  grant.revocation_endpoint = text("revocation_endpoint");
  grant.send_resource = root.find("send_resource").boolean().value_or(true);
  grant.overrides = text("overrides");
  const auto auth = read_client_auth(text("client_auth"));
  if (!auth || grant.issuer.empty() || grant.access_token.empty() || !parse_url(grant.resource) ||
      !parse_url(grant.token_endpoint))
    return not_stored("grant");
  grant.client_auth = *auth;
  return grant;
}

std::string registration_json(const ClientRegistration& registration) {
  JsonWriter out;
  out.begin_object().key("issuer").string(registration.issuer);
  out.key("redirect_uri").string(registration.redirect_uri);
  write_time(out, "obtained", registration.obtained);
  return out.key("answer").raw(registration.answer.reveal()).end_object().take();
}

Result<ClientRegistration> read_registration(const std::string& json) {
  auto message = read_stored(json, "registration");
  if (!message) return message.error();
  const Value root = (*message)->root();
  auto read = registration_of(root.find("issuer").text(), root.find("redirect_uri").text(),
                              member_time(root, "obtained").value_or(Micros{}),
                              std::string(root.find("answer").raw()));
  if (std::holds_alternative<Breach>(read)) return not_stored("registration");
  return std::get<ClientRegistration>(std::move(read));
}

}  // namespace callgate
