#include "token_answer.h"

#include <algorithm>
#include <utility>

#include "callgate/base/ascii.h"
#include "callgate/signin/settings.h"
#include "json_answer.h"
#include "limits.h"

namespace callgate {

namespace {

constexpr const char* kTokenRule = "RFC 6749 section 5.1";

Breach token_breach(std::string message) {
  return {"signin.rule", std::move(message), kTokenRule, kServerMustCorrect};
}

/// True for a text that may stand in the field Authorization.
bool is_token_text(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

std::optional<std::chrono::seconds> life_of(Value root) {
  const auto seconds = member_count(root, "expires_in");
  // Some servers write 0 for tokens without an end. Then they are refreshed only after a refusal.
  if (!seconds || *seconds == 0) return std::nullopt;
  return std::chrono::seconds(std::min<int64_t>(*seconds, kLongestLife.count()));
}

/// Secrets are masked before the texts are cut, so that no part of one remains.
TokenRefusal refusal_of(int status, Value root, const KnownSecrets& secrets) {
  return {.status = status,
          .error = secrets.masked(member_text(root, "error")),
          .description = secrets.masked(member_text(root, "error_description"))};
}

}  // namespace

std::string TokenRefusal::text() const {
  std::string out = status == 0 ? "" : std::to_string(status);
  if (!error.empty()) out += (out.empty() ? "" : " ") + cleaned_text(error);
  if (!description.empty()) out += ": " + quoted_text(description);
  return out;
}

TokenAnswer read_token_answer(const WebAnswer& answer, std::string_view type,
                              KnownSecrets& secrets) {
  auto read = read_object(answer.body, kLargestTokenAnswer, "the answer with tokens", kTokenRule);
  if (const auto* breach = std::get_if<Breach>(&read)) {
    if (is_good(answer)) return *breach;
    return TokenRefusal{.status = answer.status, .error = "", .description = ""};
  }
  const Value root = std::get<MessagePtr>(read)->root();
  NewTokens tokens{.access = Secret(member_text(root, "access_token")),
                   .refresh = Secret(member_text(root, "refresh_token")),
                   .life = life_of(root),
                   .granted = std::nullopt};
  secrets.add(tokens.access);
  secrets.add(tokens.refresh);
  secrets.add(Secret(member_text(root, "id_token")));
  if (!is_good(answer) || !member_text(root, "error").empty())
    return refusal_of(answer.status, root, secrets);
  if (!is_token_text(tokens.access.reveal()))
    return token_breach("the answer has no usable access_token");
  const std::string found = member_text(root, "token_type");
  if (!equal_ignoring_case(found, type))
    return token_breach(found.empty() ? "the answer does not say of which token_type the token is"
                                      : "the token_type is " + quoted_text(found) + " and not " +
                                            std::string(type));
  if (Scopes scopes = read_scopes(member_text(root, "scope")); !scopes.empty())
    tokens.granted = std::move(scopes);
  return tokens;
}

TokenRefusal read_refusal(const WebAnswer& answer, const KnownSecrets& secrets) {
  TokenRefusal refusal{.status = answer.status, .error = "", .description = ""};
  auto read = read_object(answer.body, kLargestErrorBody, "the answer", "");
  if (const auto* message = std::get_if<MessagePtr>(&read))
    refusal = refusal_of(answer.status, (*message)->root(), secrets);
  return refusal;
}

Grant granted(Grant grant, NewTokens tokens, Micros now) {
  grant.access_token = std::move(tokens.access);
  // RFC 6749 section 6: without a new refresh token, the old one stays valid.
  if (!tokens.refresh.empty()) grant.refresh_token = std::move(tokens.refresh);
  grant.obtained = now;
  grant.expires = tokens.life ? std::optional<Micros>(now + *tokens.life) : std::nullopt;
  if (tokens.granted) grant.granted = *std::move(tokens.granted);
  return grant;
}

}  // namespace callgate
