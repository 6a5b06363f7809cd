#include "callgate/desktop/clients.h"

#include <sys/stat.h>

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

}  // namespace

// A relative value of a variable is ignored, as XDG says.
std::string expanded_path(std::string_view path, const Machine& machine) {
  if (path.starts_with("./")) return machine.project + std::string(path.substr(1));
  if (!path.starts_with("${")) return with_home(path, machine);
  const size_t bar = path.find(":-"), end = path.find('}');
  const auto value = machine.variable(std::string(path.substr(2, bar - 2)));
  std::string base = value && value->starts_with('/')
                         ? *value
                         : with_home(path.substr(bar + 2, end - bar - 2), machine);
  while (base.size() > 1 && base.back() == '/') base.pop_back();
  return base + std::string(path.substr(end + 1));
}

const std::vector<ClientApp>& all_clients() {
  static const std::vector<ClientApp> all = client_table();
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

std::optional<FoundFile> find_file(const ClientApp& client, ClientScope scope,
                                   const Machine& machine) {
  std::optional<FoundFile> first;
  for (const ClientFile& file : client.files) {
    const std::string_view path = machine.macos ? file.macos_path : file.linux_path;
    if (file.scope != scope || path.empty()) continue;
    FoundFile found{&client, &file, expanded_path(path, machine), {}, false};
    for (std::string_view key : file.servers)
      found.servers.push_back(key == "." ? machine.project : std::string(key));
    struct stat about {};
    found.exists = ::lstat(found.path.c_str(), &about) == 0;
    if (found.exists) return found;
    if (!first) first = std::move(found);
  }
  return first;
}

}  // namespace callgate
