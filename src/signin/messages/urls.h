// Which URLs a sign-in may ask, and where metadata is found.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "breach.h"
#include "callgate/base/url.h"

namespace callgate {

/// Reads a URL that a server named. It must be https; http is allowed only if both this host and
/// that of the MCP server are certain to be this machine, and this machine only if the MCP server
/// is on it, too. The addresses of other names are checked when the connection is made.
/// `what` says what the URL is, such as "the token endpoint".
Judged<Url> safe_url(std::string_view text, std::string_view what, const Url& mcp);

/// Returns where the metadata of a protected resource can be (RFC 9728 section 3.1): for the path
/// of the MCP server as it is written, for the path without its last slash, and for the origin.
std::vector<std::string> resource_metadata_urls(const Url& mcp);
/// Returns where the metadata of an authorization server can be, as RFC 8414 section 3.1 and OpenID
/// Connect Discovery 1.0 section 4.1 build the URLs. The document of the origin describes another
/// issuer if this issuer has a path, so it is not among them then.
std::vector<std::string> server_metadata_urls(const Url& issuer);

/// True if the metadata of `resource` describes the MCP server: same origin, and the server's path
/// equal to the resource's or below it.
bool covers(const Url& resource, const Url& mcp);

}  // namespace callgate
