#include "callgate/base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "callgate/base/check.h"

namespace callgate {

namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* c) const { EVP_MD_CTX_free(c); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

Context started() {
  // The system-wide configuration file can only add providers that we don't use, and reading it
  // costs start-up time.
  static const int initialized = OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  CHECK(initialized == 1);
  Context c(EVP_MD_CTX_new());
  CHECK(c && EVP_DigestInit_ex(c.get(), EVP_sha256(), nullptr) == 1);
  return c;
}

void update(EVP_MD_CTX* c, std::string_view bytes) {
  CHECK(EVP_DigestUpdate(c, bytes.data(), bytes.size()) == 1);
}

Digest finished(EVP_MD_CTX* c) {
  Digest digest;
  unsigned length = 0;
  CHECK(EVP_DigestFinal_ex(c, digest.data(), &length) == 1 && length == digest.size());
  return digest;
}

std::string_view view(const Digest& d) {
  return {reinterpret_cast<const char*>(d.data()), d.size()};
}

}  // namespace

// A context that is copied from a started one skips the algorithm lookup, which costs more than a
// short digest itself.
struct Hasher::Impl {
  Context fresh = started(), work{EVP_MD_CTX_new()};
};

Hasher::Hasher() : impl_(std::make_unique<Impl>()) {}
Hasher::~Hasher() = default;

Digest Hasher::sha256(std::string_view bytes) {
  CHECK(EVP_MD_CTX_copy_ex(impl_->work.get(), impl_->fresh.get()) == 1);
  update(impl_->work.get(), bytes);
  return finished(impl_->work.get());
}

struct Hmac::Impl {
  Context inner = started(), outer = started(), work{EVP_MD_CTX_new()};
};

Hmac::Hmac(std::string_view key) : impl_(std::make_unique<Impl>()) {
  constexpr size_t kBlock = 64;
  std::string padded(key);
  if (padded.size() > kBlock) padded = view(Hasher().sha256(key));
  padded.resize(kBlock, '\0');
  std::string in = padded, out = padded;
  for (char& c : in) c = static_cast<char>(c ^ 0x36);
  for (char& c : out) c = static_cast<char>(c ^ 0x5c);
  update(impl_->inner.get(), in);
  update(impl_->outer.get(), out);
}

Hmac::~Hmac() = default;

Digest Hmac::operator()(std::string_view bytes) {
  EVP_MD_CTX* work = impl_->work.get();
  CHECK(EVP_MD_CTX_copy_ex(work, impl_->inner.get()) == 1);
  update(work, bytes);
  const Digest inner = finished(work);
  CHECK(EVP_MD_CTX_copy_ex(work, impl_->outer.get()) == 1);
  update(work, view(inner));
  return finished(work);
}

std::string random_bytes(size_t count) {
  std::string bytes(count, '\0');
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) == 1);
  return bytes;
}

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::string hex(const Digest& digest) { return hex(view(digest)); }

}  // namespace callgate
