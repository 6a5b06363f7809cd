// The `mcpServers` object.
#include <fmt/core.h>

#include "reader.h"

namespace callgate {

namespace {

constexpr size_t kLongestName = 64;
constexpr Millis kLongestTime{24 * 3'600'000};

void fail_remote(Reader& reader, const Place& at) {
  reader.fail(at, "config.value", "a remote server cannot be reached directly yet",
              "start it through a bridge command, such as \"command\": \"npx\", \"args\": [\"-y\", "
              "\"mcp-remote\", \"URL\"]");
}

void read_type(Reader& reader, const Place& at) {
  reader.describe(at, R"("const":"stdio")");
  if (at.value.text_is("stdio")) return;
  if (!at.value.is_string() || at.value.text_is("http") || at.value.text_is("sse") ||
      at.value.text_is("streamable-http") || at.value.text_is("streamableHttp"))
    return fail_remote(reader, at);
  reader.fail(at, "config.value", fmt::format("\"{}\" is no known type", shown(at.value.text())),
              "write \"stdio\", or leave it out");
}

bool is_variable_name(std::string_view name) {
  return !name.empty() && name.find('=') == std::string_view::npos && !has_control(name);
}

void fail_variable(Reader& reader, const Place& at) {
  reader.fail(at, "config.value", "this is no name of a variable", "use letters, digits and _");
}

std::vector<std::pair<std::string, std::string>> read_env(Reader& reader, const Place& at) {
  std::vector<std::pair<std::string, std::string>> env;
  for (const Place& variable : reader.members(at)) {
    const std::string name = variable.value.key();
    auto value = reader.text(variable);
    if (!is_variable_name(name)) {
      fail_variable(reader, variable);
    } else if (value) {
      env.emplace_back(name, std::move(*value));
    }
  }
  return env;
}

std::vector<std::string> read_env_pass(Reader& reader, const Place& at) {
  std::vector<std::string> names;
  for (const Place& element : reader.elements(at)) {
    const auto name = reader.text(element);
    if (!name) continue;
    if (is_variable_name(*name)) {
      names.push_back(*name);
    } else {
      fail_variable(reader, element);
    }
  }
  return names;
}

std::vector<std::string> read_patterns(Reader& reader, const Place& at) {
  std::vector<std::string> patterns;
  for (const Place& element : reader.elements(at))
    if (auto pattern = reader.pattern(element)) patterns.push_back(std::move(*pattern));
  return patterns;
}

std::string read_command(Reader& reader, const Place& at) {
  if (reader.describing()) {
    reader.describe(at, R"("type":"string","minLength":1)");
    return "";
  }
  const std::optional<std::string> command = reader.text(at);
  if (command && command->empty())
    reader.fail(at, "config.value", "the command is empty", "write the program to start");
  return command.value_or("");
}

void check_name(Reader& reader, const Place& at, const std::string& name) {
  if (name.empty()) {
    reader.fail(at, "config.value", "a server needs a name", "name it, such as \"filesystem\"");
  } else if (name.size() > kLongestName) {
    reader.fail(at, "config.value", "the name is longer than 64 bytes", "shorten it");
  } else if (has_control(name)) {
    reader.fail(at, "config.value", "the name holds control characters", "remove them");
  }
}

void check_server(Reader& reader, const Place& at, const ServerConfig& server) {
  if (!at.value.is_object()) return;
  const Value type = at.value.find("type");
  const bool remote = at.value.find("url") || (type && !type.text_is("stdio"));
  if (!remote && !at.value.find("command"))
    reader.fail(at, "config.value", "\"command\" is missing", "write the program to start");
  if (server.call_cap < server.call_timeout)
    reader.fail(at, "config.value", "\"call_cap\" is shorter than \"call_timeout\"",
                "raise call_cap or lower call_timeout");
}

ServerConfig read_server(Reader& reader, const Place& at) {
  ServerConfig server;
  server.name = at.value.key();
  reader.constrain(at, R"("required":["command"])");
  check_name(reader, at, server.name);
  const auto time = [&reader](Millis& field) {
    return [&reader, &field](const Place& p) {
      field = reader.duration(p, Millis{1}, kLongestTime).value_or(field);
    };
  };
  const Choices<ServerEra> eras = {
      {"legacy", ServerEra::Legacy}, {"auto", ServerEra::Auto}, {"modern", ServerEra::Modern}};
  const Choices<Share> shares = {{"auto", Share::Auto},
                                 {"all", Share::All},
                                 {"one", Share::One},
                                 {"root", Share::Root},
                                 {"session", Share::Session}};
  const Choices<Prefix> prefixes = {{"always", Prefix::Always}, {"never", Prefix::Never}};
  const std::vector<Member> tools = {
      {"hide", [&](const Place& p) { server.hide = read_patterns(reader, p); }}};
  reader.object(
      at,
      {
          {"command", [&](const Place& p) { server.command = read_command(reader, p); }},
          {"args", [&](const Place& p) { server.args = reader.texts(p); }},
          {"env", [&](const Place& p) { server.env = read_env(reader, p); }},
          {"env_pass", [&](const Place& p) { server.env_pass = read_env_pass(reader, p); }},
          {"cwd", [&](const Place& p) { server.cwd = reader.folder(p).value_or(""); }},
          {"disabled", [&](const Place& p) { server.disabled = reader.flag(p).value_or(false); }},
          {"prefix",
           [&](const Place& p) {
             server.prefix = reader.choice(p, prefixes).value_or(server.prefix);
           }},
          {"era",
           [&](const Place& p) { server.era = reader.choice(p, eras).value_or(server.era); }},
          {"share",
           [&](const Place& p) { server.share = reader.choice(p, shares).value_or(server.share); }},
          {"start_timeout", time(server.start_timeout)},
          {"call_timeout", time(server.call_timeout)},
          {"call_cap", time(server.call_cap)},
          {"stop_timeout", time(server.stop_timeout)},
          {"idle_stop",
           [&](const Place& p) { server.idle_stop = reader.duration(p, Millis{1}, kLongestTime); }},
          {"tools", [&](const Place& p) { reader.object(p, tools); }},
          {"type", [&](const Place& p) { read_type(reader, p); }},
          {"url", [&](const Place& p) { fail_remote(reader, p); }},
      });
  check_server(reader, at, server);
  return server;
}

}  // namespace

std::vector<ServerConfig> read_servers(Reader& reader, const Place& at) {
  std::vector<ServerConfig> servers;
  reader.constrain(at, R"("propertyNames":{"minLength":1,"maxLength":64})");
  for (const Place& member : reader.members(at)) servers.push_back(read_server(reader, member));
  return servers;
}

}  // namespace callgate
