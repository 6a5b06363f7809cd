#include "shown.h"

#include <algorithm>

#include "callgate/base/ascii.h"
#include "callgate/base/fold.h"
#include "callgate/signin/challenge.h"
#include "callgate/wire/utf8.h"

namespace callgate {

namespace {

constexpr size_t kLongestShown = 300;
constexpr size_t kShortestMasked = 4;

/// True for control characters and for those that hide or reorder text.
bool is_unshowable(uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
         (c >= 0xE0000 && c <= 0xE0FFF);
}

void replace_all(std::string& text, std::string_view what) {
  constexpr std::string_view kHidden = "[hidden]";
  for (size_t at = text.find(what); at != text.npos; at = text.find(what, at + kHidden.size()))
    text.replace(at, what.size(), kHidden);
}

}  // namespace

std::string cleaned_text(std::string_view text) {
  // Longer texts are cut first, so that a hostile server's text costs little.
  const std::string valid = with_replacements(text.substr(0, 8 * kLongestShown));
  std::string out;
  for (size_t at = 0; at < valid.size();) {
    const size_t begin = at;
    const uint32_t c = next_character(valid, at);
    const std::string_view character = std::string_view(valid).substr(begin, at - begin);
    const bool space = is_unshowable(c) && (c == '\t' || c == '\n' || c == '\r');
    if (is_unshowable(c) && !space) continue;
    if (out.size() + character.size() > kLongestShown) break;
    out += space ? " " : character;
  }
  return out;
}

std::string shown_url(const Url& url) { return url.origin() + url.path + (url.query ? "?…" : ""); }

std::string shown_url(std::string_view url) {
  return cleaned_text(url.substr(0, url.find_first_of("?#")));
}

std::string quoted_text(std::string_view text) { return "\"" + cleaned_text(text) + "\""; }

void KnownSecrets::add(std::string_view secret) {
  if (secret.size() < kShortestMasked) return;
  const auto add_one = [this](std::string text) {
    const auto longer = std::find_if(secrets_.begin(), secrets_.end(), [&](const Secret& one) {
      return one.reveal().size() < text.size();
    });
    secrets_.insert(longer, Secret(std::move(text)));
  };
  std::string encoded = form_encoded(secret);
  if (encoded != secret) add_one(std::move(encoded));
  add_one(std::string(secret));
}

std::string KnownSecrets::masked(std::string text) const {
  for (const Secret& secret : secrets_) replace_all(text, secret.reveal());
  return text;
}

}  // namespace callgate
