#include "callgate/desktop/clients.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "client_table.h"

extern char** environ;

namespace callgate {

namespace {

using enum ClientScope;

std::string with_home(std::string_view path, const Machine& machine) {
  if (path == "~") return machine.home;
  if (path.starts_with("~/")) return machine.home + std::string(path.substr(1));
  return std::string(path);
}

std::string_view path_in_table(const ClientFile& file, const Machine& machine) {
  return machine.macos ? file.macos_path : file.linux_path;
}

FoundFile found_file(const ClientApp& client, const ClientFile& file, std::string path,
                     const Machine& machine) {
  FoundFile found{&client, &file, std::move(path), {}, false};
  for (std::string_view key : file.servers)
    found.servers.push_back(key == "." ? machine.project : std::string(key));
  struct stat about {};
  found.exists = ::lstat(found.path.c_str(), &about) == 0;
  return found;
}

/// Adds a file if it exists and was not added before. A folder in the table may contain a file that
/// the table also names.
void add_existing(const ClientApp& client, const ClientFile& file, std::string path,
                  const Machine& machine, std::vector<FoundFile>& found) {
  FoundFile one = found_file(client, file, std::move(path), machine);
  const bool known = std::any_of(found.begin(), found.end(), [&](const FoundFile& each) {
    return each.path == one.path && each.servers == one.servers;
  });
  if (one.exists && !known) found.push_back(std::move(one));
}

/// Returns the JSON and YAML files in a folder and the folders below it, sorted.
std::vector<std::string> configurations_in(const std::string& folder) {
  namespace fs = std::filesystem;
  std::vector<std::string> paths;
  std::error_code error;
  size_t entries_read = 0;
  for (fs::recursive_directory_iterator at(folder, error), end;
       !error && at != end && paths.size() < kMostInFolder && ++entries_read < 16 * kMostInFolder;
       at.increment(error)) {
    const std::string ending = at->path().extension().string();
    if (ending == ".json" || ending == ".yaml" || ending == ".yml")
      paths.push_back(at->path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

// Uses the default if the variable's value is not an absolute path, as the XDG specification
// requires.
std::string expanded_path(std::string_view path, const Machine& machine) {
  if (path.starts_with("./")) return machine.project + std::string(path.substr(1));
  if (!path.starts_with("${")) return with_home(path, machine);
  const size_t bar = path.find(":-"), end = path.rfind('}');
  const auto value = machine.variable(std::string(path.substr(2, bar - 2)));
  std::string base = value && value->starts_with('/')
                         ? *value
                         : expanded_path(path.substr(bar + 2, end - bar - 2), machine);
  while (base.size() > 1 && base.back() == '/') base.pop_back();
  return base + std::string(path.substr(end + 1));
}

const std::vector<ClientApp>& all_clients() {
  static const auto& all = *new std::vector<ClientApp>(client_table());
  return all;
}

const ClientApp* find_client(std::string_view id) {
  for (const ClientApp& client : all_clients())
    if (client.id == id) return &client;
  return nullptr;
}

const char* scope_word(ClientScope scope) {
  switch (scope) {
    case User:
      return "user";
    case Project:
      return "project";
    case Local:
      return "local";
  }
  return "";
}

Machine this_machine(const std::string& home) {
  Machine machine;
#ifdef __APPLE__
  machine.macos = true;
#endif
  machine.home = home;
  std::error_code none;
  machine.project = std::filesystem::current_path(none).string();
  machine.variable = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value && *value ? std::optional<std::string>(value) : std::nullopt;
  };
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view variable = *entry;
    const size_t equals = variable.find('=');
    if (equals != std::string_view::npos && equals > 0 && equals + 1 < variable.size())
      machine.set.emplace_back(variable.substr(0, equals));
  }
  return machine;
}

std::vector<FoundFile> find_files(const ClientApp& client, ClientScope scope,
                                  const Machine& machine) {
  std::vector<FoundFile> found;
  for (const ClientFile& file : client.files) {
    if (file.scope != scope) continue;
    std::string path = expanded_path(path_in_table(file, machine), machine);
    if (path.empty()) continue;
    if (!path.ends_with("/*")) {
      add_existing(client, file, std::move(path), machine, found);
    } else {
      path.resize(path.size() - 2);
      for (std::string& each : configurations_in(path))
        add_existing(client, file, std::move(each), machine, found);
    }
  }
  return found;
}

std::optional<FoundFile> find_file(const ClientApp& client, ClientScope scope,
                                   const Machine& machine) {
  for (FoundFile& found : find_files(client, scope, machine))
    if (!found.file->only_read) return std::move(found);
  for (const ClientFile& file : client.files) {
    const std::string_view path = path_in_table(file, machine);
    if (file.scope == scope && !file.only_read && !path.empty() && !path.ends_with("/*"))
      return found_file(client, file, expanded_path(path, machine), machine);
  }
  return std::nullopt;
}

ConfigFormat format_of(const ClientApp& client, std::string_view path) {
  if (path.ends_with(".json") || path.ends_with(".jsonc")) return ConfigFormat::Json;
  if (path.ends_with("rc")) return ConfigFormat::Script;
  return client.format;
}

}  // namespace callgate
