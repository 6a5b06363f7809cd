// Reads the configuration file into one Config value, and collects all errors in the file.
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "callgate/wire/jsonc.h"
#include "reader.h"

namespace callgate {

namespace {

constexpr size_t kLargestFile = size_t{4} << 20;
constexpr const char* kExample =
    R"({"mcpServers": {"filesystem": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "/home/me/projects"]}}})";

using OnFailure = RecordConfig::OnFailure;

void read_keep(Reader& reader, const Place& at, RecordConfig& record) {
  reader.object(at, {
                        {"days",
                         [&](const Place& p) {
                           record.keep_days =
                               static_cast<int>(reader.count(p, 0, 36'500).value_or(90));
                         }},
                        {"bytes",
                         [&](const Place& p) {
                           record.keep_bytes =
                               reader.bytes(p, 0, uint64_t{1} << 50).value_or(record.keep_bytes);
                         }},
                    });
}

void read_record(Reader& reader, const Place& at, RecordConfig& record) {
  const Choices<Durability> durabilities = {{"off", Durability::Off},
                                            {"lazy", Durability::Lazy},
                                            {"before", Durability::Before},
                                            {"fsync", Durability::Fsync}};
  const Choices<OnFailure> failures = {{"refuse", OnFailure::Refuse}, {"allow", OnFailure::Allow}};
  reader.object(
      at, {
              {"durability",
               [&](const Place& p) {
                 record.durability = reader.choice(p, durabilities).value_or(record.durability);
               }},
              {"on_failure",
               [&](const Place& p) {
                 record.on_failure = reader.choice(p, failures).value_or(record.on_failure);
               }},
              {"keep", [&](const Place& p) { read_keep(reader, p, record); }},
              {"body_limit",
               [&](const Place& p) {
                 record.body_limit =
                     reader.bytes(p, 0, size_t{64} << 20).value_or(record.body_limit);
               }},
          });
}

void read_protect(Reader& reader, const Place& at, RecordConfig& record) {
  const Choices<bool> masks = {{"mask", true}, {"off", false}};
  reader.object(
      at,
      {{"record", [&](const Place& p) { record.mask = reader.choice(p, masks).value_or(true); }}});
}

GatewayConfig read_gateway(Reader& reader, const Place& at) {
  const Choices<LoginPath> paths = {{"auto", LoginPath::Auto}, {"off", LoginPath::Off}};
  const Choices<SharedGateUse> uses = {{"auto", SharedGateUse::Auto},
                                       {"off", SharedGateUse::Off},
                                       {"require", SharedGateUse::Require}};
  GatewayConfig gateway;
  reader.object(
      at,
      {
          {"shared",
           [&](const Place& p) {
             gateway.shared = reader.choice(p, uses).value_or(gateway.shared);
           }},
          {"idle_exit",
           [&](const Place& p) {
             gateway.idle_exit =
                 reader.duration(p, Millis{1000}, Millis{86'400'000}).value_or(gateway.idle_exit);
           }},
          {"login_path",
           [&](const Place& p) {
             gateway.login_path = reader.choice(p, paths).value_or(gateway.login_path);
           }},
      });
  return gateway;
}

/// Reports keys that occur twice. Only one of the two values would be used, and a person who reads
/// the file may expect that the other value is used.
void check_keys(Reader& reader, Value object) {
  std::set<std::string> keys;
  if (!object.is_object()) return;
  for (Value child : object)
    if (!keys.insert(child.key()).second)
      reader.fail(reader.position_of(child), shown(child.key()), "config.duplicate_key",
                  "this key occurs twice in its object", "keep one of them");
}

Limits read_limits(Reader& reader, const Place& at) {
  Limits limits;
  const auto bytes = [&](size_t& field, size_t least, size_t most) {
    return [&reader, &field, least, most](const Place& p) {
      field = reader.bytes(p, least, most).value_or(field);
    };
  };
  const auto count = [&](size_t& field, size_t most) {
    return [&reader, &field, most](const Place& p) {
      field = reader.count(p, 1, most).value_or(field);
    };
  };
  reader.object(
      at, {
              {"line", bytes(limits.line, 1024, size_t{64} << 20)},
              {"queue", bytes(limits.queue, 2048, size_t{1} << 30)},
              {"in_flight", count(limits.in_flight, 1'000'000)},
              {"servers", count(limits.servers, 4096)},
              {"tools", count(limits.tools, 1'000'000)},
              {"pages", count(limits.pages, 1'000'000)},
              {"stderr_kept", bytes(limits.stderr_kept, 0, size_t{64} << 20)},
              {"depth", count(limits.depth, 1024)},
              {"nodes", count(limits.nodes, 10'000'000)},
              {"connections", count(limits.connections, 1'000'000)},
              {"sessions", count(limits.sessions, 1'000'000)},
              {"first_list",
               [&](const Place& p) {
                 limits.first_list =
                     reader.duration(p, Millis{0}, Millis{600'000}).value_or(limits.first_list);
               }},
          });
  if (!at.value.find("queue")) {
    limits.queue = std::max(limits.queue, 2 * limits.line);
  } else if (limits.queue < 2 * limits.line) {
    reader.fail({at.value.find("queue"), at.key + ".queue"}, "config.value",
                "must be at least twice limits.line",
                fmt::format("use {} bytes or more", 2 * limits.line));
  }
  return limits;
}

/// Reports keys that occur twice anywhere except inside servers' entries. read_servers() checks the
/// entries, because an error in an entry affects only that server.
void check_outer_duplicates(Reader& reader, Value root) {
  check_keys(reader, root);
  for (Value child : root)
    child.key_is("mcpServers") ? check_keys(reader, child)
                               : check_duplicates(reader, {child, child.key()});
}

}  // namespace

void check_duplicates(Reader& reader, const Place& at) {
  check_keys(reader, at.value);
  for (Value child : at.value)
    if (child.is_object() || child.is_array()) check_duplicates(reader, {child, ""});
}

void read_config(Reader& reader, Value root, LoadedConfig& loaded) {
  Config& config = loaded.config;
  reader.object(
      {root, ""},
      {
          {"$schema", [&](const Place& p) { reader.text(p); }},
          {"mcpServers",
           [&](const Place& p) { config.servers = read_servers(reader, p, loaded.broken); }},
          {"policy", [&](const Place& p) { config.policy = read_policy(reader, p); }},
          {"profiles", [&](const Place& p) { config.profiles = read_profiles(reader, p); }},
          {"protect", [&](const Place& p) { read_protect(reader, p, config.record); }},
          {"record", [&](const Place& p) { read_record(reader, p, config.record); }},
          {"guard", [&](const Place& p) { config.guard = read_guard(reader, p); }},
          {"retry", [&](const Place& p) { config.retry = read_retry(reader, p); }},
          {"http", [&](const Place& p) { config.http = read_http(reader, p); }},
          {"gateway", [&](const Place& p) { config.gateway = read_gateway(reader, p); }},
          {"limits", [&](const Place& p) { config.limits = read_limits(reader, p); }},
      });
  for (const ServerConfig& server : config.servers) config.policy.servers.push_back(server.name);
  std::vector<std::string> profiles;
  for (const ProfileConfig& profile : config.profiles) profiles.push_back(profile.name);
  check_rule_names(reader, config.policy, "policy", profiles, account_names(config.servers));
  check_profiles(reader, {root.find("profiles"), "profiles"}, config.policy, config.servers,
                 config.profiles);
  check_guard(reader, {root.find("guard"), "guard"}, config.guard, config.policy.servers);
  check_retry(reader, {root.find("retry"), "retry"}, config.policy.servers);
  if (config.servers.size() > config.limits.servers)
    reader.fail(
        {root.find("mcpServers"), "mcpServers"}, "config.value",
        fmt::format("holds {} servers, more than limits.servers allows", config.servers.size()),
        "raise limits.servers or remove some servers");
}

namespace {

Result<std::string> read_file(const std::string& path) {
  const auto failed = [&path](std::string code, const std::string& why, std::string next) {
    return Error{std::move(code), shown(path) + ": " + why, std::move(next)};
  };
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
    return failed("config.missing", "there is no configuration file",
                  std::string("create the file with: ") + kExample);
  if (fd < 0)
    return failed("config.unreadable", std::strerror(errno),
                  "check the path and the file's permissions");
  std::string text;
  char part[16384];
  ssize_t got = 1;
  while (text.size() <= kLargestFile && got != 0) {
    got = read(fd, part, sizeof part);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) break;
    text.append(part, static_cast<size_t>(got));
  }
  const int error = got < 0 ? errno : 0;
  close(fd);
  if (error)
    return failed("config.unreadable", std::strerror(error),
                  "check the path and the file's permissions");
  if (text.size() > kLargestFile)
    return failed("config.unreadable", "is larger than 4 MiB",
                  "a configuration is far smaller; check the path");
  return text;
}

}  // namespace

LoadedConfig load_config(const std::string& path, const std::string& home) {
  Result<std::string> text = read_file(path);
  if (text) return parse_config(std::move(*text), path, home);
  LoadedConfig loaded;
  loaded.config.path = path;
  loaded.errors.push_back({text.error(), 0, 0, "", text.error().message});
  return loaded;
}

LoadedConfig parse_config(std::string text, const std::string& path, const std::string& home) {
  LoadedConfig loaded;
  loaded.config.path = path;
  Reader reader(path, home);
  const auto fail = [&](Position position, const std::string& what, std::string next) {
    reader.fail(position, "", "config.not_json", what, std::move(next));
    loaded.errors = reader.take_errors();
  };
  const std::string original = text;  // columns are counted in the original file, with its comments
  if (const Status blanked = blank_comments(text); !blanked) {
    fail({}, blanked.error().message, "close the comment with */");
    return loaded;
  }
  reader.set_text(original);
  Walker walker({.bytes = kLargestFile, .depth = 64, .nodes = 1'000'000});
  const Result<MessagePtr> message = walker.walk(std::move(text));
  if (!message) {
    fail(reader.position_of(walker.error_offset()), message.error().message,
         "correct the file at this place or just before it; comments and trailing commas are "
         "allowed");
    return loaded;
  }
  const Value root = (*message)->root();
  if ((*message)->duplicates() > 0) check_outer_duplicates(reader, root);
  read_config(reader, root, loaded);
  loaded.errors = reader.take_errors();
  loaded.notes = reader.take_notes();
  return loaded;
}

}  // namespace callgate
