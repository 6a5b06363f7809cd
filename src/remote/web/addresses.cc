#include "addresses.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace callgate {

namespace {

struct Network4 {
  uint32_t address;
  int bits;
};

constexpr Network4 kNotPublic4[] = {
    {0x00000000, 8},   // 0.0.0.0/8, this network
    {0x0A000000, 8},   // 10.0.0.0/8, private
    {0x64400000, 10},  // 100.64.0.0/10, shared by a provider's customers
    {0x7F000000, 8},   // 127.0.0.0/8, loopback
    {0xA9FE0000, 16},  // 169.254.0.0/16, link-local
    {0xAC100000, 12},  // 172.16.0.0/12, private
    {0xC0000000, 24},  // 192.0.0.0/24, assigned for protocols
    {0xC0000200, 24},  // 192.0.2.0/24, for documentation
    {0xC0586300, 24},  // 192.88.99.0/24, 6to4 relays
    {0xC0A80000, 16},  // 192.168.0.0/16, private
    {0xC6120000, 15},  // 198.18.0.0/15, for benchmarks
    {0xC6336400, 24},  // 198.51.100.0/24, for documentation
    {0xCB007100, 24},  // 203.0.113.0/24, for documentation
    {0xE0000000, 3},   // 224.0.0.0/3, multicast and reserved
};

AddressKind kind4(uint32_t address) {
  if (address >> 24 == 127) return AddressKind::Loopback;
  for (const Network4& network : kNotPublic4) {
    if ((address ^ network.address) >> (32 - network.bits) == 0) return AddressKind::Private;
  }
  return AddressKind::Public;
}

using Bytes16 = std::array<uint8_t, 16>;

uint32_t v4_at(const Bytes16& bytes, size_t at) {
  uint32_t address = 0;
  for (size_t i = 0; i < 4; ++i) address = address << 8 | bytes[at + i];
  return address;
}

bool begins(const Bytes16& bytes, std::initializer_list<uint8_t> front) {
  return std::equal(front.begin(), front.end(), bytes.begin());
}

/// Returns the IPv4 address that the IPv6 address stands for.
std::optional<uint32_t> embedded4(const Bytes16& bytes) {
  if (begins(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF})) return v4_at(bytes, 12);
  if (begins(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})) return v4_at(bytes, 12);
  if (begins(bytes, {0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0})) return v4_at(bytes, 12);
  if (begins(bytes, {0x20, 0x02})) return v4_at(bytes, 2);
  return std::nullopt;
}

AddressKind kind6(const Bytes16& bytes) {
  Bytes16 loopback{};
  loopback[15] = 1;
  if (bytes == loopback) return AddressKind::Loopback;
  if (const auto v4 = embedded4(bytes))
    return kind4(*v4) == AddressKind::Public ? AddressKind::Public : AddressKind::Private;
  // Only 2000::/3 is in use for the whole internet. In it, 2001::/23 is for protocols (Teredo among
  // them), and 2001:db8::/32 and 3fff::/20 are for documentation.
  const bool global = bytes[0] >> 5 == 1;
  const bool protocols = begins(bytes, {0x20, 0x01}) && bytes[2] < 2;
  const bool documentation =
      begins(bytes, {0x20, 0x01, 0x0D, 0xB8}) || (begins(bytes, {0x3F, 0xFF}) && bytes[2] < 0x10);
  return global && !protocols && !documentation ? AddressKind::Public : AddressKind::Private;
}

}  // namespace

AddressKind address_kind(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return kind4(ntohl(v4.sin_addr.s_addr));
  }
  if (address.sa_family != AF_INET6) return AddressKind::Private;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  Bytes16 bytes{};
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return kind6(bytes);
}

std::optional<AddressKind> literal_kind(const std::string& host) {
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return kind4(ntohl(v4.s_addr));
  Bytes16 v6{};
  if (::inet_pton(AF_INET6, host.c_str(), v6.data()) == 1) return kind6(v6);
  return std::nullopt;
}

bool is_loopback_host(const std::string& host) {
  return host == "localhost" || literal_kind(host) == AddressKind::Loopback;
}

}  // namespace callgate
