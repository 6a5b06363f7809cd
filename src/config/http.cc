// Reads the `http` object: where `callgate serve` listens, and from where it accepts requests.
#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "callgate/base/ascii.h"
#include "reader.h"

namespace callgate {

namespace {

constexpr size_t kMostListeners = 16;
constexpr size_t kLongestHost = 255;

bool is_host(std::string_view host) {
  if (host.empty() || host.size() > kLongestHost || has_control(host)) return false;
  return host.find_first_of(" /?#@,\"\\") == std::string_view::npos;
}

void read_listen(Reader& reader, const Place& at, std::vector<ListenAddress>& to) {
  const auto text = reader.text(at);
  if (!text) return;
  if (auto address = parse_listen(*text)) {
    to.push_back(std::move(*address));
  } else {
    reader.fail(at, "config.value", "\"" + shown(*text) + "\" is not an address to listen on",
                "write HOST:PORT, such as \"127.0.0.1:7420\" or \"[::1]:7420\"");
  }
}

std::vector<ListenAddress> read_listens(Reader& reader, const Place& at) {
  std::vector<ListenAddress> all;
  reader.constrain(at, fmt::format(R"("minItems":1,"maxItems":{})", kMostListeners));
  if (!at.value.is_array()) {
    read_listen(reader, at, all);
    if (!reader.describing()) return all;
  }
  for (const Place& element : reader.elements(at)) read_listen(reader, element, all);
  if (!all.empty() && all.size() <= kMostListeners) return all;
  reader.fail(at, "config.value", "needs one to 16 addresses", "write [\"127.0.0.1:7420\"]");
  return all;
}

std::vector<std::string> read_hosts(Reader& reader, const Place& at) {
  std::vector<std::string> hosts;
  for (const Place& element : reader.elements(at)) {
    auto host = reader.text(element);
    if (!host) continue;
    // A colon is part of an IPv6 address or begins a port. An IPv6 address must have its brackets,
    // and a port is not allowed here.
    if (is_host(*host) && (host->find(':') == std::string::npos || host->ends_with(']'))) {
      hosts.push_back(std::move(*host));
    } else {
      reader.fail(
          element, "config.value", "\"" + shown(*host) + "\" is not a host name",
          "write a name or an address without a port, such as \"box.lan\" or \"[fd00::1]\"");
    }
  }
  return hosts;
}

bool is_scheme(std::string_view text) {
  return !text.empty() && is_lower(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_lower(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
         });
}

// True for an origin in the form in which browsers write it in the Origin header: without path and
// user, in lower case.
bool is_origin(std::string_view text) {
  const size_t end = text.find("://");
  if (end == std::string_view::npos || !is_scheme(text.substr(0, end))) return false;
  const std::string_view scheme = text.substr(0, end), host = text.substr(end + 3);
  if (host == "*") return scheme != "http" && scheme != "https";
  return is_host(host) && host.find('*') == std::string_view::npos;
}

std::vector<std::string> read_origins(Reader& reader, const Place& at) {
  std::vector<std::string> origins;
  for (const Place& element : reader.elements(at)) {
    auto origin = reader.text(element);
    if (!origin) continue;
    if (is_origin(*origin)) {
      origins.push_back(std::move(*origin));
    } else {
      reader.fail(element, "config.value", "\"" + shown(*origin) + "\" is not an origin",
                  "write SCHEME://HOST or SCHEME://HOST:PORT without a path, such as "
                  "\"app://obsidian.md\" or \"https://tools.example:8443\"; \"SCHEME://*\" is "
                  "possible for schemes other than http and https");
    }
  }
  return origins;
}

}  // namespace

std::optional<ListenAddress> parse_listen(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  uint16_t port = 0;
  const char* end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, port);
  if (error != std::errc() || rest != end) return std::nullopt;
  const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (brackets) host = host.substr(1, host.size() - 2);
  if (!is_host(host) || host.find_first_of("[]") != std::string_view::npos) return std::nullopt;
  if ((host.find(':') != std::string_view::npos) != brackets) return std::nullopt;
  return ListenAddress{.host = std::string(host), .port = port};
}

HttpConfig read_http(Reader& reader, const Place& at) {
  HttpConfig http;
  reader.object(at,
                {
                    {"listen", [&](const Place& p) { http.listen = read_listens(reader, p); }},
                    {"hosts", [&](const Place& p) { http.hosts = read_hosts(reader, p); }},
                    {"origins", [&](const Place& p) { http.origins = read_origins(reader, p); }},
                });
  return http;
}

}  // namespace callgate
