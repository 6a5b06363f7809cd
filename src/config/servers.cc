// Reads the `mcpServers` object.
#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <unordered_map>

#include "callgate/base/look_alike.h"
#include "reader.h"

namespace callgate {

namespace {

constexpr size_t kLongestServerName = 64;
constexpr Millis kLongestTime{24 * 3'600'000};
constexpr const char* kPassedNames = "env_vars";  // Codex's name for env_pass

bool is_variable_name(std::string_view name) {
  return !name.empty() && name.find('=') == std::string_view::npos && !has_control(name);
}

void fail_variable(Reader& reader, const Place& at) {
  reader.fail(at, "config.value", "this is not the name of a variable",
              "use letters, digits and _");
}

std::vector<std::pair<std::string, std::string>> read_env(Reader& reader, const Place& at) {
  std::vector<std::pair<std::string, std::string>> env;
  for (const Place& variable : reader.members(at)) {
    const std::string name = variable.value.key();
    reader.describe(variable, R"("type":"null")");
    if (variable.value.is(NodeKind::Null)) continue;  // some clients write null for "not set"
    auto value = reader.scalar(variable);
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
    reader.fail(at, "config.value", "the command is empty",
                "write the name or the path of the program to start");
  return command.value_or("");
}

void check_name(Reader& reader, const Place& at, const std::string& name) {
  if (name.empty()) {
    reader.fail(at, "config.value", "a server needs a name",
                "give the server a name, such as \"filesystem\"");
  } else if (name.size() > kLongestServerName) {
    reader.fail(at, "config.value", "the name is longer than 64 bytes", "shorten the name");
  } else if (has_control(name)) {
    reader.fail(at, "config.value", "the name holds control characters", "remove these characters");
  } else if (has_invisible(name)) {
    reader.fail(at, "config.value", "the name contains invisible characters",
                "remove these characters");
  }
}

/// Finds two servers whose names a person or a model would confuse. The second name may have been
/// chosen on purpose, so that its server is taken for the first one.
class LookAlikeNames {
 public:
  void check(Reader& reader, const Place& at, const std::string& name) {
    for (std::string& form : looks_of(name)) {
      const auto [earlier, first] = names_by_form_.try_emplace(std::move(form), name);
      if (first || earlier->second == name) continue;
      return reader.fail(
          at, "config.value",
          fmt::format("the name looks like that of another server, \"{}\"", shown(earlier->second)),
          "give one of them a name that differs by more than case or letters that look alike");
    }
  }

 private:
  /// Maps each comparison key (see looks_of()) to the first name that has this key.
  std::unordered_map<std::string, std::string> names_by_form_;
};

void check_server(Reader& reader, const Place& at, const ServerConfig& server) {
  if (!at.value.is_object()) return;
  check_remote(reader, at, server);
  if (server.call_cap < server.call_timeout)
    reader.fail(at, "config.value", "\"call_cap\" is shorter than \"call_timeout\"",
                "raise call_cap or lower call_timeout");
}

/// Reads Codex's list of variables to pass on. Its elements are names, or objects with a "name".
void read_env_vars(Reader& reader, const Place& at, ServerConfig& server) {
  for (const Place& element : reader.elements(at)) {
    const Value named = element.value.is_object() ? element.value.find("name") : element.value;
    const auto name = reader.text({named, element.key});
    if (name && is_variable_name(*name))
      server.env_pass.push_back(*name);
    else if (name)
      fail_variable(reader, element);
  }
}

/// Reads "tools": an object with "hide" and "only", or the list of names that some clients write.
void read_tools(Reader& reader, const Place& at, ServerConfig& server) {
  const std::vector<Member> members = {
      {"hide", [&](const Place& p) { server.hide = read_patterns(reader, p); }},
      {"only", [&](const Place& p) { server.only = read_patterns(reader, p); }}};
  if (at.value.is_array() || reader.describing()) server.only = read_patterns(reader, at);
  if (!at.value.is_array()) reader.object(at, members);
}

/// Makes a function that treats a member with the value null as absent.
std::function<void(const Place&)> unless_null(Reader& reader, Member& member) {
  const bool required = member.name == "command";
  return [&reader, required, read = std::move(member.read)](const Place& at) {
    if (!required) reader.describe(at, R"("type":"null")");
    if (!at.value.is(NodeKind::Null)) read(at);
  };
}

/// If reading the entry added errors, marks the server as broken and moves the errors to `broken`,
/// so that only this server does not start.
void set_broken(Reader& reader, size_t errors_before, ServerConfig& server,
                std::vector<ConfigError>& broken) {
  std::vector<ConfigError> errors = reader.take_errors_since(errors_before);
  if (errors.empty()) return;
  server.broken = errors.front();
  broken.insert(broken.end(), std::make_move_iterator(errors.begin()),
                std::make_move_iterator(errors.end()));
}

ServerConfig read_server(Reader& reader, const Place& at) {
  ServerConfig server;
  server.name = at.value.key();
  reader.constrain(at, R"("anyOf":[{"required":["command"]},{"required":["url"]}])");
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
  const Choices<ChildStdio> kinds = {
      {"auto", ChildStdio::Auto}, {"pipes", ChildStdio::Pipes}, {"sockets", ChildStdio::Sockets}};
  const Choices<Prefix> prefixes = {{"always", Prefix::Always}, {"never", Prefix::Never}};
  std::vector<Member> known = {
      {"command", [&](const Place& p) { server.command = read_command(reader, p); }},
      {"args", [&](const Place& p) { server.args = reader.scalars(p); }},
      {"env", [&](const Place& p) { server.env = read_env(reader, p); }},
      {"env_pass", [&](const Place& p) { server.env_pass = read_env_pass(reader, p); }},
      {"cwd", [&](const Place& p) { server.cwd = reader.folder(p).value_or(""); }},
      {"disabled",
       [&](const Place& p) {
         server.disabled = reader.flag(p).value_or(false) || server.disabled;
       }},
      {"enabled",
       [&](const Place& p) {
         server.disabled = !reader.flag(p).value_or(true) || server.disabled;
       }},
      {"prefix",
       [&](const Place& p) { server.prefix = reader.choice(p, prefixes).value_or(server.prefix); }},
      {"era", [&](const Place& p) { server.era = reader.choice(p, eras).value_or(server.era); }},
      {"share",
       [&](const Place& p) { server.share = reader.choice(p, shares).value_or(server.share); }},
      {"stdio",
       [&](const Place& p) { server.stdio = reader.choice(p, kinds).value_or(server.stdio); }},
      {"start_timeout", time(server.start_timeout)},
      {"call_timeout", time(server.call_timeout)},
      {"call_cap", time(server.call_cap)},
      {"stop_timeout", time(server.stop_timeout)},
      {"idle_stop",
       [&](const Place& p) { server.idle_stop = reader.duration(p, Millis{1}, kLongestTime); }},
      {"retry", [&](const Place& p) { server.retry = reader.flag(p).value_or(server.retry); }},
      {"tools", [&](const Place& p) { read_tools(reader, p, server); }},
  };
  for (Member& member : remote_members(reader, server)) known.push_back(std::move(member));
  known.push_back({kPassedNames, [&](const Place& p) { read_env_vars(reader, p, server); }, true});
  for (Member& member : client_members(reader, server)) known.push_back(std::move(member));
  for (Member& member : known) member.read = unless_null(reader, member);
  reader.object(at, known);
  if (server.remote && !at.value.find("era")) server.era = ServerEra::Auto;
  check_server(reader, at, server);
  return server;
}

}  // namespace

std::vector<ServerConfig> read_servers(Reader& reader, const Place& at,
                                       std::vector<ConfigError>& broken) {
  std::vector<ServerConfig> servers;
  LookAlikeNames looks;
  reader.constrain(at, R"("propertyNames":{"minLength":1,"maxLength":64})");
  for (const Place& member : reader.members(at)) {
    const size_t errors = reader.errors();
    check_duplicates(reader, member);
    servers.push_back(read_server(reader, member));
    looks.check(reader, member, servers.back().name);
    set_broken(reader, errors, servers.back(), broken);
  }
  return servers;
}

}  // namespace callgate
