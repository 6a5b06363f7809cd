#include <unistd.h>

#include <algorithm>

#include "callgate/desktop/inspection.h"
#include "callgate/desktop/takeover.h"
#include "document.h"
#include "files.h"
#include "manifest.h"
#include "registration_parts.h"

namespace callgate {

namespace {

bool may_be_started(const std::string& command) {
  if (command.find('/') == std::string::npos) return true;  // found by the client's PATH
  return ::access(command.c_str(), X_OK) == 0;
}

std::string option(const std::vector<std::string>& args, const std::string& name) {
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i] == name && i + 1 < args.size()) return args[i + 1];
    if (args[i].starts_with(name + "=")) return args[i].substr(name.size() + 1);
  }
  return "";
}

void look_at_entry(const DocumentEntry& entry, const Machine& machine, const std::string& binary,
                   ClientLook& look) {
  const Takeover taken = take_over(entry.name, entry.json, look.file, machine);
  const ServerConfig& server = taken.server;
  if (starts_callgate(server.command, server.args, binary)) {
    std::vector<std::string> passed = server.env_pass;
    for (const auto& [name, value] : server.env) passed.push_back(name);
    look.own.push_back({.name = entry.name,
                        .command = server.command,
                        .config = option(server.args, "--config"),
                        .profile = option(server.args, "--profile"),
                        .passed = std::move(passed),
                        .disabled = server.disabled,
                        .reachable = may_be_started(server.command)});
  } else if (!server.disabled) {
    look.others.push_back(entry.name);
  }
}

void look_inside(const Machine& machine, const std::string& binary, ClientLook& look) {
  const auto text = look_at_file(look.file.path);
  if (!text) {
    look.error = text.error();
    return;
  }
  if (!text->bytes) return;
  const auto document =
      read_document(format_of(*look.file.client, look.file.path), *text->bytes, look.file.servers);
  if (!document) {
    look.error = document.error();
    look.error->message = look.file.path + ":" + look.error->message;
    return;
  }
  for (const DocumentEntry& entry : (*document)->entries())
    look_at_entry(entry, machine, binary, look);
}

bool is_of(const Registration& registration, const FoundFile& file) {
  return registration.client == file.client->id && registration.path == file.path &&
         registration.scope == scope_word(file.file->scope);
}

/// Returns the file that a registration changed. It may belong to another project.
std::optional<FoundFile> place_of(const Registration& registration) {
  const auto manifest = read_manifest(registration.folder);
  if (!manifest) return std::nullopt;
  const ClientApp* const client = find_client(registration.client);
  for (const ClientFile& file : client->files)
    if (registration.scope == scope_word(file.scope))
      return FoundFile{client, &file, manifest->path, manifest->keys,
                       ::access(manifest->path.c_str(), F_OK) == 0};
  return std::nullopt;
}

/// Returns all existing files of that scope, and the file in which callgate would register, even if
/// it does not exist yet.
std::vector<FoundFile> files_of(const ClientApp& client, ClientScope scope,
                                const Machine& machine) {
  std::vector<FoundFile> files = find_files(client, scope, machine);
  if (auto file = find_file(client, scope, machine); file && !file->exists)
    files.push_back(std::move(*file));
  return files;
}

std::vector<std::string> withheld_of(const std::vector<std::string>& all, const ClientApp& client,
                                     const CallgateEntry& entry, const Machine& machine) {
  std::vector<std::string> names = variables_to_hand_on(client, all, machine);
  std::erase_if(names, [&](const std::string& name) {
    return !machine.variable(name) ||
           std::find(entry.passed.begin(), entry.passed.end(), name) != entry.passed.end();
  });
  return names;
}

}  // namespace

std::vector<std::string> variables_withheld(const ClientApp& client, const CallgateEntry& entry,
                                            const std::vector<ServerConfig>& servers,
                                            const Machine& machine) {
  return withheld_of(variables_needed(servers), client, entry, machine);
}

std::vector<std::string> variables_withheld(const ClientApp& client, const CallgateEntry& entry,
                                            const Machine& machine) {
  return withheld_of(machine.set, client, entry, machine);
}

std::vector<ClientLook> look_at_clients(const Machine& machine, const Places& places,
                                        const std::string& binary) {
  std::vector<Registration> known = registrations(places);
  std::vector<ClientLook> all;
  for (const ClientApp& client : all_clients()) {
    for (const ClientScope scope : {ClientScope::User, ClientScope::Project, ClientScope::Local}) {
      const auto ours = find_file(client, scope, machine);
      for (FoundFile& file : files_of(client, scope, machine)) {
        ClientLook look{.file = std::move(file)};
        std::erase_if(known, [&look](const Registration& each) {
          if (!is_of(each, look.file)) return false;
          look.registration = each;
          return true;
        });
        if (!look.file.exists && !look.registration) continue;
        look_inside(machine, binary, look);
        const bool empty = look.own.empty() && look.others.empty() && !look.registration;
        const bool main = scope == ClientScope::User && ours && look.file.path == ours->path;
        if (!empty || look.error || main) all.push_back(std::move(look));
      }
    }
  }
  for (const Registration& each : known) {
    auto file = place_of(each);
    if (!file) continue;
    ClientLook look{.file = std::move(*file), .registration = each};
    look_inside(machine, binary, look);
    all.push_back(std::move(look));
  }
  return all;
}

}  // namespace callgate
