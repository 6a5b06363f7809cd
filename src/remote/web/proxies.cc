#include "proxies.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "addresses.h"
#include "callgate/base/ascii.h"
#include "callgate/base/text.h"

namespace callgate {

namespace {

struct BinaryAddress {
  std::array<uint8_t, 16> bytes{};
  size_t bits = 0;  ///< 32 or 128
};

std::optional<BinaryAddress> binary(const std::string& text) {
  BinaryAddress address;
  if (::inet_pton(AF_INET, text.c_str(), address.bytes.data()) == 1) {
    address.bits = 32;
    return address;
  }
  address.bits = 128;
  if (::inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

bool in_network(const std::string& host, std::string_view network) {
  const size_t slash = network.find('/');
  const auto address = binary(host), base = binary(std::string(network.substr(0, slash)));
  if (!address || !base || address->bits != base->bits) return false;
  size_t bits = base->bits;
  if (slash != std::string_view::npos) {
    const std::string_view length = network.substr(slash + 1);
    const auto parsed = std::from_chars(length.data(), length.data() + length.size(), bits);
    if (parsed.ec != std::errc() || bits > base->bits) return false;
  }
  for (size_t bit = 0; bit < bits; ++bit) {
    const auto mask = static_cast<uint8_t>(0x80 >> bit % 8);
    if (((address->bytes[bit / 8] ^ base->bytes[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

bool in_domain(std::string_view host, std::string_view domain) {
  if (domain.starts_with('.')) domain.remove_prefix(1);
  if (domain.empty() || host.size() < domain.size()) return false;
  const std::string_view end = host.substr(host.size() - domain.size());
  return equal_ignoring_case(end, domain) &&
         (host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.');
}

bool goes_direct(const std::string& host, std::string_view list) {
  while (!list.empty()) {
    const size_t comma = list.find(',');
    const std::string_view entry = trimmed(list.substr(0, comma));
    if (entry == "*" || in_domain(host, entry) || in_network(host, entry)) return true;
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return false;
}

}  // namespace

std::string proxy_for(const WebNetwork& network, const WebUrl& url) {
  const std::string& proxy = url.secure() ? network.https_proxy : network.http_proxy;
  if (proxy.empty() || is_loopback_host(url.host) || goes_direct(url.host, network.no_proxy))
    return "";
  return proxy;
}

}  // namespace callgate
