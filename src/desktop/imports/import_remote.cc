// Converts entries with a URL, and entries whose command only connects to a URL.
#include <fmt/core.h>

#include <algorithm>

#include "bridges.h"
#include "callgate/base/ascii.h"
#include "callgate/base/text.h"
#include "callgate/base/url.h"
#include "callgate/config/secret_names.h"
#include "callgate/wire/http.h"
#include "server_importer.h"
#include "server_json.h"

namespace callgate {

namespace {

using Transport = RemoteConfig::Transport;

/// Returns the URL with an example in place of each variable.
std::string example_of(const Template& url) {
  std::string text;
  for (const TemplatePiece& each : url.pieces)
    text += each.kind == TemplatePiece::Kind::Text ? each.text : "1";
  return text;
}

}  // namespace

void ServerImporter::remote(Value url) {
  RemoteConfig& remote = out_.server.remote.emplace();
  out_.server.era = ServerEra::Auto;
  read_env();
  read_names_of_variables();
  remote.transport = read_transport(url.key());
  const Template address = read(url, "the server's URL");
  if (stays()) return;
  check_url(address);
  remote.url = as_reference(address);
  read_headers();
  codex_headers();
  read_sign_in();
  replace_own_variables();
  if (stays()) return;
  if (const auto why = why_invalid(out_.server))
    refuse("callgate's configuration does not accept the server's entry: " + *why);
}

RemoteConfig::Transport ServerImporter::read_transport(std::string_view url_key) {
  std::string type;
  for (std::string_view key : {fields_.type, std::string_view("type"),
                               std::string_view("transport"), std::string_view("transportType")})
    if (const Value word = used(key); word.is_string() && !word.text_is(fields_.stdio_type))
      type = word.text();
  const std::string plain = plain_word(type);  // clients write streamable-http in several ways
  if (plain == "ws" || plain == "websocket") refuse("callgate does not support WebSocket");
  if (type.empty() || plain == "remote" || plain == "stdio" || type == fields_.either_type)
    return url_key == "httpUrl" ? Transport::Http : Transport::Auto;
  if (plain == "sse") return Transport::Sse;
  if (plain != "http" && plain != "streamablehttp")
    refuse(fmt::format("callgate does not know the server's type \"{}\"", type));
  return Transport::Http;
}

void ServerImporter::check_url(const Template& address) {
  const std::string text = example_of(address);
  const auto url = parse_url(text);
  if (!url && address.plain())
    return refuse(
        fmt::format("callgate can't use the server's URL, because it {}", url.error().message));
  const bool open =
      url ? !url->https && !url->is_loopback() : begins_ignoring_case(text, "http://");
  if (open) allow_http();
}

void ServerImporter::allow_http() {
  out_.server.remote->allow_http = true;
  out_.notes.emplace_back(
      "the URL begins with http:, so others on the network can read and change everything; "
      "\"allow_http\" in the new entry permits this");
}

void ServerImporter::header(const std::string& name, std::string value) {
  if (is_protocol_field(name)) {
    out_.notes.push_back(
        fmt::format("the header {} is left out, because callgate sets it itself", name));
    return;
  }
  auto& headers = out_.server.remote->headers;
  std::erase_if(headers, [&](const auto& each) { return equal_ignoring_case(each.first, name); });
  headers.emplace_back(name, std::move(value));
}

void ServerImporter::read_headers() {
  Value headers = used(fields_.headers);
  // In Continue's config.yaml, the headers are in requestOptions, next to options that callgate
  // does not have.
  if (const Value options = used("requestOptions"); options.is_object())
    for (Value each : options) {
      if (each.key_is("headers"))
        headers = each;
      else
        out_.notes.push_back("left out: requestOptions." + each.key());
    }
  if (!headers.is_object()) return;
  for (Value each : headers) {
    if (each.is(NodeKind::Null)) continue;
    const Template value = read(each, "the header " + each.key());
    if (stays()) return;
    header(each.key(), as_reference(value));
  }
}

void ServerImporter::codex_headers() {
  if (const Value token = used("bearer_token_env_var"); token.is_string())
    header("Authorization", "Bearer ${env:" + token.text() + "}");
  if (const Value named = used("env_http_headers"); named.is_object())
    for (Value each : named) header(each.key(), "${env:" + each.text() + "}");
}

void ServerImporter::replace_own_variables() {
  RemoteConfig& remote = *out_.server.remote;
  const NamedTexts all = variables_of_process(out_.server);
  OwnVariables variables(all);
  remote.url = variables.replaced(remote.url, false);
  for (auto& [name, value] : remote.headers) value = variables.replaced(value, false);
  if (!variables.all_used())
    out_.notes.push_back(
        fmt::format("left out: {}, because callgate does not start the server", fields_.env));
  out_.server.env.clear();
  out_.server.env_pass.clear();
}

bool ServerImporter::take_bridge(const std::vector<Template>& words) {
  std::vector<std::string> texts;
  for (const Template& word : words) texts.push_back(as_reference(word));
  const auto bridged = read_bridge(texts, variables_of_process(out_.server));
  if (!bridged) return false;
  ServerConfig direct = reached_directly(out_.server, *bridged);
  if (why_invalid(direct)) return false;
  out_.server = std::move(direct);
  out_.notes.push_back(fmt::format(
      "callgate reaches the server itself, without {}{}", bridged->bridge,
      bridged->left_out.empty() ? "" : " and its options " + joined(bridged->left_out)));
  if (out_.server.remote->allow_http) allow_http();
  return true;
}

}  // namespace callgate
