// Secrets in memory, and signatures.
#include <doctest/doctest.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

#include "callgate/base/base64.h"
#include "callgate/base/log.h"
#include "callgate/base/secret.h"
#include "callgate/base/signature.h"
#include "test_keys.h"

using namespace callgate;

namespace {

constexpr const char* kSmallRsaKey =
    R"(-----BEGIN PRIVATE KEY-----
MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBALfHlea8Zc2fG+3z
p4cYnWfquUdiNC3BoSpXlpaP63m9UkTIWmJl4Es7hX8HBkfpafQRoz2hQB1iYLS0
DptMQ8GTNDs8esGvU6oeWPomYZyyt51u8nrPXbaHncS+e3qI7pQ9Bzce2ojT1IQR
F2GuIoKqKdybvIUFSCRecGyT2oi3AgMBAAECgYBJ0W0wpPPvR72cMoZUCVsQZoPN
XHDBAEmQDGZ8S4q194mX/zHu3CTfkyToBRZMxEC+vGbpVl++bcmSS9CiKFv+MhAA
az4fT2i9Jx3Qp3WHppd5AiCIqywrNf1rvSnxyZ+yIQx659R0Djnekv4goPkK7Yda
6wjLvw6JBW1FsPOR4QJBAOx8rZukv7d+jm2WgSV06EXLwgbL12MipAe6/CeM/XRt
MGKy8Hkha8ysqU0zRlGcr/91wD67OxK1gxSsSnGOmi0CQQDG8ZFUwxPY3iCh1Qe2
/l+9QhAjtgj0S1ke5wG/SxSZaW4de+BgaOcqG6HYqCCBRFEHB5Xm8lz4lH8YdSzZ
RPDzAkEAxIuKrkTqodKpBSOFCmBzey6xf3yC8n2j3ljloOlo7Q6inCUj/0hrk5wc
yXDIDKQxEhwHPxvVKON6of/fjyl5sQJBAJjClzjBznShI+eAH7tpGfTGTIRPXBLR
5K3w7guISFoAddhX7ZO6GX7g1ub5OnRoE9vU/Ero4XDS/cC3AOgYovcCQAZkJRdY
W9foXUHHSmLIwiin28TAqnlg/VzIzHT7QPAjyxkkqpiSRCtCu+7tnKZTLjS5LG8X
rz4CXYDP55iW9KE=
-----END PRIVATE KEY-----
)";
constexpr const char* kP384Key =
    R"(-----BEGIN PRIVATE KEY-----
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDBXOyBc6nH8VrrJ7JJH
V5Uqt2tw1vZJms5W7TbPbyUjquichqemA9MDJ9NzO10BENuhZANiAAQysVkm7qfH
O/MvAYacBmbqbnBZLXJVbF8UJOKTxHsrZSIkeioPWr3CUfxmHdTbeHgsDWMN8XKn
iKIAZBvsY+UoI10CkgRevR5/i9iSFm1+78dGC1QIlcnVNUuq6uTCSl4=
-----END PRIVATE KEY-----
)";
constexpr const char* kEd25519Key =
    R"(-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIMz6aqG5cyTQGztfgoBZ9YFWKKCv825cD0UChA1LC2QM
-----END PRIVATE KEY-----
)";
constexpr const char* kProtectedKey =
    R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgy1XauXcFhvwICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEED0omBiNjXpYJNyaBWiXLisEgZDS
ezKPnndClK42zM3KGgPXXb0bQn/KjhtD4te+GnHOZ8JbSnKRHwxHngyVQDkyG2B0
LmelSQaa0rZ0UglY/+h0Rj/DQjDJVR+LgzX0iOzERxxM/yx+8UJak1xqOilVOihX
dnESfRvD18Z9iqhv/tXiz2hcE5jOiLOsai67BOb6TSkq7Z2uTSm/7sQ6oRssVNE=
-----END ENCRYPTED PRIVATE KEY-----
)";

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
static_assert(!Printable<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<std::string, Secret>);
static_assert(!fmt::has_formatter<Secret, fmt::format_context>::value);

std::string malformed(const std::string& pem) {
  const auto key = PrivateKey::from_pem(Secret(pem));
  return key ? "" : key.error().code;
}

/// Checks a signature of ES256 with libcrypto, after turning it into DER again.
bool is_signature(std::string_view bytes, const std::string& signature) {
  BIO* const bio = BIO_new_mem_buf(kEcPublicKey, -1);
  EVP_PKEY* const key = PEM_read_bio_PUBKEY(bio, nullptr, nullptr, nullptr);
  const auto* at = reinterpret_cast<const unsigned char*>(signature.data());
  ECDSA_SIG* const parts = ECDSA_SIG_new();
  ECDSA_SIG_set0(parts, BN_bin2bn(at, 32, nullptr), BN_bin2bn(at + 32, 32, nullptr));
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(parts, &der);
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key);
  const int right =
      EVP_DigestVerify(context, der, static_cast<size_t>(size),
                       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  EVP_MD_CTX_free(context);
  OPENSSL_free(der);
  ECDSA_SIG_free(parts);
  EVP_PKEY_free(key);
  BIO_free(bio);
  return right == 1;
}

}  // namespace

TEST_CASE("a secret is copied and moved, and a moved one is empty") {
  for (const std::string& text : {std::string("short"), std::string(100, 'x')}) {
    Secret a(text);
    Secret b = a;
    CHECK(b.reveal() == text);
    CHECK((a == b));
    const Secret c = std::move(a);
    CHECK(c.reveal() == text);
    CHECK(a.empty());  // NOLINT: a moved secret is empty
    a = b;
    b = std::move(a);
    CHECK(b.reveal() == text);
    CHECK(a.empty());  // NOLINT
    CHECK_FALSE((a == b));
    Secret& same = b;
    b = same;
    CHECK(b.reveal() == text);
  }
}

TEST_CASE("wipe() overwrites the bytes") {
  std::string text(100, 'x');
  const char* const at = text.data();
  wipe(text);
  CHECK(text.empty());
  text.resize(50);
  CHECK(text.data() == at);
  CHECK(text == std::string(50, '\0'));
}

TEST_CASE("RS256 returns the signature that the openssl program returns") {
  const auto key = PrivateKey::from_pem(Secret(kRsaKey));
  REQUIRE(key);
  CHECK(key->algorithm() == "RS256");
  CHECK(base64(key->sign("hello")) ==
        "I0CSmqXztZojk5R+59SOhfhrXLI8roFopjqFiUjzLCYazg77Qudllfy5OCg1AlJBjUvFsn/7+QJ81WXX"
        "rrIWV9m6f6O1+ISYcxcr9GZcZYUS914DS3XSdPz6Pm7a5HvTiBTp2PuezsB9kh1n9E7fiUI/xi5csLDv"
        "Ju22N6cELyNhSlTVX7dxyLUiJiroGmWA8NdFjG3AknWAV5iZvUMUa8OIAD0iCOyDQvMgRME4IF5Z+2TL"
        "Ce22TZxP0ZHRrW17sv2YW3aUMJL+cPNXCrZr/PbQeOvDUf++mger3qp0mABxh3w/kfHKcxoLOf61yy4U"
        "/GpvTHIZqgkuLJbQeCFRag==");
}

TEST_CASE("ES256 returns r and s with leading zeros") {
  const auto key = PrivateKey::from_pem(Secret(kEcKey));
  REQUIRE(key);
  CHECK(key->algorithm() == "ES256");
  for (int i = 0; i < 300; ++i) {  // one in 128 signatures has a zero at the start of r or s
    const std::string signature = key->sign("hello");
    REQUIRE(signature.size() == 64);
    REQUIRE(is_signature("hello", signature));
  }
  CHECK_FALSE(is_signature("hallo", key->sign("hello")));
}

TEST_CASE("keys that cannot be used are refused, and the message has no part of the key") {
  CHECK(malformed("") == "key.malformed");
  CHECK(malformed("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n") ==
        "key.malformed");
  CHECK(malformed(kProtectedKey) == "key.malformed");
  CHECK(malformed(kEcPublicKey) == "key.malformed");
  for (const char* pem : {kSmallRsaKey, kP384Key, kEd25519Key})
    CHECK(malformed(pem) == "key.unsuitable");
  std::string padded = kEcKey;
  padded.resize(32 * 1024, '\n');
  CHECK(malformed(padded) == "");
  CHECK(malformed(padded + "\n") == "key.malformed");
}
