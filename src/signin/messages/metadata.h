// The two metadata documents of discovery.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "breach.h"
#include "callgate/base/url.h"
#include "callgate/signin/settings.h"

namespace callgate {

/// Metadata of a protected resource (RFC 9728 section 2).
struct ResourceMetadata {
  std::string resource;  // as it was written
  std::vector<std::string> issuers;
  Scopes scopes;
};
/// Reads a document and checks that it describes this MCP server.
Judged<ResourceMetadata> read_resource_metadata(const std::string& body, const Url& mcp);

/// Metadata of an authorization server (RFC 8414 section 2). Texts are empty, and lists nullopt, if
/// the document has no such member.
struct ServerMetadata {
  std::string issuer;
  std::string authorization_endpoint, token_endpoint, registration_endpoint;
  std::string device_endpoint, push_endpoint, revocation_endpoint;
  std::optional<std::vector<std::string>> token_auth, response_types, pkce_methods, signing;
  Scopes scopes;
  bool reads_client_documents = false;  // client_id_metadata_document_supported
  bool sends_iss = false;               // authorization_response_iss_parameter_supported
  bool wants_push = false;              // require_pushed_authorization_requests

  bool may_auth_by(ClientAuth auth) const;
};

/// Which issuer a document must name.
struct ExpectedIssuer {
  std::string named;      // by the resource's metadata, or the origin of the MCP server
  std::string pinned;     // by the settings; empty if they pin none
  bool is_guess = false;  // there was no metadata of the resource, so `named` is the origin
};
Judged<ServerMetadata> read_server_metadata(const std::string& body, const ExpectedIssuer& issuer,
                                            const std::string& server);
/// Checks that the server offers what this way of signing in needs. `pkce_is_assumed` is true if
/// its metadata need not promise PKCE.
std::optional<Breach> check_server(const ServerMetadata& server, const SignInSettings& settings,
                                   const Url& mcp, bool pkce_is_assumed);
/// Returns the endpoints of a server without metadata (MCP 2025-03-26, "Fallbacks for Servers
/// without Metadata Discovery").
ServerMetadata default_endpoints(const std::string& origin);

}  // namespace callgate
