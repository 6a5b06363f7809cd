// Helpers for the tests of the masker.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "callgate/protect/masker.h"
#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"

namespace callgate {

/// Returns `length` characters that look random, the same each time. Tokens are built at run time,
/// so that no scanner reports this file as a leak.
inline std::string noise(size_t length,
                         std::string_view alphabet = "aB3dE5fG7hJ9kLmN1pQrS2tUvW4xYz6C8") {
  std::string out;
  uint32_t state = 12345;
  for (size_t i = 0; i < length; ++i) {
    state = state * 1664525 + 1013904223;
    out += alphabet[(state >> 16) % alphabet.size()];
  }
  return out;
}

inline std::string masked(const std::string& text) { return SecretMasker({}).mask_text(text).text; }

inline Masked json_masked(const std::string& json, const std::vector<NamedSecret>& secrets = {},
                          size_t keep = SIZE_MAX) {
  return SecretMasker(secrets).mask_json(json, keep);
}

}  // namespace callgate
