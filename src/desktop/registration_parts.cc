#include "registration_parts.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <set>

#include "callgate/base/ascii.h"
#include "callgate/base/text.h"
#include "callgate/config/secret_names.h"
#include "callgate/desktop/used_variables.h"
#include "desktop/clients/files.h"
#include "desktop/documents/document.h"
#include "desktop/rules/client_rules.h"
#include "manifest.h"

namespace callgate {

namespace {

using Names = std::vector<std::string>;

ServerImport* find_server(RegisterPlan& plan, const std::string& name) {
  for (ServerImport& each : plan.servers)
    if (each.decision != ImportDecision::Stay && each.server.name == name) return &each;
  return nullptr;
}

/// Switches off each server that the plan adds. If our configuration had the server already, other
/// clients may use it, so a rule denies the server to this client only.
void switch_off(const Names& servers, const std::string& client, RegisterPlan& plan) {
  for (const std::string& name : servers) {
    ServerImport* const server = find_server(plan, name);
    if (server && is_imported(*server)) {
      if (!server->server.disabled)
        server->notes.push_back(
            fmt::format("the server is switched off, as in {}'s settings", client));
      server->server.disabled = true;
    } else {
      plan.profile.deny.push_back(name + "__*");
    }
  }
}

void show_only(const std::map<std::string, Names>& only, RegisterPlan& plan) {
  for (const auto& [name, globs] : only) {
    ServerImport* const server = find_server(plan, name);
    if (server && is_imported(*server)) {
      server->server.only = globs;
    } else {
      plan.notes.push_back(
          fmt::format("this client may use only {1} of '{0}', and other clients use '{0}', too: "
                      "write rules for this client alone",
                      name, globs.empty() ? "nothing" : joined(globs)));
    }
  }
}

bool is_in(const std::string& name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// True for the variables that Codex gives to every server.
bool in_short_list(const std::string& name) {
  return is_in(
      name, {"HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER"});
}

/// True if Gemini CLI (or a client derived from it) assumes, by the variable's name, that the
/// variable is a secret.
bool looks_secret(std::string name) {
  for (char& c : name) c = upper(c);
  constexpr std::array kParts = {"TOKEN", "SECRET", "PASSWORD", "PASSWD",     "KEY",
                                 "AUTH",  "CREDS",  "PRIVATE",  "CREDENTIAL", "CERT"};
  return is_in(name,
               {"CLIENT_ID", "DB_URI", "CONNECTION_STRING", "AWS_DEFAULT_REGION", "AZURE_CLIENT_ID",
                "AZURE_TENANT_ID", "SLACK_WEBHOOK_URL", "TWILIO_ACCOUNT_SID", "DATABASE_URL",
                "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_ACCOUNT", "FIREBASE_PROJECT_ID"}) ||
         std::any_of(kParts.begin(), kParts.end(),
                     [&](const char* part) { return name.find(part) != std::string::npos; });
}

/// Returns the URL at which the server is reached, also if a bridge reaches it; "" if there is
/// none.
std::string url_of(const ServerConfig& server) {
  if (server.remote) return server.remote->url;
  const auto direct = without_bridge(server);
  return direct ? direct->remote->url : "";
}

void add_variables_in(std::string_view value, std::set<std::string>& names) {
  for (const std::string_view reference : references_in(value))
    if (reference.starts_with("env:")) names.emplace(reference.substr(4));
}

/// Returns all registered clients except the request's client, each once.
Names other_clients(const RegisterRequest& request) {
  Names others;
  for (const Registration& each : registrations(request.places))
    if (each.client != request.file.client->id && !contains(others, each.client))
      others.push_back(each.client);
  return others;
}

/// Adds the names, in our configuration, of the servers that the client's file had before earlier
/// registrations.
void add_earlier(const RegisterRequest& request, const std::vector<ServerConfig>& ours,
                 std::set<std::string>& names) {
  for (const Registration& each : registrations(request.places)) {
    if (each.client != request.file.client->id) continue;
    const auto manifest = read_manifest(each.folder);
    if (!manifest) continue;
    const auto document = read_document(format_of(*request.file.client, manifest->path),
                                        manifest->original.value_or(""), manifest->keys);
    if (!document) continue;
    for (const DocumentEntry& entry : (*document)->entries()) {
      const ServerImport had = import_server(entry.name, entry.json, request.file, request.machine);
      for (const ServerConfig& server : ours)
        if (had.decision != ImportDecision::Stay && is_same_target(server, had.server))
          names.insert(server.name);
    }
  }
}

/// Adds the servers of another file of the client to the part of the plan that reports such
/// servers.
void search_file(const FoundFile& found, const RegisterRequest& request, RegisterPlan& plan) {
  const auto file = read_file_state(found.path);
  // If the project is the home folder, the scopes User and Project may select the same file.
  const bool same = file && file->real == plan.client.real && found.servers == request.file.servers;
  if (!file || !file->bytes || same) return;
  const auto document =
      read_document(format_of(*found.client, found.path), *file->bytes, found.servers);
  if (!document) return;
  std::vector<std::string> names;
  for (const DocumentEntry& each : (*document)->entries()) {
    const ServerImport other = import_server(each.name, each.json, found, request.machine);
    if (!starts_callgate(other.server.command, other.server.args, request.binary))
      names.push_back(each.name);
  }
  if (names.empty()) return;
  const auto first = find_file(*found.client, found.file->scope, request.machine);
  plan.elsewhere.push_back({.scope = scope_word(found.file->scope),
                            .path = found.path,
                            .names = std::move(names),
                            .other_file = !first || first->path != found.path,
                            .only_read = found.file->only_read});
}

}  // namespace

bool is_imported(const ServerImport& server) { return server.decision == ImportDecision::Take; }

bool is_same_target(const ServerConfig& ours, const ServerConfig& theirs) {
  if (!theirs.remote)
    return !ours.remote && ours.command == theirs.command && ours.args == theirs.args;
  return url_of(ours) == theirs.remote->url;
}

void apply_client_rules(const RegisterRequest& request, RegisterPlan& plan) {
  std::vector<ServerNames> names;
  for (const ServerImport& each : plan.servers)
    if (is_imported(each) || each.decision == ImportDecision::Present)
      names.push_back({each.name, each.server.name});
  ClientRules rules = read_client_rules(request.file, request.machine, names);
  switch_off(rules.off, std::string(request.file.client->title), plan);
  show_only(rules.only, plan);
  auto& deny = plan.profile.deny;
  deny.insert(deny.end(), rules.deny.begin(), rules.deny.end());
  plan.profile.ask = std::move(rules.ask);
  plan.notes.insert(plan.notes.end(), rules.notes.begin(), rules.notes.end());
}

void keep_clients_apart(const RegisterRequest& request, const std::vector<ServerConfig>& ours,
                        RegisterPlan& plan) {
  const Names others = other_clients(request);
  if (others.empty() || request.import_only || !request.profile.empty()) return;
  std::set<std::string> mine;
  for (const ServerImport& each : plan.servers)
    if (is_imported(each) || each.decision == ImportDecision::Present)
      mine.insert(each.server.name);
  add_earlier(request, ours, mine);
  const bool more = std::any_of(ours.begin(), ours.end(), [&](const ServerConfig& server) {
    return !mine.contains(server.name);
  });
  if (more) plan.profile.servers.emplace(mine.begin(), mine.end());
  if (std::none_of(plan.servers.begin(), plan.servers.end(), is_imported)) return;
  for (const std::string& client : others)
    plan.notes.push_back(
        fmt::format("{0} also uses this configuration; without a profile, {0} sees the new "
                    "servers, too: `callgate register {1}` gives {0} a profile",
                    find_client(client)->title, client));
}

std::vector<std::string> variables_needed(const std::vector<ServerConfig>& servers) {
  std::set<std::string> names;
  for (const ServerConfig& server : servers) {
    if (server.disabled) continue;
    names.insert(server.env_pass.begin(), server.env_pass.end());
    for (const auto& values : {server.named_values(), server.sign_in_values()})
      for (const auto& [name, value] : values) add_variables_in(value, names);
    if (server.remote) add_variables_in(server.remote->url, names);
  }
  return {names.begin(), names.end()};
}

std::vector<std::string> variables_to_hand_on(const ClientApp& client,
                                              const std::vector<std::string>& needed,
                                              const Machine& machine) {
  std::vector<std::string> names;
  for (const std::string& name : needed) {
    // The entry names such a variable only if the variable is set. For a named variable that is not
    // set, a client that withholds secrets would pass an empty value.
    const bool redacted = client.environment == ClientEnvironment::Redacted && looks_secret(name) &&
                          machine.variable(name);
    // If the client has no list of names, the entry needs a reference in `env`. If the variable is
    // not set, Continue would pass the text of this reference.
    const bool by_name = !client.fields.env_names.empty() || machine.variable(name).has_value();
    const bool missing = client.environment == ClientEnvironment::Short && !in_short_list(name);
    if (redacted || (missing && by_name)) names.push_back(name);
  }
  return names;
}

void offer_variables(const RegisterRequest& request, ServerImport& imported) {
  const ClientEnvironment environment = request.file.client->environment;
  std::vector<std::string> given;
  for (const std::string& name : request.machine.set)
    if (environment == ClientEnvironment::All ||
        (environment == ClientEnvironment::Redacted && !looks_secret(name)))
      given.push_back(name);
  ServerConfig& server = imported.server;
  imported.unpassed = variables_missed(server, given);
  if (!request.pass_env) return;
  server.env_pass.insert(server.env_pass.end(), imported.unpassed.begin(), imported.unpassed.end());
  imported.unpassed.clear();
}

void keep_missed(const ServerConfig& ours, ServerImport& imported) {
  imported.unpassed = variables_missed(ours, imported.unpassed);
}

void search_other_files(const RegisterRequest& request, RegisterPlan& plan) {
  for (const ClientScope scope : {ClientScope::User, ClientScope::Project, ClientScope::Local})
    for (const FoundFile& found : find_files(*request.file.client, scope, request.machine))
      search_file(found, request, plan);
}

std::vector<std::string> missing_folders(std::string path) {
  std::vector<std::string> missing;
  struct stat about {};
  for (;;) {
    const size_t slash = path.rfind('/');
    if (slash == std::string::npos || slash == 0) break;
    path.resize(slash);
    if (::stat(path.c_str(), &about) == 0) break;
    missing.insert(missing.begin(), path);
  }
  return missing;
}

}  // namespace callgate
