#include "callgate/base/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "callgate/base/ascii.h"
#include "callgate/base/path_text.h"

namespace callgate {

namespace {

constexpr size_t kLongestHost = 253;  // bytes of a name in DNS (RFC 1035 section 2.3.4)

Error bad_url(const char* why) { return {"url.invalid", why, ""}; }

bool is_unreserved(char c) {
  return is_letter_or_digit(c) || std::string_view("-._~").find(c) != std::string_view::npos;
}

/// True for the characters of a path or a query (RFC 3986 sections 3.3 and 3.4).
bool is_url_character(char c) {
  return is_unreserved(c) || std::string_view("!$&'()*+,;=:@/?%").find(c) != std::string_view::npos;
}

bool has_bad_escape(std::string_view text) {
  for (size_t at = text.find('%'); at != text.npos; at = text.find('%', at + 1))
    if (at + 2 >= text.size() || !is_hex_digit(text[at + 1]) || !is_hex_digit(text[at + 2]))
      return true;
  return false;
}

bool has_dot_step(std::string_view path) {
  const std::string plain = percent_decoded(path);
  for (size_t from = 0; from < plain.size();) {
    const size_t slash = std::min(plain.find('/', from), plain.size());
    const std::string_view step = std::string_view(plain).substr(from, slash - from);
    if (step == "." || step == "..") return true;
    from = slash + 1;
  }
  return false;
}

bool is_ipv4(const std::string& host) {
  std::array<uint8_t, 4> address;
  return ::inet_pton(AF_INET, host.c_str(), address.data()) == 1;
}

std::optional<std::array<uint8_t, 16>> ipv6_of(std::string_view host) {
  if (!host.starts_with('[') || !host.ends_with(']')) return std::nullopt;
  std::array<uint8_t, 16> address;
  const std::string inside(host.substr(1, host.size() - 2));
  if (::inet_pton(AF_INET6, inside.c_str(), address.data()) != 1) return std::nullopt;
  return address;
}

/// Many programs read a name whose last label is a number (`2130706433`, `0x7f.1`) as an IPv4
/// address.
bool ends_in_number(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  const std::string_view last = host.substr(host.rfind('.') + 1);
  if (last.starts_with("0x")) return std::all_of(last.begin() + 2, last.end(), is_hex_digit);
  return !last.empty() && std::all_of(last.begin(), last.end(), is_digit);
}

Status check_url_host(const std::string& host) {
  if (host.empty()) return bad_url("names no host");
  if (host.size() > kLongestHost) return bad_url("has a host of more than 253 bytes");
  if (host.front() == '[')
    return ipv6_of(host) ? Status() : bad_url("has brackets around what is no IPv6 address");
  if (!std::all_of(host.begin(), host.end(), is_unreserved))
    return bad_url("has characters in the host that no host name may have");
  if (ends_in_number(host) && !is_ipv4(host))
    return bad_url("has a number as the host that is no IPv4 address of four decimal parts");
  return {};
}

std::optional<uint16_t> port_of(std::string_view digits) {
  uint16_t port = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, port);
  if (error != std::errc() || rest != end || port == 0) return std::nullopt;
  return port;
}

/// Reads `host` or `host:port`.
Status read_authority(std::string_view authority, Url& url) {
  if (authority.find('@') != authority.npos) return bad_url("has a user name before the host");
  const size_t bracket = authority.rfind(']');
  const size_t colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
  url.host = lowered(authority.substr(0, colon));
  url.port = url.https ? 443 : 80;
  if (colon != authority.npos) {
    const auto port = port_of(authority.substr(colon + 1));
    if (!port) return bad_url("has a port that is no number from 1 to 65535");
    url.port = *port;
  }
  return check_url_host(url.host);
}

Status check_url_path(const Url& url) {
  const std::string_view query = url.query ? std::string_view(*url.query) : std::string_view();
  for (const std::string_view part : {std::string_view(url.path), query}) {
    if (!std::all_of(part.begin(), part.end(), is_url_character))
      return bad_url("has characters that must be percent-encoded");
    if (has_bad_escape(part)) return bad_url("has a % without two hexadecimal digits");
  }
  if (has_dot_step(url.path)) return bad_url("has a step . or .. in its path");
  return {};
}

}  // namespace

std::string Url::origin() const {
  std::string out = (https ? "https://" : "http://") + host;
  if (!has_default_port()) out += ":" + std::to_string(port);
  return out;
}

std::string Url::text() const { return origin() + path + (query ? "?" + *query : ""); }

Result<Url> parse_url(std::string_view text) {
  if (text.size() > kLongestUrl) return bad_url("has more than 8 KiB");
  Url url;
  const size_t colon = text.find("://");
  const std::string_view scheme = text.substr(0, std::min(colon, text.size()));
  url.https = equal_ignoring_case(scheme, "https");
  if (colon == text.npos || (!url.https && !equal_ignoring_case(scheme, "http")))
    return bad_url("does not begin with https:// or http://");
  if (text.find('#') != text.npos) return bad_url("has a fragment after a #");
  std::string_view rest = text.substr(colon + 3);
  if (const size_t mark = rest.find('?'); mark != rest.npos) {
    url.query = rest.substr(mark + 1);
    rest = rest.substr(0, mark);
  }
  const size_t slash = std::min(rest.find('/'), rest.size());
  url.path = rest.substr(slash);
  if (Status read = read_authority(rest.substr(0, slash), url); !read) return read.error();
  if (Status right = check_url_path(url); !right) return right.error();
  return url;
}

std::string_view without_fragment(std::string_view url) { return url.substr(0, url.find('#')); }

bool same_origin(const Url& a, const Url& b) {
  return a.https == b.https && a.host == b.host && a.port == b.port;
}

bool Url::is_loopback() const {
  if (host == "localhost") return true;
  if (is_ipv4(host)) return host.starts_with("127.");
  constexpr std::array<uint8_t, 16> kOne{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return ipv6_of(host) == kOne;
}

std::string form_encoded(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_unreserved(c))
      out += c;
    else if (c == ' ')
      out += '+';
    else
      out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
  }
  return out;
}

std::string form_text(const FormFields& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    out += form_encoded(name) + "=" + form_encoded(value);
  }
  return out;
}

FormFields read_form(std::string_view text) {
  const auto decoded = [](std::string_view part) {
    std::string spaced(part);
    std::replace(spaced.begin(), spaced.end(), '+', ' ');
    return percent_decoded(spaced);
  };
  FormFields fields;
  for (size_t from = 0; from < text.size();) {
    const size_t end = std::min(text.find('&', from), text.size());
    const std::string_view field = text.substr(from, end - from);
    from = end + 1;
    if (field.empty()) continue;
    const size_t equals = std::min(field.find('='), field.size());
    fields.emplace_back(decoded(field.substr(0, equals)),
                        decoded(field.substr(std::min(equals + 1, field.size()))));
  }
  return fields;
}

}  // namespace callgate
