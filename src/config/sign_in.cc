// Reads the `auth` and `accounts` objects of a remote server.
#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "callgate/base/ascii.h"
#include "callgate/base/url.h"
#include "callgate/config/secret_names.h"
#include "reader.h"

namespace callgate {

namespace {

using Way = SignInConfig::Way;

constexpr size_t kMostScopes = 100;
constexpr size_t kMostParameters = 32;
constexpr size_t kMostAccounts = 32;
constexpr size_t kMostAccountFolders = 32;
constexpr size_t kLongestValue = 4096;
constexpr size_t kLongestKeyText = size_t{16} << 10;

/// Reads a text that may contain references, or a key in PEM format, which has line ends.
void read_value(Reader& reader, const Place& at, size_t most, std::string& to) {
  const auto text = reader.text(at);
  if (!text) return;
  const bool one_line = most == kLongestValue;
  if (text->empty() || text->size() > most || (one_line && has_control(*text)))
    return reader.fail(at, "config.value",
                       fmt::format("must have 1 to {} bytes{}", most,
                                   one_line ? " and no control characters" : ""),
                       "correct the value, or remove the key");
  to = *text;
}

void read_https(Reader& reader, const Place& at, std::string& to) {
  const auto text = reader.text(at);
  if (!text) return;
  const auto url = parse_url(*text);
  if (!url)
    return reader.fail(at, "config.value", "the URL " + url.error().message,
                       "write it like \"https://auth.example.com\"");
  if (!url->https && !url->is_loopback())
    return reader.fail(at, "config.value",
                       "the URL begins with http:, so others on the network can read the sign-in",
                       "write https:");
  to = *text;
}

/// The browser returns to a port of this machine, so the host must be one that cannot lead
/// elsewhere (RFC 8252 section 7.3).
void read_redirect(Reader& reader, const Place& at, std::string& to) {
  const auto text = reader.text(at);
  if (!text) return;
  const auto url = parse_url(*text);
  const bool fits = url && !url->https && !url->query &&
                    (url->host == "127.0.0.1" || url->host == "localhost" || url->host == "[::1]");
  if (!fits)
    return reader.fail(at, "config.value", "the browser must return to this machine by http:",
                       "write it like \"http://127.0.0.1:3118/callback\"");
  to = *text;
}

void read_scope(Reader& reader, const Place& at, std::vector<std::string>& scopes) {
  const auto scope = reader.text(at);
  if (!scope) return;
  const bool fits = !scope->empty() && scope->size() <= 256 &&
                    std::all_of(scope->begin(), scope->end(), [](char c) {
                      return c > ' ' && c <= '~' && c != '"' && c != '\\';
                    });
  if (fits && scopes.size() < kMostScopes) return scopes.push_back(*scope);
  reader.fail(at, "config.value",
              fits ? "there are more than 100 scopes"
                   : "a scope must have 1 to 256 visible ASCII characters without \" and \\",
              "write each scope as one element of the list");
}

void read_parameters(Reader& reader, const Place& at, SignInConfig& sign_in) {
  for (const Place& each : reader.members(at)) {
    std::string value;
    read_value(reader, each, kLongestValue, value);
    // The sign-in itself sets these parameters (RFC 6749, RFC 7636, RFC 8707).
    constexpr std::string_view kOwn[] = {
        "response_type",  "client_id", "redirect_uri",          "scope",   "state",
        "code_challenge", "resource",  "code_challenge_method", "request", "request_uri"};
    if (std::find(std::begin(kOwn), std::end(kOwn), each.value.key()) != std::end(kOwn))
      reader.fail(each, "config.value", "callgate sets this parameter itself",
                  "remove the parameter");
    else if (!value.empty())
      sign_in.parameters.emplace_back(each.value.key(), std::move(value));
  }
  if (sign_in.parameters.size() > kMostParameters)
    reader.fail(at, "config.value", "there are more than 32 parameters", "remove some of them");
}

void read_auth_method(Reader& reader, const Place& at, std::string& to) {
  const Choices<std::string> words = {{"none", "none"},
                                      {"client_secret_basic", "client_secret_basic"},
                                      {"client_secret_post", "client_secret_post"},
                                      {"private_key_jwt", "private_key_jwt"}};
  if (const auto word = reader.choice(at, words)) to = *word;
}

/// Returns the members that describe a client. The members of the provider's client have the same
/// names in an object of their own.
std::vector<Member> oauth_client_members(Reader& reader, SignInConfig::Client& client) {
  return {
      {"client_id", [&](const Place& p) { read_value(reader, p, kLongestValue, client.id); }},
      {"client_secret",
       [&](const Place& p) { read_value(reader, p, kLongestValue, client.secret); }},
      {"client_auth", [&](const Place& p) { read_auth_method(reader, p, client.auth); }},
      {"private_key",
       [&](const Place& p) { read_value(reader, p, kLongestKeyText, client.private_key); }},
      {"key_id", [&](const Place& p) { read_value(reader, p, kLongestValue, client.key_id); }},
      {"audience", [&](const Place& p) { read_value(reader, p, kLongestValue, client.audience); }},
  };
}

void read_provider(Reader& reader, const Place& at, SignInConfig& sign_in) {
  std::vector<Member> known = oauth_client_members(reader, sign_in.provider_client);
  known.push_back({"token_endpoint", [&](const Place& p) {
                     read_https(reader, p, sign_in.provider_token_endpoint);
                   }});
  known.push_back({"id_token", [&](const Place& p) {
                     read_value(reader, p, kLongestKeyText, sign_in.id_token);
                   }});
  reader.object(at, known);
}

std::vector<Member> way_members(Reader& reader, SignInConfig& sign_in) {
  return {
      {"way",
       [&](const Place& p) {
         const Choices<Way> ways = {{"browser", Way::Browser},
                                    {"device", Way::DeviceCode},
                                    {"client_credentials", Way::ClientCredentials},
                                    {"workload", Way::WorkloadJwt},
                                    {"enterprise", Way::Enterprise},
                                    {"never", Way::Never}};
         sign_in.way = reader.choice(p, ways).value_or(Way::Browser);
       }},
      {"assertion",
       [&](const Place& p) { read_value(reader, p, kLongestKeyText, sign_in.assertion); }},
      {"provider", [&](const Place& p) { read_provider(reader, p, sign_in); }},
  };
}

std::vector<Member> request_members(Reader& reader, SignInConfig& sign_in) {
  return {
      {"scopes",
       [&](const Place& p) {
         for (const Place& each : reader.elements(p)) read_scope(reader, each, sign_in.scopes);
       }},
      {"client_issuer", [&](const Place& p) { read_https(reader, p, sign_in.client_issuer); }},
      {"client_document", [&](const Place& p) { read_https(reader, p, sign_in.client_document); }},
      {"redirect_uri", [&](const Place& p) { read_redirect(reader, p, sign_in.redirect_uri); }},
      {"parameters", [&](const Place& p) { read_parameters(reader, p, sign_in); }},
  };
}

/// Returns the members that weaken a check.
std::vector<Member> override_members(Reader& reader, SignInConfig& sign_in) {
  return {
      {"issuer", [&](const Place& p) { read_https(reader, p, sign_in.issuer); }},
      {"pkce",
       [&](const Place& p) {
         sign_in.assume_pkce =
             reader.choice(p, Choices<bool>{{"check", false}, {"assume", true}}).value_or(false);
       }},
      {"resource",
       [&](const Place& p) {
         sign_in.omit_resource =
             reader.choice(p, Choices<bool>{{"send", false}, {"none", true}}).value_or(false);
       }},
  };
}

void check_way(Reader& reader, const Place& at, const SignInConfig& sign_in) {
  const auto need = [&](const char* way, const char* what) {
    reader.fail(at, "config.value", fmt::format("\"way\": \"{}\" needs {}", way, what),
                fmt::format("add {}", what));
  };
  if (sign_in.way == Way::ClientCredentials && sign_in.client.id.empty())
    need("client_credentials", "\"client_id\", and \"client_secret\" or \"private_key\"");
  if (sign_in.way == Way::WorkloadJwt && sign_in.assertion.empty())
    need("workload", "\"assertion\"");
  if (sign_in.way == Way::Enterprise &&
      (sign_in.provider_token_endpoint.empty() || sign_in.id_token.empty()))
    need("enterprise", "\"provider\" with \"token_endpoint\" and \"id_token\"");
}

AccountConfig read_account(Reader& reader, const Place& at) {
  AccountConfig account{.name = at.value.key(), .under = {}};
  if (!reader.describing() && !is_secret_name(account.name))
    reader.fail(at, "config.value", "\"" + shown(account.name) + "\" is not a name for an account",
                "use 1 to 64 letters, digits, '_', '.' or '-'");
  reader.object(at, {{"under", [&](const Place& p) {
                        for (const Place& each : reader.elements(p))
                          if (auto folder = reader.folder(each))
                            account.under.push_back(std::move(*folder));
                      }}});
  if (account.under.size() > kMostAccountFolders)
    reader.fail(at, "config.value", "there are more than 32 folders", "name folders above them");
  return account;
}

/// Returns whether `folder` is `above` or a folder in it.
bool is_within(std::string_view folder, std::string_view above) {
  while (above.size() > 1 && above.ends_with('/')) above.remove_suffix(1);
  if (above == "/") return true;
  return folder.starts_with(above) &&
         (folder.size() == above.size() || folder[above.size()] == '/');
}

}  // namespace

std::string account_for(const ServerConfig& server, const ChosenAccounts& chosen,
                        std::string_view folder) {
  if (!server.remote) return "";
  if (const auto choice = chosen.find(server.name); choice != chosen.end()) return choice->second;
  const AccountConfig* general = nullptr;
  for (const AccountConfig& account : server.remote->accounts) {
    if (account.under.empty() && general == nullptr) general = &account;
    for (const std::string& above : account.under)
      if (is_within(folder, above)) return account.name;
  }
  return general ? general->name : "";
}

SignInConfig read_sign_in(Reader& reader, const Place& at) {
  SignInConfig sign_in;
  std::vector<Member> known = oauth_client_members(reader, sign_in.client);
  for (auto&& more : {way_members(reader, sign_in), request_members(reader, sign_in),
                      override_members(reader, sign_in)})
    known.insert(known.end(), more.begin(), more.end());
  reader.object(at, known);
  if (!reader.describing()) check_way(reader, at, sign_in);
  return sign_in;
}

std::vector<AccountConfig> read_accounts(Reader& reader, const Place& at) {
  std::vector<AccountConfig> accounts;
  reader.constrain(at, fmt::format(R"("maxProperties":{},"propertyNames":{{"pattern":)"
                                   R"("^[A-Za-z0-9_][A-Za-z0-9._-]{{0,63}}$"}})",
                                   kMostAccounts));
  for (const Place& each : reader.members(at)) accounts.push_back(read_account(reader, each));
  if (accounts.size() > kMostAccounts)
    reader.fail(at, "config.value", "there are more than 32 accounts", "remove some of them");
  return accounts;
}

}  // namespace callgate
