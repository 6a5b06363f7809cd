// Finds secrets in the strings and keys of JSON texts, and in plain texts, and masks them. A masker
// keeps nothing except its patterns and values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callgate {

struct NamedSecret {
  std::string name;   ///< shown in the placeholder
  std::string value;  ///< ignored if shorter than 6 bytes
};

/// The end at which a text was cut before it is masked. Part of a secret may be left at the cut,
/// and no pattern may recognise this part. So the masker removes bytes at that end: as many as the
/// longest configured secret has, and at least 4096 at the front or 256 at the end.
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
  /// Masks `json`, which is one valid JSON text. Each string token is decoded and searched. If a
  /// token has a secret, the token is written again with "[masked:NAME]" in place of the secret;
  /// every other byte stays the same. The caller will keep only the first `keep` bytes, so the text
  /// far after them is cut off without a search. If a secret begins before the cut, no part of this
  /// secret is left.
  Masked mask_json(std::string_view json, size_t keep) const;
  /// Like mask_json(), but returns nullopt instead of an equal text, because a large text should
  /// not be copied.
  std::optional<Masked> changed_json(std::string_view json, size_t keep) const;
  /// Like mask_json(), but for plain text, such as a child's stderr or an error message.
  Masked mask_text(std::string_view text, Cut cut = Cut::None) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace callgate
