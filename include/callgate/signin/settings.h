// What the configuration says about signing in to one server, and what was stored about it before.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "callgate/base/url.h"
#include "callgate/signin/challenge.h"
#include "callgate/signin/grant.h"
#include "callgate/wire/web.h"

namespace callgate {

/// The largest bodies that are read, in bytes. A larger one is refused, so the caller can
/// stop after one byte more.
inline constexpr size_t kLargestMetadata = size_t{256} << 10;
inline constexpr size_t kLargestTokenAnswer = size_t{64} << 10;

/// Returns this many random bytes.
using RandomBytes = std::function<std::string(size_t)>;

/// A client at a token endpoint, with what it needs to prove who it is.
struct ClientIdentity {
  std::string id;
  ClientAuth auth = ClientAuth::None;
  Secret secret;       ///< for Basic and Post
  Secret private_key;  ///< for PrivateKeyJwt: PEM, see PrivateKey::from_pem()
  std::string key_id;  ///< the `kid` of the JWT; may be empty
  /// The `aud` of the JWT; empty for the issuer, which MCP's extension for client credentials wants
  /// (some servers want their token endpoint instead).
  std::string audience;
};

enum class SignInWay {
  Browser,            ///< the user signs in with the browser (authorization code with PKCE)
  DeviceCode,         ///< the user types a code on any device (RFC 8628)
  ClientCredentials,  ///< no user; the client has a secret or a key (RFC 6749 section 4.4)
  WorkloadJwt,        ///< no user; the platform gave the client a JWT (RFC 7523 section 2.1)
  Enterprise,         ///< the identity provider of the user's organisation vouches for the user
};

struct SignInSettings {
  std::string server;   ///< the server's name in the configuration, for messages
  std::string url;      ///< the server's MCP endpoint
  std::string account;  ///< see Grant::account
  SignInWay way = SignInWay::Browser;
  /// Where the browser is to return to. The caller already listens there. Needed for
  /// SignInWay::Browser. Registrations are kept by this URI, so the caller should listen on the
  /// port of a stored registration if it can.
  std::string redirect_uri;

  /// A client that a person registered for us. Its id is empty if there is none. `client_issuer` is
  /// the only authorization server to which the client may be named; if it is empty, it is the one
  /// of the earlier grant of this client. `client.auth` matters only if `auth_is_set`; otherwise it
  /// is chosen from what the server supports.
  ClientIdentity client;
  bool auth_is_set = false;
  std::string client_issuer;
  /// The URL of a client ID metadata document; empty if there is none.
  std::string client_document;
  /// What a dynamic registration says about us (RFC 7591 section 2).
  std::string client_name = "Callgate", client_uri, software_id, software_version;

  /// The scopes to request instead of those that the server names; empty for the server's.
  Scopes scopes;
  /// Further parameters of the authorization request, such as access_type=offline.
  FormFields parameters;

  // The next three weaken checks, for servers that break a rule.
  std::string issuer;          ///< what the server's metadata must name as its issuer
  bool assume_pkce = false;    ///< do not demand that the metadata promises PKCE with S256
  bool omit_resource = false;  ///< leave out the parameter `resource` (RFC 8707)

  Secret assertion;  ///< for WorkloadJwt: the JWT
  // For Enterprise: the identity provider, our client there, and the ID token of the user's
  // sign-in there.
  std::string provider_token_endpoint;
  ClientIdentity provider_client;
  Secret id_token;

  /// Returns the value for Grant::overrides.
  std::string overrides_digest() const;
};

/// What a sign-in begins with.
struct SignInStart {
  SignInSettings settings;
  /// What the server demanded, if a request was refused. If it is absent and there is a `probe`,
  /// the sign-in sends the probe first to learn it.
  std::optional<SignInDemand> demand;
  /// A request without a token, such as `initialize`, that a server without sign-in would accept.
  std::optional<WebRequest> probe;
  /// The registrations that are stored for this server's settings.
  std::vector<ClientRegistration> registrations;
  /// The grant that is stored. Its authorization server is preferred, and its scopes are requested
  /// again.
  std::optional<Grant> earlier;
};

}  // namespace callgate
