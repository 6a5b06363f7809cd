#include "callgate/config/secret_names.h"

#include <algorithm>
#include <set>

#include "callgate/base/ascii.h"

namespace callgate {

namespace {

bool is_name_character(char c) { return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-'; }

}  // namespace

bool is_secret_name(std::string_view name) {
  // A name that begins with '-' could be read as an option, by callgate or by the program that
  // accesses a keyring.
  return !name.empty() && name.size() <= kLongestSecretName && name[0] != '-' && name[0] != '.' &&
         std::all_of(name.begin(), name.end(), is_name_character);
}

std::string secret_name_for(std::string_view words) {
  std::string name(words.substr(0, kLongestSecretName));
  for (char& c : name)
    if (!is_name_character(c)) c = '-';
  if (name.empty() || name[0] == '-' || name[0] == '.') name.insert(0, 1, '_');
  return name.substr(0, kLongestSecretName);
}

std::string plain_word(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (is_letter_or_digit(c)) out += lower(c);
  return out;
}

bool names_a_secret(std::string_view name) {
  const std::string plain = plain_word(name);
  constexpr std::string_view kWords[] = {
      "token",     "secret",        "password",   "passwd",     "passphrase",      "apikey",
      "accesskey", "authorization", "privatekey", "credential", "connectionstring"};
  // "auth" counts only at the end, because AUTHOR is not a secret.
  return plain.ends_with("auth") ||
         std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return plain.find(word) != std::string::npos; });
}

size_t closing_brace(std::string_view text, size_t from) {
  int depth = 1;
  for (size_t at = from; at < text.size(); ++at) {
    if (text[at] == '{') ++depth;
    if (text[at] == '}' && --depth == 0) return at;
  }
  return std::string_view::npos;
}

std::vector<std::string_view> references_in(std::string_view text) {
  std::vector<std::string_view> all;
  for (size_t at = 0; at + 1 < text.size(); ++at) {
    if (text[at] != '$') continue;
    ++at;
    if (text[at] != '{') {
      if (text[at] != '$') --at;
      continue;
    }
    const size_t end = closing_brace(text, at + 1);
    if (end == std::string_view::npos) break;
    all.push_back(text.substr(at + 1, end - at - 1));
    at = end;
  }
  return all;
}

std::vector<std::pair<std::string, std::string>> ServerConfig::sign_in_values() const {
  std::vector<std::pair<std::string, std::string>> values;
  if (!remote) return values;
  const SignInConfig& sign_in = remote->sign_in;
  const auto add = [&values](const char* key, const std::string& value) {
    if (!value.empty()) values.emplace_back(key, value);
  };
  add("auth.client_secret", sign_in.client.secret);
  add("auth.private_key", sign_in.client.private_key);
  add("auth.assertion", sign_in.assertion);
  add("auth.provider.client_secret", sign_in.provider_client.secret);
  add("auth.provider.private_key", sign_in.provider_client.private_key);
  add("auth.provider.id_token", sign_in.id_token);
  return values;
}

std::vector<std::string> secrets_of(const ServerConfig& server) {
  constexpr std::string_view kMark = "secret:";
  std::set<std::string> names;
  const auto collect = [&names, kMark](const std::string& text) {
    for (const std::string_view reference : references_in(text))
      if (reference.starts_with(kMark)) names.emplace(reference.substr(kMark.size()));
  };
  for (const auto& [name, text] : server.named_values()) collect(text);
  for (const auto& [name, text] : server.sign_in_values()) collect(text);
  if (server.remote) collect(server.remote->url);
  return {names.begin(), names.end()};
}

}  // namespace callgate
