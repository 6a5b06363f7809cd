// What secrets look like: the built-in rules as data.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace callgate {

// Classes of characters, combined by |.
enum CharacterClass : uint8_t {
  kUpper = 1,
  kLower = 2,
  kDigit = 4,
  kDash = 8,
  kUnderscore = 16,
  kDot = 32,
  kPlusSlash = 64,
  kEquals = 128,
};
constexpr uint8_t kAlnum = kUpper | kLower | kDigit;
constexpr uint8_t kBase64Url = kAlnum | kDash | kUnderscore;
constexpr uint8_t kBase64 = kAlnum | kPlusSlash;

/// The classes of one byte.
uint8_t character_class(char c);

/// How a pattern goes on behind its keyword.
enum class SecretShape : uint8_t {
  Value,       // the keyword is all of it: a configured secret
  Token,       // a run of characters
  Jwt,         // base64url parts with dots between
  PrivateKey,  // the words in a PEM block's first and last line
  Bearer,      // spaces and a token; the word stays
  Basic,       // spaces and base64 of name:password; the word stays
  Url,         // name:password@ behind "://"; only the password goes
};

struct Pattern {
  std::string_view name;     ///< for the placeholder
  std::string_view keyword;  ///< where a match begins (PrivateKey: stands within); lower case if
                             ///< either case counts
  SecretShape shape = SecretShape::Token;
  uint8_t characters = 0;  ///< Token: what the run is made of
  uint16_t least = 0;      ///< Token: its shortest length
  uint16_t most = 0;       ///< Token: its longest, a longer run is something else; 0: no bound
  bool boundary =
      false;  ///< a letter or digit in front means that it's something else: for short keywords
  bool any_case = false;
};

/// Sources: the issuers' own documentation of their token formats. A later one that contains an
/// earlier one is fine: overlapping hits become one.
const std::vector<Pattern>& built_in_patterns();

}  // namespace callgate
