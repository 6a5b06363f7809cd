// Requests that a client sends with its authentication (RFC 6749 section 2.3, RFC 7523).
#pragma once

#include <string>

#include "breach.h"
#include "callgate/base/url.h"
#include "callgate/signin/settings.h"
#include "callgate/wire/web.h"
#include "shown.h"

namespace callgate {

/// What a client says to an endpoint of an authorization server.
struct EndpointRequest {
  std::string endpoint;
  FormFields fields;    // their values are wiped
  std::string issuer;   // of the authorization server
  Micros server_now{};  // by the clock of the authorization server
};
/// Writes the request with the client's authentication, and adds its secrets to `secrets`. Breach:
/// the private key cannot be used.
Judged<WebRequest> client_request(EndpointRequest request, const ClientIdentity& client,
                                  const RandomBytes& random, KnownSecrets& secrets);

}  // namespace callgate
