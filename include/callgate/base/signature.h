// Signatures of JSON Web Tokens (RFC 7515) with a private key, from libcrypto.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "callgate/base/result.h"
#include "callgate/base/secret.h"

namespace callgate {

/// A private key for one of two algorithms (RFC 7518): ES256, for keys of the curve P-256, or
/// RS256, for RSA keys of 2048 to 8192 bits. May be used from any thread.
class PrivateKey {
 public:
  /// Reads a key in PEM format: PKCS#8 (RFC 5958), or the older formats for one kind of key. A key
  /// that is protected by a password is refused. Errors: "key.malformed", "key.unsuitable" (another
  /// kind of key). No message has a part of the key.
  static Result<PrivateKey> from_pem(const Secret& pem);

  /// Returns "ES256" or "RS256".
  std::string_view algorithm() const;
  /// Returns the signature in the format of RFC 7518 section 3: for ES256, the 64 bytes of r and s.
  std::string sign(std::string_view bytes) const;

 private:
  struct Impl;
  explicit PrivateKey(std::shared_ptr<const Impl> impl);
  // Shared, because a key never changes and copies of it are the same key.
  std::shared_ptr<const Impl> impl_;
};

}  // namespace callgate
