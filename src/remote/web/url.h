// URLs of remote servers. libcurl reads them, so that what is checked is what is connected to.
#pragma once

#include <string>
#include <string_view>

#include "callgate/base/result.h"
#include "callgate/base/url.h"
#include "curl_library.h"

namespace callgate {

/// An absolute http or https URL without user information and without a fragment.
struct WebUrl {
  std::string text;
  std::string scheme;  ///< "http" or "https"
  std::string host;    ///< in small letters; an IPv6 address has no brackets
  std::string port;

  bool secure() const { return scheme == "https"; }
  /// The same for two URLs of the same origin (RFC 6454 section 4).
  std::string origin() const { return scheme + "://" + host + ":" + port; }
};

/// Error: "remote.url".
Result<WebUrl> read_url(const CurlLibrary& curl, const std::string& text);
/// Returns the URL that `reference` means in a document at `base` (RFC 3986 section 5). Error:
/// "remote.url".
Result<WebUrl> resolve_url(const CurlLibrary& curl, const WebUrl& base,
                           const std::string& reference);
/// Returns the URL without its query, for messages, because a query may contain a key.
std::string shown_url(const WebUrl& url);

}  // namespace callgate
