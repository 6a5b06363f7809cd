#include "callgate/base/secret.h"

#include <openssl/crypto.h>

#include <utility>

#include "callgate/base/digest.h"

namespace callgate {

void wipe(std::string& text) {
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

// A move of a short string leaves its bytes in the source, so each move ends with wipe().
Secret::Secret(std::string text) : text_(std::move(text)) { wipe(text); }

Secret::Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { wipe(other.text_); }

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe(text_);
    text_ = other.text_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe(text_);
    text_ = std::move(other.text_);
    wipe(other.text_);
  }
  return *this;
}

Secret::~Secret() { wipe(text_); }

bool Secret::operator==(const Secret& other) const { return same_secret(text_, other.text_); }

}  // namespace callgate
