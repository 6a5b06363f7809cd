// The names of secrets, which a server's environment refers to as ${secret:NAME}.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "callgate/config/config.h"

namespace callgate {

inline constexpr size_t kLongestSecretName = 64;

/// 1 to 64 letters, digits, '_', '.' or '-'; the first is none of the last two.
bool is_secret_name(std::string_view name);
/// The nearest name: what can't be part of one becomes '-', what is too long is cut.
std::string secret_name_for(std::string_view words);

/// Letters and digits only, lower case: "--api-key" is "apikey".
std::string plain_word(std::string_view text);
/// A name that tells that its value is secret: TOKEN, api-key, BASIC_AUTH, Authorization.
bool names_a_secret(std::string_view name);

/// Where a reference ends that begins behind `from` ("${" stands before it): at its closing brace;
/// braces inside it (of a command) are counted. npos: nowhere.
size_t closing_brace(std::string_view text, size_t from);
/// All references of a text, in order, as between `${` and `}`; up to one without its closing
/// brace.
std::vector<std::string_view> references_in(std::string_view text);
/// Names that this server's environment refers to, sorted, each once.
std::vector<std::string> secrets_of(const ServerConfig& server);

}  // namespace callgate
