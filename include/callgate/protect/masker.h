// Finds secrets in whole JSON strings (and keys) and masks them. Pure; it knows patterns, but no
// policy.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace callgate {

struct NamedSecret {
  std::string name;   ///< shown in the placeholder
  std::string value;  ///< ignored if shorter than 6 bytes
};

/// At which side a text was cut before it is masked. Part of a secret may be left there, which no
/// pattern recognises. So as many bytes are removed there as the longest configured secret has: at
/// least 4096 at the front and 256 at the end.
enum class Cut { None, Front, End };

struct Masked {
  std::string text;
  uint32_t count = 0;
};

/// Masks secrets by the built-in rules and by the given values. The rules cover prefixed tokens
/// (GitHub, GitLab, Slack, AWS, OpenAI, Anthropic, Google, npm, Hugging Face, Stripe …), JSON web
/// tokens, private-key blocks, bearer and basic authorization headers, and passwords in URLs. A
/// masker is immutable and may be used on any thread.
class SecretMasker {
 public:
  explicit SecretMasker(const std::vector<NamedSecret>& secrets);
  ~SecretMasker();
  /// `json` is one valid JSON text. Each string token is decoded and searched. If it has a secret,
  /// the token is written again with "[masked:NAME]" in place of the secret; every other byte stays
  /// the same. If only the first `keep` bytes will be kept, the text far enough after them is cut
  /// off without a search. No part of a secret that begins before the cut is left.
  Masked mask_json(std::string_view json, size_t keep) const;
  /// The same for plain text, such as a child's stderr or an error message.
  Masked mask_text(std::string_view text, Cut cut = Cut::None) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace callgate
