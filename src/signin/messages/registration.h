// Dynamic client registration (RFC 7591).
#pragma once

#include <string>

#include "breach.h"
#include "callgate/base/time.h"
#include "callgate/signin/settings.h"
#include "callgate/wire/web.h"

namespace callgate {

struct RegistrationRequest {
  std::string endpoint;
  Scopes scopes;  // those that the authorization request will have; none if empty
  ClientAuth client_auth = ClientAuth::None;
};
/// Returns the request that registers us (RFC 7591 section 3.1).
WebRequest write_registration(const RegistrationRequest& request, const SignInSettings& settings);

/// Reads the JSON text of an answer to a registration (RFC 7591 section 3.2.1). The stored form of
/// a registration contains the same text, so it is read in the same way.
Judged<ClientRegistration> registration_of(std::string issuer, std::string redirect_uri,
                                           Micros obtained, std::string answer);

}  // namespace callgate
