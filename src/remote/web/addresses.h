// Which network an address belongs to. An address that a server chose must not lead to machines of
// the user's own network.
#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>

namespace callgate {

enum class AddressKind {
  Public,
  Loopback,  ///< this machine
  Private,   ///< everything else that is not for the whole internet, and every unknown family
};

/// Returns the kind of an IPv4 or IPv6 address. An IPv6 address that stands for an IPv4 address
/// (v4-mapped, v4-compatible, NAT64, 6to4) has the kind of the IPv4 address, except that it is
/// never Loopback. Sources: IANA's registries of special-purpose addresses (RFC 6890); RFC 4291
/// section 2.5.5, RFC 6052 and RFC 3056.
AddressKind address_kind(const sockaddr& address);
/// Returns the kind of a host that is an address and no name; an IPv6 address has no brackets.
std::optional<AddressKind> literal_kind(const std::string& host);
/// True for `localhost` and for loopback addresses.
bool is_loopback_host(const std::string& host);

}  // namespace callgate
