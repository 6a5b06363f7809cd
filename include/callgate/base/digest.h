// SHA-256, HMAC-SHA-256 and random bytes, from libcrypto.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace callgate {

using Digest = std::array<uint8_t, 32>;

/// FIPS 180-4. Any thread.
Digest sha256(std::string_view bytes);

/// HMAC-SHA-256 (RFC 2104) under one key. Any thread.
class Hmac {
 public:
  explicit Hmac(std::string_view key);
  ~Hmac();
  Digest operator()(std::string_view bytes) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Compares in a time that does not depend on where the first difference is.
bool same_secret(std::string_view a, std::string_view b);
bool same_secret(const Digest& a, const Digest& b);

/// Bytes from the system's random generator, for keys and ids.
std::string random_bytes(size_t count);
std::string hex(std::string_view bytes);
std::string hex(const Digest& digest);

}  // namespace callgate
