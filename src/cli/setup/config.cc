// `callgate config`: prints the path of the configuration file, writes a starter file, reports
// errors, and prints the schema.
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

#include "callgate/app/rules.h"
#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/gates/self_path.h"
#include "cli/text/json_text.h"
#include "cli/text/terminal.h"
#include "cli/text/time_text.h"
#include "version.h"

namespace callgate {

namespace {

bool exists(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0;
}

int run_path(const Common& common) {
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  const bool there = exists(places->config_file);
  if (common.json || common.jsonl) {
    JsonWriter json;
    json.begin_object().key("file").string(places->config_file).key("exists").boolean(there);
    print_json(json.key("state").string(places->state_dir).end_object().take());
    return kDone;
  }
  print(visible(places->config_file, Lines::Escaped) + "\n");
  if (!there && !common.quiet)
    print_message("this file does not exist; callgate config init makes it");
  return kDone;
}

/// Returns the file: URI of the JSON schema that is installed with this binary, or "" if no schema
/// is installed. The starter file refers to the schema, so that editors can use it.
std::string installed_schema() {
  const std::filesystem::path next_to_config =
      std::filesystem::path(self_path()).parent_path().parent_path() /
      "share/callgate/config.schema.json";
  for (const std::string& path : {next_to_config.string(), std::string(kSchemaFile)}) {
    if (!exists(path)) continue;
    std::string uri = "file://";
    for (const char c : path) c == ' ' || c == '%' ? uri += fmt::format("%{:02X}", c) : uri += c;
    return uri;
  }
  return "";
}

Error cannot_write(const std::string& path, int reason) {
  return {"config.write", path + ": " + std::strerror(reason),
          "check the folder and its permissions, or name another file with --config"};
}

/// Creates the missing folders of `path` with mode 0700.
Status make_folders(const std::string& path) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST || exists(folder)) continue;
    return cannot_write(folder, errno);
  }
  return {};
}

/// Writes a new file with mode 0600. Fails if the file exists.
Status write_new(const std::string& path, const std::string& text) {
  if (Status folders = make_folders(path); !folders) return folders;
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST)
    return Error{"config.exists", path + ": the file exists already",
                 "see what the file contains: callgate config check"};
  if (fd < 0) return cannot_write(path, errno);
  size_t done = 0;
  int reason = 0;
  while (done < text.size() && reason == 0) {
    const ssize_t wrote = ::write(fd, text.data() + done, text.size() - done);
    if (wrote >= 0)
      done += static_cast<size_t>(wrote);
    else if (errno != EINTR)
      reason = errno;
  }
  if (::close(fd) != 0 && reason == 0) reason = errno;
  if (reason == 0) return {};
  ::unlink(path.c_str());
  return cannot_write(path, reason);
}

int run_init(const Common& common) {
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  const std::string schema = installed_schema();
  if (const Status written = write_new(places->config_file, starter_config(schema)); !written)
    return fail(written.error());
  if (common.json || common.jsonl) {
    JsonWriter json;
    json.begin_object().key("file").string(places->config_file).key("schema");
    print_json((schema.empty() ? json.null() : json.string(schema)).end_object().take());
  } else if (!common.quiet) {
    print(visible(places->config_file, Lines::Escaped) + "\n");
    print_message(
        "add servers to this file, or import the servers of a client: callgate import --dry-run");
  }
  return kDone;
}

bool is_good(const LoadedConfig& loaded) { return loaded.errors.empty() && loaded.broken.empty(); }

void write_config_error(JsonWriter& json, const ConfigError& error) {
  json.begin_object().key("line").integer(error.line).key("column").integer(error.column);
  json.key("key").string(error.key).key("code").string(error.code);
  json.key("message").string(error.what).key("next").string(error.next).end_object();
}

std::string config_check_json(const LoadedConfig& loaded) {
  const Config& config = loaded.config;
  JsonWriter json;
  json.begin_object().key("file").string(config.path).key("good").boolean(is_good(loaded));
  json.key("errors").begin_array();
  for (const auto* errors : {&loaded.errors, &loaded.broken})
    for (const ConfigError& error : *errors) write_config_error(json, error);
  json.end_array().key("notes").begin_array();
  for (const ConfigError& note : loaded.notes) write_config_error(json, note);
  json.end_array().key("servers").begin_array();
  for (const ServerConfig& server : config.servers) {
    json.begin_object().key("name").string(server.name);
    json.key("disabled").boolean(server.disabled);
    json.key("broken").boolean(server.broken.has_value()).end_object();
  }
  json.end_array().key("rules").integer(static_cast<int64_t>(config.policy.rule_count()));
  json.key("profiles").begin_array();
  for (const ProfileConfig& profile : config.profiles) {
    json.begin_object().key("name").string(profile.name);
    json.key("rules").integer(static_cast<int64_t>(profile.policy.rule_count())).end_object();
  }
  return json.end_array().end_object().take();
}

std::string held(const Config& config) {
  std::string servers, profiles;
  for (const ServerConfig& server : config.servers)
    servers += (servers.empty() ? "" : ", ") + server.name +
               (server.disabled ? " (disabled)"
                : server.broken ? " (does not start)"
                                : "");
  for (const ProfileConfig& profile : config.profiles)
    profiles += fmt::format("{}{} ({})", profiles.empty() ? "" : ", ", profile.name,
                            grouped(profile.policy.rule_count(), "rule"));
  const PolicyConfig& policy = config.policy;
  return fmt::format(
      "  servers   {}\n  rules     {} deny, {} ask, {} allow; default {}\n  profiles  {}\n",
      servers.empty() ? "none" : servers, policy.deny.size(), policy.ask.size(),
      policy.allow.size(),
      policy.fallback == RuleList::Deny  ? "deny"
      : policy.fallback == RuleList::Ask ? "ask"
                                         : "allow",
      profiles.empty() ? "none" : profiles);
}

void print_config_check(const LoadedConfig& loaded, const Common& common) {
  std::string out;
  const auto list = [&out](const std::vector<ConfigError>& errors) {
    for (const ConfigError& error : errors) {
      out += fmt::format("{} ({})\n", error.message, error.code);
      if (!error.next.empty()) out += "  " + error.next + "\n";
    }
  };
  list(loaded.errors);
  list(loaded.broken);
  if (!common.quiet) list(loaded.notes);
  if (loaded.errors.empty() && !common.quiet)
    out += loaded.config.path +
           (is_good(loaded) ? ": good\n" : ": the servers above do not start, the rest is good\n") +
           held(loaded.config);
  print(visible(out, Lines::Kept));
}

int run_check(const std::string& file, const Common& common) {
  const Result<Places> places = find_places(file.empty() ? common.config : file);
  if (!places) return fail(places.error());
  LoadedConfig loaded = load_config(places->config_file, places->home);
  if (loaded.errors.empty()) {
    if (const Result<Rules> rules = compile_rules(loaded.config, *places); !rules)
      loaded.errors.push_back({rules.error(), 0, 0, "policy", rules.error().message});
  }
  common.json || common.jsonl ? print_json(config_check_json(loaded))
                              : print_config_check(loaded, common);
  return is_good(loaded) ? kDone : kFailed;
}

}  // namespace

Run add_config_check(Syntax& syntax) {
  const auto file = std::make_shared<std::string>();
  syntax.optional("FILE", *file, "check this file instead of the file that callgate uses");
  return [file](const Common& common) { return run_check(*file, common); };
}

Run add_config_init(Syntax&) { return run_init; }
Run add_config_path(Syntax&) { return run_path; }

Run add_config_schema(Syntax&) {
  return [](const Common& common) {
    common.json || common.jsonl ? print_json(config_schema())
                                : print(JsonReader().for_people(config_schema(), 0) + "\n");
    return kDone;
  };
}

}  // namespace callgate
