// The results of a sign-in, as values with a form in JSON: the grant with its tokens, and the
// registration of the client at an authorization server. The store that keeps them is elsewhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "callgate/base/result.h"
#include "callgate/base/secret.h"
#include "callgate/base/time.h"
#include "callgate/base/url.h"
#include "callgate/signin/challenge.h"

namespace callgate {

/// How a client proves to a token endpoint who it is (RFC 8414, token_endpoint_auth_method).
enum class ClientAuth {
  None,           ///< it does not; it only names its client_id
  Basic,          ///< client_secret_basic
  Post,           ///< client_secret_post
  PrivateKeyJwt,  ///< private_key_jwt
};
/// Returns the word that metadata uses, such as "client_secret_basic".
std::string_view client_auth_word(ClientAuth auth);
std::optional<ClientAuth> read_client_auth(std::string_view word);

/// Tokens for one resource. The first four members are the key under which it is stored.
struct Grant {
  std::string issuer;     ///< of the authorization server
  std::string resource;   ///< the URL of the resource to which alone the tokens may be sent
  std::string client_id;  ///< the client to which the tokens were given
  std::string account;    ///< the user's label for this account; empty for the only one

  Secret access_token, refresh_token;  ///< the refresh token is empty if there is none
  Micros obtained{};                   ///< the time when the access token was received
  std::optional<Micros> expires;       ///< nullopt if the server did not say when
  Scopes granted, requested;           ///< `requested` has all scopes that were ever requested
  std::string iss;                     ///< the `iss` in the redirect (RFC 9207); may be empty
  ClientAuth client_auth = ClientAuth::None;
  std::string token_endpoint;
  std::string revocation_endpoint;  ///< empty if the server has none
  bool send_resource = true;        ///< whether requests for tokens have the parameter `resource`
  /// A digest of the settings that weaken checks. A grant that was obtained with other settings
  /// must not be used.
  std::string overrides;

  /// True if the access token may be sent to this URL: its origin is that of the resource.
  bool may_go_to(const Url& url) const;
};

/// Returns when to refresh: a tenth of the token's life, but at least 30 seconds, before it
/// expires. Returns nullopt if the token's end is unknown; then refresh only after the server
/// refused the token.
std::optional<Micros> refresh_time(const Grant& grant);

/// A client that was registered dynamically (RFC 7591). `issuer` and `redirect_uri` are the key
/// under which it is stored. The redirect URI is empty for a client without one.
struct ClientRegistration {
  std::string issuer, redirect_uri;
  std::string client_id;
  ClientAuth client_auth = ClientAuth::None;
  Secret client_secret;
  std::optional<Micros> secret_expires;  ///< nullopt if it never does
  Micros obtained{};
  Secret answer;  ///< the server's whole answer, as JSON text

  /// `server_now` is the time by the clock of the authorization server.
  bool is_valid(Micros server_now) const { return !secret_expires || server_now < *secret_expires; }
};

/// Write one JSON object. The text contains the secrets, so the caller must protect and wipe() it.
std::string grant_json(const Grant& grant);
std::string registration_json(const ClientRegistration& registration);
/// Read what the functions above have written. Members that are unknown are ignored. Error:
/// "signin.stored", if the text is not such an object; its message has no part of the text.
Result<Grant> read_grant(const std::string& json);
Result<ClientRegistration> read_registration(const std::string& json);

}  // namespace callgate
