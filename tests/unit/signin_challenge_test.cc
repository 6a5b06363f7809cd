// What WWW-Authenticate says, and what an answer demands.
#include <doctest/doctest.h>

#include <string>

#include "callgate/signin/challenge.h"

using namespace callgate;
using Kind = SignInDemand::Kind;

namespace {

/// Writes challenges as `scheme token68 {name=value|…}`, separated by `;`.
std::string shown_challenges(std::string_view field) {
  std::string out;
  for (const Challenge& one : parse_challenges(field)) {
    out += (out.empty() ? "" : "; ") + one.scheme;
    if (!one.token68.empty()) out += " " + one.token68;
    std::string parameters;
    for (const auto& [name, value] : one.parameters)
      parameters += (parameters.empty() ? "" : "|") + name + "=" + value;
    if (!parameters.empty()) out += " {" + parameters + "}";
  }
  return out;
}

SignInDemand demand_of(int status, const std::string& challenge, const std::string& body = "") {
  WebAnswer answer{.status = status, .fields = {}, .body = body};
  if (!challenge.empty()) answer.fields.emplace_back("WWW-authenticate", challenge);
  return read_demand(answer);
}

}  // namespace

TEST_CASE("challenges are read with their parameters") {
  CHECK(shown_challenges("") == "");
  CHECK(shown_challenges("Bearer") == "bearer");
  CHECK(shown_challenges("BEARER realm=\"a, b\", Error=invalid_token") ==
        "bearer {realm=a, b|error=invalid_token}");
  CHECK(
      shown_challenges("DPoP algs=\"ES256 RS256\", Bearer resource_metadata=\"https://h/x?a=b\"") ==
      "dpop {algs=ES256 RS256}; bearer {resource_metadata=https://h/x?a=b}");
  CHECK(shown_challenges("Negotiate YWJj==, Basic realm=\"x\\\"y\\\\\"") ==
        "negotiate YWJj==; basic {realm=x\"y\\}");
  CHECK(shown_challenges(", ,Digest , Bearer a = b\t,, c=\"\"") == "digest; bearer {a=b|c=}");
  CHECK(shown_challenges("Bearer a=, Basic") == "bearer a=; basic");
}

TEST_CASE("common mistakes in challenges are understood") {
  CHECK(shown_challenges("Bearer error=\"x\" scope=\"a b\"") == "bearer {error=x|scope=a b}");
  CHECK(shown_challenges("Bearer resource_metadata=https://h/.well-known/x, scope=a") ==
        "bearer {resource_metadata=https://h/.well-known/x|scope=a}");
}

TEST_CASE("a challenge with any other mistake is left out, and so is what follows") {
  CHECK(shown_challenges("a=b, Bearer c=d") == "");
  CHECK(shown_challenges("Basic realm=x, Bearer a=\"b") == "basic {realm=x}");
  CHECK(shown_challenges("Basic realm=x, Bearer a=\"b\\") == "basic {realm=x}");
  CHECK(shown_challenges("Basic realm=x, Bearer a=b, A=c, Digest") == "basic {realm=x}");
  CHECK(shown_challenges("Bearer a=\"b\nc\"") == "");
  CHECK(shown_challenges("Bearer \"x\"") == "");
  CHECK(shown_challenges("Basic, Negotiate YWJj==, a=b") == "basic");
}

TEST_CASE("the field, its challenges and their parameters have limits") {
  std::string parameters = "Bearer p0=x";
  for (size_t i = 1; i < kMostChallengeParameters; ++i)
    parameters += ",p" + std::to_string(i) + "=x";
  CHECK(parse_challenges(parameters).size() == 1);
  CHECK(parse_challenges(parameters + ",more=x").empty());
  std::string many = "A";
  for (size_t i = 1; i < kMostChallenges; ++i) many += ", A";
  CHECK(parse_challenges(many).size() == kMostChallenges);
  CHECK(parse_challenges(many + ", A").size() == kMostChallenges - 1);
  const std::string longest = "Bearer a=" + std::string(kLargestChallenges - 9, 'x');
  CHECK(parse_challenges(longest).size() == 1);
  CHECK(parse_challenges(longest + "x").empty());
}

TEST_CASE("401 demands a sign-in, also without a challenge") {
  CHECK(demand_of(401, "").kind == Kind::SignIn);
  CHECK(demand_of(401, "Basic realm=x").kind == Kind::OtherScheme);
  const SignInDemand demand =
      demand_of(401,
                "DPoP algs=ES256, Bearer resource_metadata=\"https://h/m\", scope=\"a b  a\", "
                "error=\"invalid_token\", error_description=\"old\"");
  CHECK(demand.kind == Kind::SignIn);
  CHECK(demand.resource_metadata == "https://h/m");
  CHECK(demand.scopes == Scopes{"a", "b"});
  CHECK(demand.error == "invalid_token");
  CHECK(demand.error_description == "old");
}

TEST_CASE("several lines of challenges are read, and the one with metadata counts") {
  const WebAnswer answer{.status = 401,
                         .fields = {{"WWW-Authenticate", "Bearer realm=x"},
                                    {"www-authenticate", "Basic, bearer resource_metadata=\"m\""},
                                    {"WWW-Authenticate", "Bearer resource_metadata=\"other\""}},
                         .body = ""};
  CHECK(read_demand(answer).resource_metadata == "m");
}

TEST_CASE("403 demands more scopes only if it says so") {
  CHECK(demand_of(403, "Bearer error=insufficient_scope, scope=w").kind == Kind::MoreScopes);
  CHECK(demand_of(403, "Bearer error=\"insufficient_scope\"").scopes.empty());
  for (const char* other : {"", "Bearer", "Bearer error=invalid_token", "Basic realm=x"})
    CHECK(demand_of(403, other).kind == Kind::Denied);
}

TEST_CASE("400 counts as 401 if it is about the token") {
  CHECK(demand_of(400, "", R"({"error":"invalid_token"})").kind == Kind::SignIn);
  CHECK(demand_of(400, "Bearer").kind == Kind::SignIn);
  for (const char* other : {"", "invalid_token", R"({"error":"invalid_request"})",
                            R"(["invalid_token"])", R"({"error":{"code":-32600}})"})
    CHECK(demand_of(400, "", other).kind == Kind::None);
  CHECK(demand_of(200, "Bearer").kind == Kind::None);
  CHECK(demand_of(404, "Bearer").kind == Kind::None);
}

TEST_CASE("scopes are split, and those that no server may define are left out") {
  CHECK(read_scopes(" a  b:c a ") == Scopes{"a", "b:c"});
  CHECK(read_scopes("a\"b c\\d e\tf g\xc3\xa9 h") == Scopes{"h"});
  CHECK(all_scopes({"a", "b"}, {"c", "a"}) == Scopes{"a", "b", "c"});
  CHECK(scope_text({"a", "b"}) == "a b");
}

TEST_CASE("the number of scopes and their size are limited") {
  std::string text;
  for (int i = 0; i < 100; ++i) text += std::to_string(i) + " ";
  CHECK(read_scopes(text).size() == 100);
  CHECK(read_scopes(text + "more").size() == 100);
  const std::string largest(size_t{4} << 10, 'x');
  CHECK(read_scopes(largest) == Scopes{largest});
  CHECK(read_scopes(largest + " y") == Scopes{largest});
  CHECK(read_scopes(largest + "x").empty());
  CHECK(read_scopes("a " + largest) == Scopes{"a"});
}

TEST_CASE("a server's text is cleaned before it is shown") {
  CHECK(cleaned_text("a\x1b[31mb\r\nc\x7f\xc2\x9b"
                     "d\xe2\x80\xae"
                     "e\xff") == "a[31mb  cde\xef\xbf\xbd");
  CHECK(cleaned_text(std::string(300, 'x')).size() == 300);
  CHECK(cleaned_text(std::string(301, 'x')).size() == 300);
  CHECK(cleaned_text(std::string(299, 'x') + "\xc3\xa9").size() == 299);
}
