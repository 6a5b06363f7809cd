#include "identity_assertion.h"

#include <utility>

#include "callgate/base/ascii.h"
#include "callgate/base/base64.h"
#include "json_answer.h"

namespace callgate {

namespace {

constexpr const char* kAssertionRule =
    "MCP Enterprise-Managed Authorization, Identity Assertion JWT Authorization Grant";
constexpr size_t kLargestPart = size_t{64} << 10;

/// Parses one of the parts of a JWT (RFC 7519 section 3).
std::optional<MessagePtr> jwt_part(std::string_view part) {
  auto text = base64url_decoded(part);
  if (!text) return std::nullopt;
  auto read = read_object(*text, kLargestPart, "the assertion", kAssertionRule);
  wipe(*text);
  auto* message = std::get_if<MessagePtr>(&read);
  return message ? std::optional(*message) : std::nullopt;
}

/// True if the claim is this text, or an array that has it.
bool names(Value claim, std::string_view text) {
  if (!claim.is_array()) return claim.text_is(text);
  for (const Value one : claim)
    if (one.text_is(text)) return true;
  return false;
}

}  // namespace

std::optional<Breach> check_identity_assertion(const Secret& jwt, const AssertionUse& use) {
  const auto wrong = [](const char* why) {
    return Breach{"signin.rule", std::string("the identity provider's assertion ") + why,
                  kAssertionRule, "tell the operator of the identity provider"};
  };
  const std::string_view text = jwt.reveal();
  const size_t first = text.find('.');
  const size_t second = first == text.npos ? text.npos : text.find('.', first + 1);
  if (second == text.npos) return wrong("is no JWT");
  const auto header = jwt_part(text.substr(0, first));
  const auto claims = jwt_part(text.substr(first + 1, second - first - 1));
  if (!header || !claims) return wrong("is no JWT");
  if (!equal_ignoring_case((*header)->root().find("typ").text(), "oauth-id-jag+jwt"))
    return wrong("is of another type");
  const Value root = (*claims)->root();
  if (!names(root.find("aud"), use.issuer)) return wrong("is for another authorization server");
  if (!names(root.find("resource"), use.resource)) return wrong("is for another resource");
  if (!root.find("client_id").text_is(use.client_id)) return wrong("is for another client");
  return std::nullopt;
}

}  // namespace callgate
