#include <unistd.h>

#include <algorithm>

#include "callgate/desktop/inspection.h"
#include "callgate/desktop/server_import.h"
#include "desktop/clients/files.h"
#include "desktop/documents/document.h"
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

void inspect_entry(const DocumentEntry& entry, const Machine& machine, const std::string& binary,
                   ClientInspection& inspection) {
  const ServerImport imported = import_server(entry.name, entry.json, inspection.file, machine);
  const ServerConfig& server = imported.server;
  if (starts_callgate(server.command, server.args, binary)) {
    std::vector<std::string> passed = server.env_pass;
    for (const auto& [name, value] : server.env) passed.push_back(name);
    inspection.own.push_back({.name = entry.name,
                              .command = server.command,
                              .config = option(server.args, "--config"),
                              .profile = option(server.args, "--profile"),
                              .passed = std::move(passed),
                              .disabled = server.disabled,
                              .reachable = may_be_started(server.command)});
  } else if (!server.disabled) {
    inspection.others.push_back(entry.name);
  }
}

void inspect_file(const Machine& machine, const std::string& binary, ClientInspection& inspection) {
  const auto text = read_file_state(inspection.file.path);
  if (!text) {
    inspection.error = text.error();
    return;
  }
  if (!text->bytes) return;
  const auto document = read_document(format_of(*inspection.file.client, inspection.file.path),
                                      *text->bytes, inspection.file.servers);
  if (!document) {
    inspection.error = document.error();
    inspection.error->message = inspection.file.path + ":" + inspection.error->message;
    return;
  }
  for (const DocumentEntry& entry : (*document)->entries())
    inspect_entry(entry, machine, binary, inspection);
}

bool is_of(const Registration& registration, const FoundFile& file) {
  return registration.client == file.client->id && registration.path == file.path &&
         registration.scope == scope_word(file.file->scope);
}

/// Returns the file that a registration changed. This file may belong to another project than the
/// present one.
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

/// Returns all existing files of that scope. If the file in which callgate would register does not
/// exist yet, returns it as well.
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

std::vector<ClientInspection> inspect_clients(const Machine& machine, const Places& places,
                                              const std::string& binary) {
  std::vector<Registration> known = registrations(places);
  std::vector<ClientInspection> all;
  for (const ClientApp& client : all_clients()) {
    for (const ClientScope scope : {ClientScope::User, ClientScope::Project, ClientScope::Local}) {
      const auto ours = find_file(client, scope, machine);
      for (FoundFile& file : files_of(client, scope, machine)) {
        ClientInspection inspection{.file = std::move(file)};
        std::erase_if(known, [&inspection](const Registration& each) {
          if (!is_of(each, inspection.file)) return false;
          inspection.registration = each;
          return true;
        });
        if (!inspection.file.exists && !inspection.registration) continue;
        inspect_file(machine, binary, inspection);
        const bool empty =
            inspection.own.empty() && inspection.others.empty() && !inspection.registration;
        const bool main = scope == ClientScope::User && ours && inspection.file.path == ours->path;
        if (!empty || inspection.error || main) all.push_back(std::move(inspection));
      }
    }
  }
  for (const Registration& each : known) {
    auto file = place_of(each);
    if (!file) continue;
    ClientInspection inspection{.file = std::move(*file), .registration = each};
    inspect_file(machine, binary, inspection);
    all.push_back(std::move(inspection));
  }
  return all;
}

}  // namespace callgate
