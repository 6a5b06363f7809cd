// SHA-256, HMAC-SHA-256 and random bytes, from libcrypto.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace callgate {

using Digest = std::array<uint8_t, 32>;

/// SHA-256 as FIPS 180-4 defines it. May be called from any thread.
Digest sha256(std::string_view bytes);
/// Returns a view of the digest's bytes.
std::string_view digest_bytes(const Digest& digest);
/// Returns the first eight bytes as a number.
uint64_t first_bytes(const Digest& digest);

/// Computes HMAC-SHA-256 (RFC 2104) with one key. May be used from any thread.
class Hmac {
 public:
  explicit Hmac(std::string_view key);
  ~Hmac();
  Digest operator()(std::string_view bytes) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Returns true if both are equal. The time does not depend on where the first difference is, so
/// that nobody can guess a secret byte by byte from measured times.
bool same_secret(std::string_view a, std::string_view b);
bool same_secret(const Digest& a, const Digest& b);

/// Returns bytes from the system's random generator, for keys and ids.
std::string random_bytes(size_t count);
std::string hex(std::string_view bytes);
std::string hex(const Digest& digest);

}  // namespace callgate
