#include "entry_json.h"

#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

void write_texts(JsonWriter& json, const char* key, const std::vector<std::string>& list) {
  json.key(key).strings(list);
}

void write_env(JsonWriter& json, std::string_view key,
               const std::vector<std::pair<std::string, std::string>>& env) {
  json.key(key).begin_object();
  for (const auto& [name, value] : env) json.key(name).string(value);
  json.end_object();
}

/// Returns a reference to a variable of the client's own environment, in the client's syntax. The
/// client replaces the reference when it starts callgate.
std::string variable_of_client(const std::string& name, VariableSyntax syntax,
                               ConfigFormat format) {
  if (syntax != VariableSyntax::Inputs) return "${" + name + ":-}";
  return format == ConfigFormat::Json ? "${" + name + "}" : "${{ secrets." + name + " }}";
}

}  // namespace

std::string entry_json(const OwnEntry& entry, const ClientApp& client, ConfigFormat format) {
  const ClientFields& fields = client.fields;
  JsonWriter json;
  json.begin_object();
  Walker walker;
  const auto fixed = walker.walk(std::string(fields.written));
  ENSURE(fixed.ok());  // it comes from the table
  const ClientTimeout& timeout = fields.call_timeout;
  const bool longer = entry.call_timeout > Millis{0} && !timeout.key.empty();
  for (Value member : (*fixed)->root())
    if (!longer || !member.key_is(timeout.key)) json.key(member.key()).raw(member.raw());
  if (fields.args == fields.command) {
    std::vector<std::string> words{entry.command};
    words.insert(words.end(), entry.args.begin(), entry.args.end());
    write_texts(json, std::string(fields.command).c_str(), words);
  } else {
    json.key(fields.command).string(entry.command);
    write_texts(json, std::string(fields.args).c_str(), entry.args);
  }
  std::vector<std::pair<std::string, std::string>> env = entry.env;
  if (fields.env_names.empty())
    for (const std::string& name : entry.passed)
      env.emplace_back(name, variable_of_client(name, client.variables, format));
  if (!env.empty()) write_env(json, fields.env, env);
  if (!fields.env_names.empty() && !entry.passed.empty())
    write_texts(json, std::string(fields.env_names).c_str(), entry.passed);
  if (longer)
    json.key(timeout.key)
        .integer((entry.call_timeout.count() + timeout.millis - 1) / timeout.millis);
  return json.end_object().take();
}

}  // namespace callgate
