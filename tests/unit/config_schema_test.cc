// The schema describes what the reader accepts, its defaults are the program's, and the starter
// file is valid.
#include "callgate/wire/message.h"
#include "config_test.h"

using namespace callgate;

namespace {

MessagePtr read(const std::string& json) {
  Walker walker;
  auto message = walker.walk(json);
  REQUIRE(message.ok());
  return *message;
}

/// A property of the schema: its key, and its definition.
struct Property {
  std::string key;  // "mcpServers.*.command"
  Value body;
};

void collect(Value body, const std::string& key, std::vector<Property>& all) {
  for (Value member : body.find("properties")) {
    const std::string name = key.empty() ? member.key() : key + "." + member.key();
    all.push_back({name, member});
    collect(member, name, all);
  }
  if (const Value values = body.find("additionalProperties"); values.is_object())
    collect(values, key + ".*", all);
  if (const Value items = body.find("items")) collect(items, key + "[]", all);
  for (Value each : body.find("anyOf")) collect(each, key, all);
}

/// Returns {"a": {"s": VALUE}} for `a.*.s`, with the other members that the object requires.
std::string file_with(const std::string& key, std::string value) {
  std::string path = key;
  while (!path.empty()) {
    const size_t dot = path.rfind('.');
    const std::string name = dot == std::string::npos ? path : path.substr(dot + 1);
    path = dot == std::string::npos ? "" : path.substr(0, dot);
    const bool of_server = path == "mcpServers.*";
    value = "{" + std::string(of_server && name != "command" ? R"("command": "x", )" : "") + "\"" +
            (name == "*" ? "s" : name) + "\": " + value + "}";
  }
  return value;
}

/// Returns every field that a key can set, as text.
std::string dump(const Config& config) {
  std::string out;
  const auto add = [&out](auto number) { out += std::to_string(number) + " "; };
  for (const ServerConfig& s : config.servers) {
    out += s.name + s.command + s.cwd;
    for (const auto* list : {&s.args, &s.env_pass, &s.hide}) add(list->size());
    add(s.env.size()), add(s.disabled), add(int(s.prefix)), add(int(s.era)), add(int(s.share));
    for (const Millis time : {s.start_timeout, s.call_timeout, s.call_cap, s.stop_timeout})
      add(time.count());
    add(s.idle_stop.value_or(Millis{}).count());
  }
  add(int(config.policy.fallback));
  for (const auto* list : {&config.policy.deny, &config.policy.ask, &config.policy.allow})
    add(list->size());
  const RecordConfig& r = config.record;
  add(int(r.durability)), add(int(r.on_failure)), add(r.keep_days), add(r.keep_bytes);
  add(r.body_limit), add(r.mask), add(config.http.hosts.size());
  add(config.http.origins.size());
  for (const ListenAddress& each : config.http.listen)
    out += each.host + std::to_string(each.port) + " ";
  const Limits& l = config.limits;
  for (const size_t limit : {l.line, l.queue, l.in_flight, l.servers, l.tools, l.pages,
                             l.stderr_kept, l.depth, l.nodes, l.connections, l.sessions})
    add(limit);
  add(l.first_list.count());
  return out;
}

}  // namespace

TEST_CASE("every key of the schema has a description") {
  const MessagePtr schema = read(config_schema());
  std::vector<Property> all;
  collect(schema->root(), "", all);
  CHECK(all.size() > 60);
  for (const Property& each : all)
    CHECK_MESSAGE(each.body.find("description").text().size() > 5, each.key);
}

TEST_CASE("the defaults in the schema are those of the program") {
  const MessagePtr schema = read(config_schema());
  std::vector<Property> all;
  collect(schema->root(), "", all);
  size_t compared = 0;
  for (const Property& each : all) {
    const Value preset = each.body.find("default");
    if (!preset || each.key.starts_with("profiles.")) continue;
    const std::string parent = each.key.substr(0, each.key.rfind('.'));
    const bool of_server = each.key.starts_with("mcpServers.");
    const LoadedConfig with = parsed(file_with(each.key, std::string(preset.raw())));
    const LoadedConfig without =
        parsed(of_server ? file_with("mcpServers.*.command", "\"x\"") : "{}");
    CHECK_MESSAGE(with.errors.empty(), each.key);
    CHECK_MESSAGE(dump(with.config) == dump(without.config), each.key);
    ++compared;
  }
  CHECK(compared > 40);
}

TEST_CASE("the schema refers to repeated parts instead of repeating them") {
  const std::string schema = config_schema();
  CHECK(schema.find(R"("$ref":"#/properties/policy/properties/deny")") != std::string::npos);
  CHECK(schema.size() < 28'000);
}

TEST_CASE("the starter file is valid, with and without a reference to the schema") {
  for (const char* reference : {"", "file:///usr/share/callgate/config.schema.json"}) {
    const LoadedConfig loaded = parsed(starter_config(reference));
    CHECK(loaded.errors.empty());
    CHECK(loaded.config.servers.empty());
    CHECK((starter_config(reference).find("$schema") != std::string::npos) == (*reference != '\0'));
  }
}

TEST_CASE("the examples in the starter file's comments are valid, too") {
  std::string text = starter_config("");
  for (size_t at = 0; (at = text.find("// ", at)) != std::string::npos;) {
    const char next = text[text.find_first_not_of(' ', at + 3)];
    next == '"' || next == '{' || next == '}' ? text.replace(at, 3, "   ")
                                              : text.replace(at, 3, "//:");
  }
  const LoadedConfig loaded = parsed(text);
  CHECK_MESSAGE(loaded.errors.empty(), (loaded.errors.empty() ? "" : loaded.errors[0].text()));
  CHECK(loaded.config.servers.size() == 2);
  CHECK(loaded.config.policy.deny.size() == 2);
}

TEST_CASE("the column of an error counts the characters of the file") {
  const LoadedConfig loaded = parsed("\xef\xbb\xbf{ /* \u00e9\u00e9 */ \"polcy\": {}}");
  REQUIRE(loaded.errors.size() == 1);
  const ConfigError& error = loaded.errors[0];
  CHECK(error.line == 1);
  CHECK(error.column == 12);
  CHECK(error.key == "polcy");
  CHECK(error.what == "no such key");
  CHECK(error.message == "config.json:1:12: polcy: no such key");
}
