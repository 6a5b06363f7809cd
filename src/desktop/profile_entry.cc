#include "profile_entry.h"

#include <algorithm>

#include "callgate/base/text.h"
#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"
#include "desktop/documents/document.h"

namespace callgate {

namespace {

/// Writes the list's existing elements, and then the new rules.
void write_rules(JsonWriter& json, const char* key, Value before,
                 const std::vector<std::string>& rules) {
  if (!before && rules.empty()) return;
  json.key(key).begin_array();
  std::vector<std::string> written;
  for (Value each : before) {
    written.push_back(each.is_string() ? each.text() : std::string());
    json.raw(each.raw());
  }
  for (const std::string& rule : rules)
    if (!contains(written, rule)) json.string(rule);
  json.end_array();
}

void write_policy(JsonWriter& json, Value before, const ClientProfile& profile) {
  if (!before && profile.deny.empty() && profile.ask.empty()) return;
  json.key("policy").begin_object();
  for (Value member : before)
    if (!member.key_is("deny") && !member.key_is("ask")) json.key(member.key()).raw(member.raw());
  write_rules(json, "deny", before.find("deny"), profile.deny);
  write_rules(json, "ask", before.find("ask"), profile.ask);
  json.end_object();
}

void write_servers(JsonWriter& json, Value before, const ClientProfile& profile) {
  if (before && !profile.servers) json.key("servers").raw(before.raw());
  if (!profile.servers) return;
  json.key("servers").begin_array();
  std::vector<std::string> all;
  for (Value each : before) all.push_back(each.text());
  for (const std::string& name : *profile.servers)
    if (!contains(all, name)) all.push_back(name);
  for (const std::string& name : all) json.string(name);
  json.end_array();
}

}  // namespace

Result<std::string> with_profile(const std::string& config, const ClientProfile& profile) {
  auto document = read_document(ConfigFormat::Json, config, {"profiles"});
  if (!document) return document.error();
  const DocumentEntry* const entry = (*document)->entry(profile.name);
  Walker walker;
  const auto message = walker.walk(entry ? entry->json : "{}");
  ENSURE(message.ok());  // read_document() has checked that the text is valid
  const Value before = (*message)->root();
  JsonWriter json;
  json.begin_object();
  write_servers(json, before.find("servers"), profile);
  write_policy(json, before.find("policy"), profile);
  const std::string after = json.end_object().take();
  if (entry && walker.walk(after).value()->bytes() == entry->json) return config;
  std::vector<std::string> removed;
  if (entry) removed.push_back(profile.name);
  return (*document)->changed(removed, {{profile.name, after, ""}});
}

}  // namespace callgate
