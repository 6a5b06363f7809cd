// Converts entries with a URL: our configuration starts the bridge, which connects stdio to the
// URL.
#include <fmt/core.h>

#include <algorithm>

#include "callgate/base/ascii.h"
#include "server_importer.h"

namespace callgate {

namespace {

void add_word(std::vector<Template>& words, std::string text) {
  words.push_back({{{TemplatePiece::Kind::Text, std::move(text), std::nullopt}}, {}});
}

}  // namespace

void ServerImporter::remote(Value url) {
  out_.decision =
      out_.decision == ImportDecision::Stay ? ImportDecision::Stay : ImportDecision::Bridge;
  const std::string type = fields_.type.empty() ? "" : used(fields_.type).text();
  if (type == "ws" || type == "websocket")
    return refuse("the bridge mcp-remote does not support WebSocket");
  std::vector<Template> words;
  add_word(words, "npx");
  add_word(words, "-y");
  add_word(words, std::string(kBridge));
  words.push_back(read(url, "the server's URL"));
  if (out_.decision == ImportDecision::Stay) return;
  if (type == "sse") {
    add_word(words, "--transport");
    add_word(words, "sse-first");
  }
  read_headers(words);
  codex_headers(words);
  if (out_.decision == ImportDecision::Stay) return;
  const std::string text = words[3].text();
  if (text.starts_with("http://") && text.find("://localhost") == std::string::npos &&
      text.find("://127.0.0.1") == std::string::npos && text.find("://[::1]") == std::string::npos)
    add_word(words, "--allow-http");
  for (const char* key : {"headersHelper", "oauth", "auth"})
    if (used(key))
      out_.notes.push_back(
          fmt::format("\"{}\" is left out, because the bridge mcp-remote signs in by itself", key));
  set_command(std::move(words));
}

void ServerImporter::header(const std::string& name, std::string value,
                            std::vector<Template>& words) {
  std::string variable = "HEADER_";
  for (const char c : name) variable += is_letter_or_digit(c) ? upper(c) : '_';
  set_env(variable, std::move(value));
  add_word(words, "--header");
  add_word(words, name + ":${" + variable + "}");
}

void ServerImporter::read_headers(std::vector<Template>& words) {
  Value headers = used(fields_.headers);
  // In Continue's config.yaml, the headers are in requestOptions, next to options that the bridge
  // does not use.
  if (const Value options = used("requestOptions"); options.is_object())
    for (Value each : options) {
      if (each.key_is("headers"))
        headers = each;
      else
        out_.notes.push_back("left out: requestOptions." + each.key());
    }
  if (!headers.is_object()) return;
  for (Value each : headers) {
    const Template value = read(each, "the header " + each.key());
    if (out_.decision == ImportDecision::Stay) return;
    header(each.key(), as_reference(value), words);
  }
}

void ServerImporter::codex_headers(std::vector<Template>& words) {
  if (const Value token = used("bearer_token_env_var"); token.is_string())
    header("Authorization", "Bearer ${env:" + token.text() + "}", words);
  if (const Value named = used("env_http_headers"); named.is_object())
    for (Value each : named) header(each.key(), "${env:" + each.text() + "}", words);
}

}  // namespace callgate
