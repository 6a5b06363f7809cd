#include "server_json.h"

#include <utility>
#include <vector>

#include "callgate/wire/writer.h"

namespace callgate {

namespace {

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

void write_text_list(JsonWriter& json, const char* key, const std::vector<std::string>& texts) {
  if (!texts.empty()) json.key(key).strings(texts);
}

void write_text(JsonWriter& json, const char* key, const std::string& text) {
  if (!text.empty()) json.key(key).string(text);
}

void write_named(JsonWriter& json, const char* key, const NamedTexts& all) {
  if (all.empty()) return;
  json.key(key).begin_object();
  for (const auto& [name, value] : all) json.key(name).string(value);
  json.end_object();
}

/// Returns the word for `auth.way`; "" for the default, and for ways that no client's entry has.
std::string way_word(SignInConfig::Way way) {
  using Way = SignInConfig::Way;
  if (way == Way::DeviceCode) return "device";
  if (way == Way::ClientCredentials) return "client_credentials";
  return way == Way::Never ? "never" : "";
}

void write_sign_in(JsonWriter& json, const SignInConfig& sign_in) {
  if (sign_in == SignInConfig()) return;
  json.key("auth").begin_object();
  write_text(json, "way", way_word(sign_in.way));
  write_text_list(json, "scopes", sign_in.scopes);
  write_text(json, "client_id", sign_in.client.id);
  write_text(json, "client_secret", sign_in.client.secret);
  write_text(json, "client_document", sign_in.client_document);
  write_text(json, "redirect_uri", sign_in.redirect_uri);
  write_named(json, "parameters", sign_in.parameters);
  if (sign_in.omit_resource) json.key("resource").string("none");
  json.end_object();
}

void write_remote(JsonWriter& json, const RemoteConfig& remote) {
  using Transport = RemoteConfig::Transport;
  if (remote.transport != Transport::Auto)
    json.key("type").string(remote.transport == Transport::Sse ? "sse" : "http");
  json.key("url").string(remote.url);
  if (remote.allow_http) json.key("allow_http").boolean(true);
  write_named(json, "headers", remote.headers);
  write_sign_in(json, remote.sign_in);
}

void write_command(JsonWriter& json, const ServerConfig& server) {
  json.key("command").string(server.command);
  write_text_list(json, "args", server.args);
  write_named(json, "env", server.env);
  write_text_list(json, "env_pass", server.env_pass);
  write_text(json, "cwd", server.cwd);
}

}  // namespace

std::string server_json(const ServerConfig& server) {
  JsonWriter json;
  json.begin_object();
  if (server.remote)
    write_remote(json, *server.remote);
  else
    write_command(json, server);
  if (server.disabled) json.key("disabled").boolean(true);
  const Millis preset = ServerConfig().call_timeout;
  if (server.call_timeout != preset)
    json.key("call_timeout").string(std::to_string(server.call_timeout.count()) + "ms");
  if (server.call_cap != ServerConfig().call_cap)
    json.key("call_cap").string(std::to_string(server.call_cap.count()) + "ms");
  if (!server.hide.empty() || server.only) {
    json.key("tools").begin_object();
    write_text_list(json, "hide", server.hide);
    if (server.only) json.key("only").strings(*server.only);
    json.end_object();
  }
  return json.end_object().take();
}

std::optional<std::string> why_invalid(const ServerConfig& server) {
  JsonWriter json;
  json.begin_object().key("mcpServers").begin_object().key("x").raw(server_json(server));
  const LoadedConfig loaded = parse_config(json.end_object().end_object().take(), "", "/");
  for (const auto* errors : {&loaded.errors, &loaded.broken})
    if (!errors->empty())
      return errors->front().key.substr(errors->front().key.rfind('.') + 1) + ": " +
             errors->front().what;
  return std::nullopt;
}

}  // namespace callgate
