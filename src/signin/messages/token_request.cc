#include "token_request.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "callgate/base/base64.h"
#include "callgate/base/signature.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

// RFC 7523 leaves the lifetime open; servers refuse assertions that live longer than five minutes.
constexpr std::chrono::seconds kAssertionLife = std::chrono::minutes(4);

/// Returns a JWT by which the client proves that it has the key (RFC 7523 section 3).
Result<Secret> client_assertion(const ClientIdentity& client, const EndpointRequest& request,
                                const RandomBytes& random) {
  const auto key = PrivateKey::from_pem(client.private_key);
  if (!key) return key.error();
  JsonWriter header, claims;
  header.begin_object().key("alg").string(key->algorithm()).key("typ").string("JWT");
  if (!client.key_id.empty()) header.key("kid").string(client.key_id);
  header.end_object();
  const int64_t now = std::chrono::floor<std::chrono::seconds>(request.server_now).count();
  claims.begin_object().key("iss").string(client.id).key("sub").string(client.id);
  claims.key("aud").string(client.audience.empty() ? request.issuer : client.audience);
  claims.key("jti").string(base64url(random(16)));
  claims.key("iat").integer(now).key("exp").integer(now + kAssertionLife.count()).end_object();
  std::string token = base64url(header.take()) + "." + base64url(claims.take());
  token += "." + base64url(key->sign(token));
  return Secret(std::move(token));
}

void add_basic(WebRequest& request, const ClientIdentity& client, KnownSecrets& secrets) {
  // RFC 6749 section 2.3.1: both parts are encoded as in forms.
  std::string pair = form_encoded(client.id) + ":" + form_encoded(client.secret.reveal());
  std::string credentials = base64(pair);
  secrets.add(credentials);
  request.fields.emplace_back("Authorization", "Basic " + credentials);
  wipe(pair);
  wipe(credentials);
}

/// Adds the client_id, which a pushed authorization request already has.
void add_client_id(FormFields& fields, const ClientIdentity& client) {
  const bool has_it = std::any_of(fields.begin(), fields.end(),
                                  [](const auto& field) { return field.first == "client_id"; });
  if (!has_it && !client.id.empty()) fields.emplace_back("client_id", client.id);
}

}  // namespace

Judged<WebRequest> client_request(EndpointRequest request, const ClientIdentity& client,
                                  const RandomBytes& random, KnownSecrets& secrets) {
  WebRequest out{.method = "POST",
                 .url = request.endpoint,
                 .fields = {{"Content-Type", "application/x-www-form-urlencoded"},
                            {"Accept", "application/json"}},
                 .body = ""};
  FormFields& fields = request.fields;
  secrets.add(client.secret);
  switch (client.auth) {
    case ClientAuth::None:
      add_client_id(fields, client);
      break;
    case ClientAuth::Basic:
      add_basic(out, client, secrets);
      break;
    case ClientAuth::Post:
      add_client_id(fields, client);
      fields.emplace_back("client_secret", client.secret.reveal());
      break;
    case ClientAuth::PrivateKeyJwt: {
      const auto assertion = client_assertion(client, request, random);
      if (!assertion)
        return Breach{"signin.settings", assertion.error().message, "", assertion.error().next};
      secrets.add(*assertion);
      fields.emplace_back("client_assertion_type",
                          "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
      fields.emplace_back("client_assertion", assertion->reveal());
      break;
    }
  }
  out.body = form_text(fields);
  for (auto& [name, value] : fields) wipe(value);
  return out;
}

}  // namespace callgate
