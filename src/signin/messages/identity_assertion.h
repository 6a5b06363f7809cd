// The assertion of an identity provider for another authorization server (draft "Identity Assertion
// Authorization Grant", which MCP's extension "Enterprise-Managed Authorization" uses).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "breach.h"
#include "callgate/base/secret.h"

namespace callgate {

inline constexpr std::string_view kIdentityAssertion = "urn:ietf:params:oauth:token-type:id-jag";

/// What the assertion must be meant for.
struct AssertionUse {
  std::string issuer, resource, client_id;
};
/// Checks type, audience, resource and client of the JWT, so that an assertion for one server never
/// reaches another. Its signature is the authorization server's business.
std::optional<Breach> check_identity_assertion(const Secret& jwt, const AssertionUse& use);

}  // namespace callgate
