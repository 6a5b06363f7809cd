#include "callgate/base/signature.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <utility>

#include "callgate/base/check.h"

namespace callgate {

namespace {

constexpr size_t kLargestPem = 32 * 1024;
constexpr int kSmallestRsa = 2048, kLargestRsa = 8192;  // bits
constexpr int kPart = 32;                               // bytes of r and of s

template <auto free_it>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    free_it(object);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using BioPtr = std::unique_ptr<BIO, FreeWith<BIO_free>>;
using DigestPtr = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;
using EcdsaPtr = std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG_free>>;

Error key_error(const char* code, const char* why) {
  return {code, std::string("the private key ") + why,
          "use a key for ES256 (curve P-256) or RS256 (RSA of 2048 to 8192 bits), in PEM format "
          "and without a password"};
}

bool is_p256(const EVP_PKEY* key) {
  char group[64] = {};
  size_t length = 0;
  return EVP_PKEY_is_a(key, "EC") &&
         EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group,
                                        &length) == 1 &&
         std::string_view(group, length) == "prime256v1";
}

bool is_usable_rsa(const EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  return EVP_PKEY_is_a(key, "RSA") && bits >= kSmallestRsa && bits <= kLargestRsa;
}

/// Without this function, libcrypto would ask for the password on the terminal.
int no_password(char*, int, int, void*) { return -1; }

std::string der_signature(EVP_PKEY* key, std::string_view bytes) {
  const DigestPtr context(EVP_MD_CTX_new());
  ENSURE(context != nullptr);
  ENSURE(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1);
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  size_t size = 0;
  ENSURE(EVP_DigestSign(context.get(), nullptr, &size, data, bytes.size()) == 1);
  std::string out(size, '\0');
  auto* target = reinterpret_cast<unsigned char*>(out.data());
  ENSURE(EVP_DigestSign(context.get(), target, &size, data, bytes.size()) == 1);
  out.resize(size);
  return out;
}

/// Turns the DER format of libcrypto into r and s, as RFC 7518 section 3.4 requires.
std::string fixed_size(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const EcdsaPtr parts(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  ENSURE(parts != nullptr);
  std::string out(2 * kPart, '\0');
  auto* target = reinterpret_cast<unsigned char*>(out.data());
  ENSURE(BN_bn2binpad(ECDSA_SIG_get0_r(parts.get()), target, kPart) == kPart);
  ENSURE(BN_bn2binpad(ECDSA_SIG_get0_s(parts.get()), target + kPart, kPart) == kPart);
  return out;
}

}  // namespace

struct PrivateKey::Impl {
  KeyPtr key;
  bool elliptic = false;
};

PrivateKey::PrivateKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

Result<PrivateKey> PrivateKey::from_pem(const Secret& pem) {
  const std::string_view text = pem.reveal();
  if (text.size() > kLargestPem) return key_error("key.malformed", "has more than 32 KiB");
  const BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  ENSURE(bio != nullptr);
  auto impl = std::make_shared<Impl>();
  impl->key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  if (!impl->key) return key_error("key.malformed", "cannot be read");
  impl->elliptic = is_p256(impl->key.get());
  if (!impl->elliptic && !is_usable_rsa(impl->key.get()))
    return key_error("key.unsuitable", "is of a kind that is not supported");
  return PrivateKey(std::move(impl));
}

std::string_view PrivateKey::algorithm() const { return impl_->elliptic ? "ES256" : "RS256"; }

std::string PrivateKey::sign(std::string_view bytes) const {
  const std::string signature = der_signature(impl_->key.get(), bytes);
  return impl_->elliptic ? fixed_size(signature) : signature;
}

}  // namespace callgate
