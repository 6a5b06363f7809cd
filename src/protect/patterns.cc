#include "patterns.h"

#include <array>

namespace callgate {

namespace {

constexpr std::array<uint8_t, 256> make_classes() {
  std::array<uint8_t, 256> classes{};
  for (int c = 'A'; c <= 'Z'; ++c) classes[static_cast<size_t>(c)] = kUpper;
  for (int c = 'a'; c <= 'z'; ++c) classes[static_cast<size_t>(c)] = kLower;
  for (int c = '0'; c <= '9'; ++c) classes[static_cast<size_t>(c)] = kDigit;
  classes['-'] = kDash;
  classes['_'] = kUnderscore;
  classes['.'] = kDot;
  classes['+'] = classes['/'] = kPlusSlash;
  classes['='] = kEquals;
  return classes;
}

constexpr std::array<uint8_t, 256> kClasses = make_classes();

constexpr uint8_t kLowerDigit = kLower | kDigit;
constexpr uint8_t kUpperDigit = kUpper | kDigit;
// Tokens of hexadecimal digits are matched as if any letter or digit were allowed, because their
// keywords alone are distinctive enough.
constexpr uint8_t kHex = kAlnum;

Pattern token(std::string_view name, std::string_view keyword, uint8_t characters, uint16_t least,
              uint16_t most = 0) {
  // Short keywords without a `_` at their end appear by chance in encoded data and inside long
  // words, so no letter or digit may precede them.
  const bool weak = keyword.size() <= 4 && (character_class(keyword.back()) & kUnderscore) == 0;
  return {name, keyword, SecretShape::Token, characters, least, most, weak, false};
}

}  // namespace

uint8_t character_class(char c) { return kClasses[static_cast<unsigned char>(c)]; }

const std::vector<Pattern>& built_in_patterns() {
  static const auto& kPatterns = *new std::vector<Pattern>{
      token("github-token", "ghp_", kAlnum, 36),
      token("github-token", "gho_", kAlnum, 36),
      token("github-token", "ghu_", kAlnum, 36),
      token("github-token", "ghs_", kAlnum, 36),
      token("github-token", "ghr_", kAlnum, 36),
      token("github-token", "github_pat_", kAlnum | kUnderscore, 36),
      token("gitlab-token", "glpat-", kBase64Url | kDot, 20),
      token("gitlab-token", "gldt-", kBase64Url, 20),
      token("gitlab-token", "glrt-", kBase64Url | kDot, 20),
      token("gitlab-token", "glptt-", kBase64Url, 20),
      token("gitlab-token", "glft-", kBase64Url, 20),
      token("gitlab-token", "glsoat-", kBase64Url, 20),
      token("gitlab-token", "glcbt-", kBase64Url, 20),
      token("gitlab-token", "glimt-", kBase64Url, 20),
      token("gitlab-token", "glagent-", kBase64Url, 20),
      token("slack-token", "xoxb-", kAlnum | kDash, 16),
      token("slack-token", "xoxp-", kAlnum | kDash, 16),
      token("slack-token", "xoxa-", kAlnum | kDash, 16),
      token("slack-token", "xoxc-", kAlnum | kDash, 16),
      token("slack-token", "xoxd-", kAlnum | kDash | kPlusSlash | kEquals, 16),
      token("slack-token", "xoxo-", kAlnum | kDash, 16),
      token("slack-token", "xoxr-", kAlnum | kDash, 16),
      token("slack-token", "xoxs-", kAlnum | kDash, 16),
      token("slack-token", "xoxe-", kAlnum | kDash, 16),
      token("slack-token", "xoxe.xox", kAlnum | kDash, 16),
      token("slack-token", "xapp-", kAlnum | kDash, 16),
      token("slack-webhook", "hooks.slack.com/", kAlnum | kPlusSlash, 40),
      token("aws-access-key", "AKIA", kUpperDigit, 16, 16),
      token("aws-access-key", "ASIA", kUpperDigit, 16, 16),
      token("aws-access-key", "ABIA", kUpperDigit, 16, 16),
      token("aws-access-key", "ACCA", kUpperDigit, 16, 16),
      token("anthropic-key", "sk-ant-", kBase64Url, 20),
      token("openai-key", "sk-proj-", kBase64Url, 20),
      token("openai-key", "sk-svcacct-", kBase64Url, 20),
      token("openai-key", "sk-admin-", kBase64Url, 20),
      token("openrouter-key", "sk-or-v1-", kHex, 32),
      token("api-key", "sk-", kAlnum, 32),
      token("google-key", "AIza", kBase64Url, 35, 35),
      token("google-token", "ya29.", kBase64Url, 20),
      token("google-secret", "GOCSPX-", kBase64Url, 28),
      token("npm-token", "npm_", kAlnum, 36),
      token("pypi-token", "pypi-AgE", kBase64Url, 50),
      token("rubygems-token", "rubygems_", kHex, 48),
      token("docker-token", "dckr_pat_", kBase64Url, 24),
      token("huggingface-token", "hf_", kAlnum, 30),
      token("huggingface-token", "api_org_", kAlnum, 30),
      token("stripe-key", "sk_live_", kAlnum, 16),
      token("stripe-key", "sk_test_", kAlnum, 16),
      token("stripe-key", "rk_live_", kAlnum, 16),
      token("stripe-key", "rk_test_", kAlnum, 16),
      token("stripe-secret", "whsec_", kBase64 | kEquals, 24),
      token("sendgrid-key", "SG.", kBase64Url | kDot, 50),
      token("groq-key", "gsk_", kAlnum, 40),
      token("xai-key", "xai-", kAlnum, 60),
      token("perplexity-key", "pplx-", kAlnum, 40),
      token("replicate-token", "r8_", kAlnum, 37),
      token("tavily-key", "tvly-", kAlnum | kDash, 20),
      token("digitalocean-token", "dop_v1_", kLowerDigit, 64),
      token("digitalocean-token", "doo_v1_", kLowerDigit, 64),
      token("digitalocean-token", "dor_v1_", kLowerDigit, 64),
      token("shopify-token", "shpat_", kHex, 32),
      token("shopify-token", "shpca_", kHex, 32),
      token("shopify-token", "shppa_", kHex, 32),
      token("shopify-token", "shpss_", kHex, 32),
      token("linear-key", "lin_api_", kAlnum, 40),
      token("notion-token", "ntn_", kAlnum, 40),
      token("databricks-token", "dapi", kLowerDigit, 32, 32),
      token("postman-key", "PMAK-", kLowerDigit | kDash, 50),
      token("vault-token", "hvs.", kBase64Url, 24),
      token("vault-token", "hvb.", kBase64Url, 24),
      token("doppler-token", "dp.pt.", kAlnum, 40),
      token("doppler-token", "dp.st.", kAlnum | kDot | kUnderscore | kDash, 40),
      token("grafana-token", "glsa_", kAlnum | kUnderscore, 40),
      token("grafana-token", "glc_", kBase64 | kEquals, 32),
      token("figma-token", "figd_", kBase64Url, 38),
      token("atlassian-token", "ATATT3", kBase64Url | kEquals, 100),
      token("planetscale-token", "pscale_tkn_", kBase64Url | kDot, 30),
      token("planetscale-password", "pscale_pw_", kBase64Url | kDot, 30),
      token("supabase-token", "sbp_", kLowerDigit, 40),
      token("newrelic-key", "NRAK-", kUpperDigit, 27),
      token("sentry-token", "sntrys_", kBase64 | kEquals | kUnderscore, 40),
      token("sentry-token", "sntryu_", kLowerDigit, 64),
      token("age-key", "AGE-SECRET-KEY-1", kUpperDigit, 58),
      token("azure-key", "AccountKey=", kBase64 | kEquals, 80),
      token("onepassword-token", "ops_eyJ", kBase64 | kEquals, 200),
      {.name = "json-web-token", .keyword = "eyJ", .shape = SecretShape::Jwt},
      {.name = "private-key", .keyword = "PRIVATE KEY", .shape = SecretShape::PrivateKey},
      {.name = "bearer-token", .keyword = "bearer", .shape = SecretShape::Bearer, .any_case = true},
      {.name = "basic-credentials",
       .keyword = "basic",
       .shape = SecretShape::Basic,
       .any_case = true},
      {.name = "url-password", .keyword = "://", .shape = SecretShape::Url},
  };
  return kPatterns;
}

}  // namespace callgate
