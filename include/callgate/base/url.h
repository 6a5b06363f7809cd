// Absolute http and https URLs (RFC 3986), and the format of HTML forms that OAuth uses in queries
// and bodies. Nothing here resolves a name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "callgate/base/result.h"

namespace callgate {

/// The parts of an absolute URL whose scheme is http or https.
struct Url {
  bool https = true;
  std::string host;   ///< in small letters; an IPv6 address is in brackets
  uint16_t port = 0;  ///< the scheme's default if the URL names none
  std::string path;   ///< as it was written: empty, or it begins with a slash
  /// The part after the `?` as it was written; nullopt if there is no `?`.
  std::optional<std::string> query;

  /// True if the host is certain to be this machine: `localhost`, an IPv4 address in 127.0.0.0/8,
  /// or ::1. False for all other names, even if they may lead to this machine.
  bool is_loopback() const;
  bool has_default_port() const { return port == (https ? 443 : 80); }
  /// Returns `https://host`, with the port if it is not the scheme's default.
  std::string origin() const;
  /// Returns the whole URL. It differs from the text that was parsed only in the case of scheme and
  /// host, and in a default port, which is left out.
  std::string text() const;
  bool operator==(const Url&) const = default;
};

inline constexpr size_t kLongestUrl = size_t{8} << 10;

/// Reads a URL strictly, so that no other program can take it for a URL with another host or path.
/// Refused are: other schemes; a user name; a fragment; every byte that RFC 3986 does not allow,
/// such as a backslash, white space or a byte beyond ASCII; a `%` without two hexadecimal digits;
/// steps `.` and `..` in the path, also if they are escaped; a number as the host that is not an
/// IPv4 address of four decimal parts; a URL of more than kLongestUrl bytes. Error: "url.invalid".
/// Its message is a phrase such as `has a user name before the host`; it does not repeat the URL.
Result<Url> parse_url(std::string_view text);
/// Returns the part before the first `#`.
std::string_view without_fragment(std::string_view url);

bool same_origin(const Url& a, const Url& b);

/// Names and values of a form, not encoded. A name may appear several times.
using FormFields = std::vector<std::pair<std::string, std::string>>;
/// Encodes one text of the format application/x-www-form-urlencoded. All bytes but letters, digits
/// and `-._~` are escaped; a space becomes `+`.
std::string form_encoded(std::string_view text);
/// Returns `a=1&b=2` with all names and values encoded.
std::string form_text(const FormFields& fields);
/// Reads a query or a body of that format. A `%` that begins no valid escape stays.
FormFields read_form(std::string_view text);

}  // namespace callgate
