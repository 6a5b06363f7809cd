// The built-in rules for what secrets look like, as data.
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

/// What follows a pattern's keyword.
enum class SecretShape : uint8_t {
  Value,       // nothing: the keyword is a whole configured secret
  Token,       // a run of characters
  Jwt,         // base64url parts separated by dots
  PrivateKey,  // the keyword is part of a PEM block's first and last line
  Bearer,      // spaces and a token; the keyword stays
  Basic,       // spaces and base64 of name:password; the keyword stays
  Url,         // name:password@ after "://"; only the password is masked
};

struct Pattern {
  std::string_view name;  ///< shown in the placeholder
  /// A match begins with this text. Only for the shape PrivateKey, the text is inside the match.
  /// The keyword is in lower case if `any_case` is true.
  std::string_view keyword;
  SecretShape shape = SecretShape::Token;
  uint8_t characters = 0;  ///< only for Token: the characters of the run
  uint16_t least = 0;      ///< only for Token: the run's shortest length
  /// Only for the shape Token: the run's longest length; 0 means no limit. A longer run is no
  /// match.
  uint16_t most = 0;
  /// True for short keywords. Then a keyword directly after a letter or digit is no match.
  bool boundary = false;
  bool any_case = false;
};

/// The patterns follow the issuers' documentation of their token formats. A match of a later
/// pattern may contain a match of an earlier one, because the scanner joins overlapping matches.
const std::vector<Pattern>& built_in_patterns();

}  // namespace callgate
