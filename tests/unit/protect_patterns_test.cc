// Which texts are recognised as secrets, and which are not.
#include <utility>
#include <vector>

#include "protect_test.h"

using namespace callgate;

namespace {

const std::string kLowerHex = "0123456789abcdef", kCapitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

std::string pem(const std::string& label, size_t lines) {
  std::string text = "-----BEGIN " + label + "-----\n";
  for (size_t i = 0; i < lines; ++i) text += noise(64) + "\n";
  return text + "-----END " + label + "-----";
}

}  // namespace

TEST_CASE("tokens of known issuers are masked wherever they occur") {
  const std::vector<std::pair<std::string, std::string>> tokens = {
      {"github-token", "ghp_" + noise(36)},
      {"github-token", "ghs_" + noise(36)},
      {"github-token",
       "github_"
       "pat_" +
           noise(22) + "_" + noise(59)},
      {"gitlab-token", "glpat-" + noise(20)},
      {"slack-token", "xoxb-" + noise(12, "0123456789") + "-" + noise(24)},
      {"slack-token", "xapp-1-" + noise(30)},
      {"slack-webhook", "hooks.slack.com/services/T" + noise(10, kCapitals) + "/B" +
                            noise(10, kCapitals) + "/" + noise(24)},
      {"aws-access-key", "AKIA" + noise(16, kCapitals)},
      {"aws-access-key", "ASIA" + std::string(16, 'Q')},
      {"anthropic-key",
       "sk-"
       "ant-api03-" +
           noise(93) + "AA"},
      {"openai-key",
       "sk-"
       "proj-" +
           noise(48)},
      {"api-key", "sk-" + noise(48)},
      {"openrouter-key",
       "sk-"
       "or-v1-" +
           noise(64, kLowerHex)},
      {"google-key", "AIza" + noise(35)},
      {"google-token", "ya29." + noise(60)},
      {"npm-token", "npm_" + noise(36)},
      {"huggingface-token", "hf_" + noise(34)},
      {"stripe-key",
       "sk_"
       "live_" +
           noise(24)},
      {"stripe-key",
       "rk_"
       "test_" +
           noise(24)},
      {"sendgrid-key", "SG." + noise(22) + "." + noise(43)},
      {"digitalocean-token", "dop_v1_" + noise(64, kLowerHex)},
      {"pypi-token", "pypi-AgE" + noise(80)},
      {"docker-token",
       "dckr_"
       "pat_" +
           noise(27)},
      {"vault-token", "hvs." + noise(90)},
      {"age-key",
       "AGE-SECRET-"
       "KEY-1" +
           noise(58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L")},
      {"json-web-token", "eyJ" + noise(30) + ".eyJ" + noise(80) + "." + noise(43)},
      {"json-web-token", "eyJ" + noise(30) + ".eyJ" + noise(80) + "."},
      {"json-web-token",
       "eyJ" + noise(30) + "." + noise(20) + "." + noise(16) + "." + noise(40) + "." + noise(22)},
      {"private-key", pem("RSA PRIVATE KEY", 12)},
      {"private-key", pem("OPENSSH PRIVATE KEY", 5)},
      {"private-key", pem("PGP PRIVATE KEY BLOCK", 30)},
  };
  for (const auto& issued : tokens) {
    const std::string &name = issued.first, &token = issued.second;
    CAPTURE(name);
    CAPTURE(token);
    const std::string mask = "[masked:" + name + "]";
    CHECK(masked(token) == mask);
    CHECK(masked("x=" + token + " y") == "x=" + mask + " y");
    CHECK(masked("\\n" + token + "\"") == "\\n" + mask + "\"");
    CHECK(masked("%3D" + token + "&b") == "%3D" + mask + "&b");
    CHECK(masked(token + "\n" + token) == mask + "\n" + mask);
    const Masked json = json_masked("{\"k\": " + quote("a " + token) + ", \"n\": 1}");
    CHECK(json.count == 1);
    CHECK(json.text == "{\"k\": \"a " + mask + "\", \"n\": 1}");
  }
}

TEST_CASE("a secret is masked at even and odd offsets, also at the end of the text") {
  const std::vector<std::pair<std::string, std::string>> tokens = {
      {"api-key", "sk-" + noise(48)},
      {"huggingface-token", "hf_" + noise(34)},
      {"sendgrid-key", "SG." + noise(22) + "." + noise(43)},
      {"replicate-token", "r8_" + noise(37)},
      {"github-token", "ghp_" + noise(36)},
      {"aws-access-key", "AKIA" + noise(16, kCapitals)},
  };
  for (size_t before = 0; before < 4; ++before) {
    const std::string blanks(before, ' ');
    for (const auto& issued : tokens)
      CHECK(masked(blanks + issued.second) == blanks + "[masked:" + issued.first + "]");
    for (size_t length = 6; length < 24; ++length) {
      const std::string value = noise(length);
      const std::string text = "\"" + blanks + value + "\"";
      CHECK(json_masked(text, {{"KEY", value}}).text == "\"" + blanks + "[masked:KEY]\"");
    }
  }
}

TEST_CASE("a text that is one character shorter than a token's format is not masked") {
  CHECK(masked("ghp_" + noise(36)) != "ghp_" + noise(36));
  for (const std::string& text :
       {"ghp_" + noise(35), "npm_" + noise(35), "AKIA" + noise(15, kCapitals),
        "AKIA" + noise(17, kCapitals), "AIza" + noise(34), "AIza" + noise(36), "glpat-" + noise(19),
        "sk-" + noise(31)})
    CHECK(masked(text) == text);
}

TEST_CASE("the token of an authorization header is masked, and its scheme stays") {
  CHECK(masked("Authorization: Bearer " + noise(40)) ==
        "Authorization: Bearer [masked:bearer-token]");
  CHECK(masked("bearer\t" + noise(16)) == "bearer\t[masked:bearer-token]");
  CHECK(masked("BEARER " + noise(15)) == "BEARER " + noise(15));
  CHECK(masked("authorization: basic dXNlcjpwYXNzd29yZA==") ==
        "authorization: basic [masked:basic-credentials]==");
  CHECK(masked("Basic YTpi") == "Basic YTpi");  // too short to be distinguished from a word
  CHECK(masked("basic authentication and Bearer authentication") ==
        "basic authentication and Bearer authentication");
}

TEST_CASE("only the password of a URL is masked") {
  CHECK(masked("postgres://app:s3cr3t@db:5432/x?a=b") ==
        "postgres://app:[masked:url-password]@db:5432/x?a=b");
  CHECK(masked("https://u:p@ss@host/") == "https://u:[masked:url-password]@host/");
  CHECK(masked("redis://:hunter2@h") == "redis://:[masked:url-password]@h");
  for (const char* text :
       {"https://example.org:8080/a@b", "https://user@host/", "http://a:@b", "https://host/x:y@z",
        "postgresql://user:password@localhost/db", "mysql://u:${PASS}@h", "mysql://u:$PASS@h",
        "x://u:****@h", "a://b c:d@e", "see https://a.b: or mail c@d.e"})
    CHECK(masked(text) == text);
}

TEST_CASE("a private key is masked whole, also if it is cut") {
  const std::string whole = pem("EC PRIVATE KEY", 4);
  CHECK(masked("a\n" + whole + "\nb") == "a\n[masked:private-key]\nb");
  for (size_t size = whole.find('\n') + 1; size < whole.size(); size += 7) {
    CAPTURE(size);
    CHECK(masked("a " + whole.substr(0, size)).rfind("a [masked:private-key]", 0) == 0);
    CHECK(masked(whole.substr(0, size)).find(noise(64).substr(0, 12)) == std::string::npos);
  }
  for (size_t from = 40; from < 200; from += 9) {
    const std::string hidden = masked(whole.substr(from));
    CAPTURE(hidden);
    CHECK(hidden == "[masked:private-key]-----END EC PRIVATE KEY-----");
  }
  // The key on one line, as in a JSON text that is itself a string, or in an environment file.
  std::string one_line = whole;
  for (size_t at = one_line.find('\n'); at != std::string::npos; at = one_line.find('\n'))
    one_line.replace(at, 1, "\\n");
  CHECK(masked("\"" + one_line + "\"") == "\"[masked:private-key]\"");
}

TEST_CASE("texts that only mention keys pass unchanged") {
  for (const char* text :
       {"The file must begin with -----BEGIN PRIVATE KEY----- and be readable.", "PRIVATE KEY",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "a PRIVATE KEY belongs in a vault", "-----BEGIN PUBLIC KEY-----"})
    CHECK(masked(text) == text);
}

TEST_CASE("identifiers, digests, images and prose pass unchanged") {
  std::string image = "data:image/png;base64,";
  image += noise(20'000, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") + "==";
  const std::vector<std::string> texts = {
      "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
      "da39a3ee5e6b4b0d3255bfef95601890afd80709",
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "12345678901234567890123456789012345678901234567890",
      image,
      "task-management-and-risk-assessment-for-the-disk-" + noise(40, kLowerHex),
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
      "the class sk-loading-indicator-with-a-very-long-name",
      "Slack channel xoxo, hugs and kisses",
      "SG.something and ya29 and hf_model_name_that_is_long_but_made_of_words",
      "/usr/lib/node_modules/npm_config_registry_something_else_entirely",
  };
  for (const std::string& text : texts) {
    CAPTURE(text);
    CHECK(masked(text) == text);
  }
}

// From icip-cas/LiveMCPBench tools.json (Apache-2.0): texts of real tools that resemble secrets.
TEST_CASE("texts of real tool definitions pass unchanged") {
  for (const char* text : {
           "Read the complete contents of a file from the file system. Handles various text "
           "encodings and provides detailed error "
           "messages if the file cannot be read. Only works within allowed directories.",
           "Convert a resource described by an http:, https:, file: or data: URI to markdown",
           "Create a new GitHub repository in your account",
       })
    CHECK(masked(text) == text);
}
