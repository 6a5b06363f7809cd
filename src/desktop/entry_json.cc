#include "entry_json.h"

#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

void write_texts(JsonWriter& json, const char* key, const std::vector<std::string>& list) {
  json.key(key).begin_array();
  for (const std::string& each : list) json.string(each);
  json.end_array();
}

void write_env(JsonWriter& json, std::string_view key,
               const std::vector<std::pair<std::string, std::string>>& env) {
  json.key(key).begin_object();
  for (const auto& [name, value] : env) json.key(name).string(value);
  json.end_object();
}

}  // namespace

std::string server_json(const ServerConfig& server) {
  JsonWriter json;
  json.begin_object().key("command").string(server.command);
  if (!server.args.empty()) write_texts(json, "args", server.args);
  if (!server.env.empty()) write_env(json, "env", server.env);
  if (!server.env_pass.empty()) write_texts(json, "env_pass", server.env_pass);
  if (!server.cwd.empty()) json.key("cwd").string(server.cwd);
  if (server.disabled) json.key("disabled").boolean(true);
  if (!server.hide.empty()) {
    json.key("tools").begin_object();
    write_texts(json, "hide", server.hide);
    json.end_object();
  }
  return json.end_object().take();
}

std::string entry_json(const OwnEntry& entry, const ClientFields& fields) {
  JsonWriter json;
  json.begin_object();
  Walker walker;
  const auto fixed = walker.walk(std::string(fields.written));
  CHECK(fixed.ok());  // the table's
  for (Value member : (*fixed)->root()) json.key(member.key()).raw(member.raw());
  if (fields.args == fields.command) {
    std::vector<std::string> words{entry.command};
    words.insert(words.end(), entry.args.begin(), entry.args.end());
    write_texts(json, std::string(fields.command).c_str(), words);
  } else {
    json.key(fields.command).string(entry.command);
    write_texts(json, std::string(fields.args).c_str(), entry.args);
  }
  if (!entry.env.empty()) write_env(json, fields.env, entry.env);
  return json.end_object().take();
}

}  // namespace callgate
