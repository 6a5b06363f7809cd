// Makes texts that may be shown and logged.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/secret.h"
#include "callgate/base/url.h"

namespace callgate {

/// Returns the URL without its query, which may hold a key of the user.
std::string shown_url(const Url& url);
/// Like the other function, for a text that may be no URL.
std::string shown_url(std::string_view url);
/// Returns the server's text in quotes, after cleaned_text().
std::string quoted_text(std::string_view text);

/// The secrets of one sign-in. A server may repeat them in its error messages.
class KnownSecrets {
 public:
  void add(std::string_view secret);
  void add(const Secret& secret) { add(secret.reveal()); }
  /// Returns the text with `[hidden]` in place of each secret, as it is and as forms encode it.
  /// Secrets of fewer than four bytes are not replaced, because they would be found everywhere.
  std::string masked(std::string text) const;

 private:
  std::vector<Secret> secrets_;  // the longest first
};

}  // namespace callgate
