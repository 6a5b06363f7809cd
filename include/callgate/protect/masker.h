// Finds secrets in whole JSON strings (and keys) and masks them. Pure; knows patterns, not policy.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace callgate {

struct NamedSecret {
  std::string name;   ///< shown in the placeholder
  std::string value;  ///< at least 6 bytes, else ignored
};

/// Where a text was cut before it is masked. A part of a secret may be left there, which nothing
/// recognizes, so as many bytes are removed as the longest configured secret has: at least 4096 at
/// the front, 256 at the end.
enum class Cut { None, Front, End };

struct Masked {
  std::string text;
  uint32_t count = 0;
};

/// Immutable; any thread. Built-in rules: prefixed tokens (GitHub, GitLab, Slack, AWS, OpenAI,
/// Anthropic, Google, npm, Hugging Face, Stripe …), JSON web tokens, private-key blocks, bearer and
/// basic authorization headers, passwords in URLs; and the given values.
class SecretMasker {
 public:
  explicit SecretMasker(const std::vector<NamedSecret>& secrets);
  ~SecretMasker();
  /// `json` is one valid JSON text. Each string token is decoded, searched and, where something is
  /// found, written again with
  /// "[masked:NAME]" in its place; every other byte stays. When only the first `keep` bytes will be
  /// kept, what lies far enough behind them is cut off unsearched: no part of a secret that begins
  /// before the cut is left.
  Masked mask_json(std::string_view json, size_t keep) const;
  /// The same for plain text (a child's stderr, an error message).
  Masked mask_text(std::string_view text, Cut cut = Cut::None) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace callgate
