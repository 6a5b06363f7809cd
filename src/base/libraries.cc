#include "callgate/base/libraries.h"

#include <fmt/core.h>
#include <openssl/crypto.h>
#include <spdlog/version.h>

namespace callgate {

std::string base_libraries() {
  return fmt::format("libcrypto {}, fmt {}.{}.{}, spdlog {}.{}.{}",
                     OpenSSL_version(OPENSSL_VERSION_STRING), FMT_VERSION / 10'000,
                     FMT_VERSION / 100 % 100, FMT_VERSION % 100, SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR,
                     SPDLOG_VER_PATCH);
}

}  // namespace callgate
