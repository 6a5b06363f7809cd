#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>

#include "callgate/base/look_alike.h"
#include "callgate/base/text.h"
#include "callgate/desktop/registration.h"
#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"
#include "desktop/clients/files.h"
#include "desktop/documents/document.h"
#include "desktop/imports/server_json.h"
#include "desktop/rules/allowed_list.h"
#include "desktop/rules/client_rules.h"
#include "entry_json.h"
#include "manifest.h"
#include "profile_entry.h"
#include "registration_parts.h"

namespace callgate {

namespace {

Error in_file(const FileState& file, Error error) {
  error.message = file.path + ":" + error.message;
  return error;
}

using Environment = std::vector<std::pair<std::string, std::string>>;

/// Returns the value that a text without references means: `$$` means `$`.
std::string plain_value(std::string text) {
  for (size_t at = 0; (at = text.find("$$", at)) != std::string::npos; ++at) text.erase(at, 1);
  return text;
}

class Planner {
 public:
  explicit Planner(const RegisterRequest& request) : request_(request) {}

  Result<RegisterPlan> run() {
    plan_.file = request_.file;
    if (Status read = read_files(); !read) return read.error();
    for (const DocumentEntry& each : client_->entries()) take(each);
    apply_client_rules(request_, plan_);
    keep_clients_apart(request_, ours_, plan_);
    name_profile();
    if (Status merged = write_config(); !merged) return merged.error();
    if (!request_.import_only)
      if (Status written = write_client(); !written) return written.error();
    search_other_files(request_, plan_);
    return std::move(plan_);
  }

 private:
  ConfigFormat format() const { return format_of(*request_.file.client, request_.file.path); }

  Status read_files() {
    auto client = read_file_state(request_.file.path);
    if (!client) return client.error();
    plan_.client = std::move(*client);
    auto document = read_document(format(), plan_.client.bytes.value_or(""), request_.file.servers);
    if (!document) return in_file(plan_.client, document.error());
    client_ = std::move(*document);
    if (!request_.import_only)
      if (Status may = may_replace(plan_.client); !may) return may;
    return read_config();
  }

  Status read_config() {
    auto file = read_file_state(request_.places.config_file);
    if (!file) return file.error();
    plan_.config = std::move(*file);
    if (Status may = may_replace(plan_.config); !may) return may;
    const std::string& home = request_.places.home;
    if (plan_.config.bytes && !only_blanks(*plan_.config.bytes)) {
      LoadedConfig loaded = parse_config(*plan_.config.bytes, plan_.config.path, home);
      if (!loaded.errors.empty()) return loaded.errors.front();
      ours_ = std::move(loaded.config.servers);
      broken_ = loaded.broken.size();
      for (const ProfileConfig& each : loaded.config.profiles) profiles_.push_back(each.name);
    }
    for (const ServerConfig& each : ours_)
      if (starts_callgate(each.command, each.args, request_.binary))
        return Error{"desktop.recursion",
                     fmt::format("{}: the server '{}' would start callgate inside callgate",
                                 plan_.config.path, each.name),
                     "remove this server from the file, then type the command again"};
    auto document =
        read_document(ConfigFormat::Json, plan_.config.bytes.value_or(""), {"mcpServers"});
    if (!document) return in_file(plan_.config, document.error());
    config_ = std::move(*document);
    return {};
  }

  /// Returns the entry by which the client starts callgate. If our configuration file or state
  /// folder is not the default one, the entry passes its path, because the client may not have the
  /// variables that select it.
  OwnEntry own_entry() const {
    OwnEntry entry{request_.binary, {}, {}};
    const Places& places = request_.places;
    if (places.config_file != places.home + "/.config/callgate/config.json")
      entry.args = {"--config", places.config_file};
    if (!plan_.profile.name.empty()) {
      entry.args.emplace_back("--profile");
      entry.args.push_back(plan_.profile.name);
    }
    if (places.state_dir != places.home + "/.local/state/callgate")
      entry.env.emplace_back("CALLGATE_STATE", places.state_dir);
    return entry;
  }

  /// Chooses the name of the client's profile: the requested profile, or else the profile that the
  /// client's entry has already. If there is neither, a client with rules of its own gets a profile
  /// with the client's name.
  void name_profile() {
    ClientProfile& profile = plan_.profile;
    profile.name = request_.profile;
    for (const ServerImport& each : plan_.servers)
      if (profile.name.empty() && each.decision == ImportDecision::Ourselves)
        for (size_t i = 1; i < each.server.args.size(); ++i)
          if (each.server.args[i - 1] == "--profile" && contains(profiles_, each.server.args[i]))
            profile.name = each.server.args[i];
    const bool wanted = profile.servers || !profile.deny.empty() || !profile.ask.empty();
    if (profile.name.empty() && wanted) profile.name = request_.file.client->id;
  }

  /// Adds to the entry the variables that this client has to pass on to callgate, and the longest
  /// time-out of the imported servers.
  void complete_entry(const ServerConfig& before) {
    const LoadedConfig loaded =
        parse_config(plan_.writes_config ? plan_.config_after : plan_.config.bytes.value_or("{}"),
                     plan_.config.path, request_.places.home);
    std::vector<std::string> needed = variables_needed(loaded.config.servers);
    OwnEntry& entry = plan_.entry;
    entry.passed = variables_to_hand_on(*request_.file.client, needed, request_.machine);
    for (const std::string& name : before.env_pass)
      if (!contains(entry.passed, name)) entry.passed.push_back(name);
    const Millis preset = ServerConfig().call_timeout;
    const auto longer = [&](const ServerConfig& server) {
      if (server.call_timeout != preset)
        entry.call_timeout = std::max(entry.call_timeout, server.call_timeout);
    };
    longer(before);
    for (const ServerImport& each : plan_.servers)
      if (is_imported(each)) longer(each.server);
  }

  void take(const DocumentEntry& each) {
    ServerImport imported = import_server(each.name, each.json, request_.file, request_.machine);
    if (imported.decision != ImportDecision::Stay) {
      if (starts_callgate(imported.server.command, imported.server.args, request_.binary)) {
        imported.decision = ImportDecision::Ourselves;
      } else {
        offer_variables(request_, imported);
        find_name(imported);
        imported.secrets = plain_secrets(imported.server, request_.hide);
      }
    }
    plan_.servers.push_back(std::move(imported));
  }

  /// Returns the server of our configuration that has this name or a look-alike name; nullptr if
  /// there is none. The configuration does not accept a second server with such a name.
  const ServerConfig* ours(const std::string& name) const {
    for (const ServerConfig& each : ours_)
      if (each.name == name || look_alike(each.name, name)) return &each;
    return nullptr;
  }

  /// True if the two values are the same, or if our value is a reference to a secret that has the
  /// client's value.
  bool same_value(const std::string& ours, const std::string& theirs) const {
    if (ours == theirs) return true;
    constexpr std::string_view kBegin = "${secret:";
    if (!request_.secret_value || !ours.starts_with(kBegin) || ours.back() != '}') return false;
    const auto value =
        request_.secret_value(ours.substr(kBegin.size(), ours.size() - kBegin.size() - 1));
    return value && *value == plain_value(theirs);
  }

  bool same_env(Environment ours, Environment theirs) const {
    std::sort(ours.begin(), ours.end());
    std::sort(theirs.begin(), theirs.end());
    return std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                      [this](const auto& a, const auto& b) {
                        return a.first == b.first && same_value(a.second, b.second);
                      });
  }

  bool same_server(const ServerConfig& ours, const ServerConfig& theirs) const {
    if (const auto direct = without_bridge(ours); direct && theirs.remote)
      return same_server(*direct, theirs);
    return is_same_target(ours, theirs) && same_env(ours.named_values(), theirs.named_values()) &&
           same_oauth_client(ours, theirs) && ours.cwd == theirs.cwd &&
           std::all_of(theirs.env_pass.begin(), theirs.env_pass.end(),
                       [&](const std::string& name) { return contains(ours.env_pass, name); });
  }

  /// True if `theirs` names no client for the sign-in, or the same client.
  static bool same_oauth_client(const ServerConfig& ours, const ServerConfig& theirs) {
    if (!theirs.remote || theirs.remote->sign_in.client.id.empty()) return true;
    return ours.remote && ours.remote->sign_in.client.id == theirs.remote->sign_in.client.id;
  }

  /// Finds out whether our configuration already has the same server. If it does not, but the
  /// server's name is in use, adds a number to the name.
  void find_name(ServerImport& imported) {
    for (const ServerConfig& each : ours_) {
      if (!same_server(each, imported.server)) continue;
      imported.decision = ImportDecision::Present;
      imported.server.name = each.name;
      imported.notes.clear();
      keep_missed(each, imported);
      // If the names differ, the search goes on, because a later server may be the same and also
      // have the same name.
      if (each.name == imported.name) return;
    }
    if (imported.decision == ImportDecision::Present) return;
    const std::string name = imported.name;
    const ServerConfig* const other = ours(name);
    const std::string used = other ? other->name : name;
    for (int i = 2; ours(imported.server.name); ++i)
      imported.server.name = fmt::format("{}-{}", name.substr(0, 60), i);
    if (imported.server.name != name)
      imported.notes.push_back(fmt::format("another server is called '{}' already", used));
    ours_.push_back(imported.server);
  }

  Status write_config() {
    std::vector<DocumentEntry> added;
    for (const ServerImport& each : plan_.servers)
      if (is_imported(each)) added.push_back({each.server.name, server_json(each.server), ""});
    const std::string before = plan_.config.bytes.value_or("");
    plan_.config_after = added.empty() ? before : config_->changed({}, added);
    if (request_.name_secret && !added.empty()) move_secrets_of(added);
    if (Status profile = write_profile(); !profile) return profile;
    plan_.writes_config = plan_.config_after != before;
    if (!plan_.writes_config) return {};
    // The new configuration must be valid. For example, it must not have too many servers.
    LoadedConfig loaded = parse_config(plan_.config_after, plan_.config.path, request_.places.home);
    if (!loaded.errors.empty()) return loaded.errors.front();
    if (loaded.broken.size() > broken_) return loaded.broken.back();
    return {};
  }

  Status write_profile() {
    const ClientProfile& profile = plan_.profile;
    if (!profile.servers && profile.deny.empty() && profile.ask.empty()) return {};
    auto after = with_profile(plan_.config_after, profile);
    if (!after) return in_file(plan_.config, after.error());
    plan_.config_after = std::move(*after);
    return {};
  }

  void move_secrets_of(const std::vector<DocumentEntry>& added) {
    std::vector<std::string> names;
    for (const DocumentEntry& each : added) names.push_back(each.name);
    MovedSecrets all = move_secrets(plan_.config_after, names, request_.hide, request_.name_secret);
    plan_.config_after = std::move(all.text);
    plan_.moved = std::move(all.moved);
    for (const MovedSecret& moved : plan_.moved)
      for (ServerImport& each : plan_.servers)
        if (each.server.name == moved.server) show_moved(each, moved);
  }

  static void show_moved(ServerImport& imported, const MovedSecret& moved) {
    if (!is_imported(imported)) return;
    ServerConfig& server = imported.server;
    const std::string reference = "${secret:" + moved.secret + "}";
    for (auto& [name, value] : server.remote ? server.remote->headers : server.env)
      if (name == moved.variable) value = reference;
    if (server.remote && moved.variable == "auth.client_secret")
      server.remote->sign_in.client.secret = reference;
    std::erase(imported.secrets, moved.variable);
  }

  Status write_client() {
    std::vector<std::string> removed, staying;
    bool only_ourselves = true;
    plan_.entry = own_entry();
    ServerConfig before;
    for (const ServerImport& each : plan_.servers)
      if (each.decision == ImportDecision::Ourselves && each.name == kOwnName) before = each.server;
    complete_entry(before);
    const std::string written = entry_json(plan_.entry, *request_.file.client, format());
    const ServerConfig wanted =
        import_server(kOwnName, written, request_.file, request_.machine).server;
    for (const ServerImport& each : plan_.servers) {
      (each.decision == ImportDecision::Stay ? staying : removed).push_back(each.name);
      if (each.decision == ImportDecision::Stay) continue;
      only_ourselves = only_ourselves && each.decision == ImportDecision::Ourselves &&
                       each.name == kOwnName && each.server == wanted;
    }
    if (only_ourselves && !removed.empty()) return {};
    plan_.name = kOwnName;
    while (contains(staying, plan_.name)) plan_.name += "-gate";
    plan_.writes_client = true;
    plan_.client_after = with_name_allowed(client_->changed(removed, {{plan_.name, written, ""}}),
                                           request_.file.client->id, plan_.name);
    if (plan_.client_after.size() > kLargestDesktopFile)
      return Error{
          "desktop.too_large",
          plan_.client.path + ": with callgate's entry, the file would be larger than 4 MiB",
          "check why the file is so large; callgate has not changed it"};
    // Checks that our own reader finds all entries in the new text. So a bad edit is found before
    // it is written to the file.
    const auto again = read_document(format(), plan_.client_after, request_.file.servers);
    if (again && (*again)->entries().size() == staying.size() + 1) return {};
    return Error{"desktop.unsupported",
                 fmt::format("{}: callgate's entry can't be added to this file{}",
                             plan_.client.path, again ? "" : ": " + again.error().message),
                 "add the entry by hand; nothing was changed"};
  }

  const RegisterRequest& request_;
  RegisterPlan plan_;
  std::unique_ptr<Document> client_, config_;
  std::vector<ServerConfig> ours_;
  std::vector<std::string> profiles_;
  size_t broken_ = 0;  // how many entries of our configuration were broken before the change
};

Manifest manifest_of(const RegisterPlan& plan, Micros now) {
  Manifest out;
  out.client = plan.file.client->id;
  out.scope = scope_word(plan.file.file->scope);
  out.path = plan.client.path;
  out.real = plan.client.real;
  out.at = format_wall(now);
  out.entry = plan.name;
  out.keys = plan.file.servers;
  for (const ServerImport& each : plan.servers)
    if (each.decision != ImportDecision::Stay) out.removed.push_back(each.name);
  if (!plan.client.bytes) out.folders = missing_folders(plan.client.real);
  out.original = plan.client.bytes;
  out.written = plan.client_after;
  return out;
}

}  // namespace

Result<RegisterPlan> plan_register(const RegisterRequest& request) {
  return Planner(request).run();
}

Result<CarriedOut> carry_out(const RegisterPlan& plan, const Places& places, Micros now) {
  const DesktopLock lock(desktop_folder(places));
  if (!lock.status()) return lock.status().error();
  for (const FileState* file : {&plan.client, &plan.config}) {
    if (Status same = still_same(*file); !same) return same.error();
  }
  CarriedOut done;
  if (plan.writes_client) {
    auto backup = write_manifest(manifest_of(plan, now), places);
    if (!backup) return backup.error();
    done.backup = *backup;
  }
  std::vector<std::string> made;
  Status written;
  if (plan.writes_config) written = replace_file(plan.config, plan.config_after, made);
  if (written && plan.writes_client) written = replace_file(plan.client, plan.client_after, made);
  if (written) return done;
  if (!done.backup.empty()) drop_manifest(done.backup);
  return written.error();
}

}  // namespace callgate
