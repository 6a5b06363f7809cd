// Whatever a server sends, reading it ends, what is read keeps the rules, and what is written can
// be read again.
#include <string>

#include "callgate/base/url.h"
#include "callgate/signin/challenge.h"
#include "callgate/signin/grant.h"
#include "fuzz.h"
#include "signin/messages/identity_assertion.h"
#include "signin/messages/metadata.h"
#include "signin/messages/token_answer.h"
#include "signin/messages/urls.h"

using namespace callgate;

namespace {

void check_challenges(std::string_view text) {
  std::string again;
  const auto challenges = parse_challenges(text);
  ENSURE(challenges.size() <= kMostChallenges);
  for (const Challenge& one : challenges) {
    again += again.empty() ? "" : ", ";
    again += one.scheme + (one.token68.empty() ? "" : " " + one.token68);
    const char* between = " ";
    for (const auto& [name, value] : one.parameters) {
      again += between + name + "=\"";
      for (const char c : value)
        again += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
      again += '"';
      between = ", ";
    }
  }
  // Quoting may make the field longer than its limit.
  ENSURE(again.size() > kLargestChallenges || parse_challenges(again) == challenges);
  const SignInDemand demand =
      read_demand({.status = 401, .fields = {{"WWW-Authenticate", std::string(text)}}, .body = ""});
  ENSURE(read_scopes(scope_text(demand.scopes)) == demand.scopes);
}

void check_url(std::string_view text) {
  const auto url = parse_url(text);
  if (url) {
    ENSURE(parse_url(url->text()) && *parse_url(url->text()) == *url);
    ENSURE(url->text().size() <= text.size());
    ENSURE(covers(*url, *url));
    for (const std::string& one : resource_metadata_urls(*url))
      ENSURE(one.starts_with(url->origin()));
    for (const std::string& one : server_metadata_urls(*url))
      ENSURE(one.starts_with(url->origin()));
  }
  const FormFields form = read_form(text);
  ENSURE(read_form(form_text(form)) == form);
}

void check_documents(const std::string& body) {
  const Url mcp = *parse_url("https://mcp.example/mcp");
  const auto resource = read_resource_metadata(body, mcp);
  if (const auto* found = std::get_if<ResourceMetadata>(&resource)) {
    ENSURE(covers(*parse_url(found->resource), mcp) && !found->issuers.empty());
  }
  const ExpectedIssuer issuer{.named = "https://as.example", .pinned = ""};
  auto server = read_server_metadata(body, issuer, "x");
  if (const auto* found = std::get_if<ServerMetadata>(&server)) {
    ENSURE(found->issuer == "https://as.example");
    if (!check_server(*found, {}, mcp, false)) {
      ENSURE(parse_url(found->authorization_endpoint)->https);
      ENSURE(parse_url(found->token_endpoint)->https);
    }
  }
}

void check_stored(const std::string& body) {
  if (const auto grant = read_grant(body)) {
    const std::string written = grant_json(*grant);
    ENSURE(grant_json(*read_grant(written)) == written);
  }
  if (const auto registration = read_registration(body)) {
    const std::string written = registration_json(*registration);
    ENSURE(registration_json(*read_registration(written)) == written);
  }
  KnownSecrets secrets;
  const auto tokens =
      read_token_answer({.status = 200, .fields = {}, .body = body}, "Bearer", secrets);
  if (const auto* found = std::get_if<NewTokens>(&tokens))
    ENSURE(found->access.reveal().find_first_of(" \r\n") == std::string_view::npos);
  check_identity_assertion(Secret(body), {});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Choices choices(data, size);
  const uint8_t what = choices.byte();
  const std::string text(choices.rest());
  const std::string clean = cleaned_text(text);
  ENSURE(clean.size() <= 300 && cleaned_text(clean) == clean);
  switch (what % 4) {
    case 0:
      check_challenges(text);
      break;
    case 1:
      check_url(text);
      break;
    case 2:
      check_documents(text);
      break;
    default:
      check_stored(text);
  }
  return 0;
}
