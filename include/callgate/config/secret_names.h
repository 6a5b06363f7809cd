// The names of secrets. A server's environment refers to a secret as ${secret:NAME}.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "callgate/config/config.h"

namespace callgate {

inline constexpr size_t kLongestSecretName = 64;

/// A valid name has 1 to 64 letters, digits, '_', '.' or '-', and begins with neither '.' nor '-'.
bool is_secret_name(std::string_view name);
/// Returns a valid name close to `words`: other characters become '-', and bytes after the first 64
/// are dropped.
std::string secret_name_for(std::string_view words);

/// Returns only the letters and digits, in lower case: "--api-key" becomes "apikey".
std::string plain_word(std::string_view text);
/// Returns whether a variable or header of this name usually has a secret value: TOKEN, api-key,
/// BASIC_AUTH, Authorization.
bool names_a_secret(std::string_view name);

/// Returns the position of the brace that closes a reference, or npos. `from` is the first position
/// after "${". Nested braces (in a command) are counted.
size_t closing_brace(std::string_view text, size_t from);
/// Returns, for each reference in `text`, the text between `${` and `}`, in order. Stops at a
/// reference without a closing brace. The `$` after another `$` begins no reference, because `$$`
/// is an escaped `$`.
std::vector<std::string_view> references_in(std::string_view text);
/// Returns the names of the secrets to which this server's entry refers, sorted, each once.
std::vector<std::string> secrets_of(const ServerConfig& server);

}  // namespace callgate
