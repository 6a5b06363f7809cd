#include "desktop.h"

#include <fmt/core.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <memory>

#include "callgate/app/secrets.h"
#include "callgate/base/text.h"
#include "callgate/protect/masker.h"
#include "callgate/wire/writer.h"
#include "secret_moves.h"
#include "self_path.h"
#include "table.h"
#include "terminal.h"
#include "widening.h"

namespace callgate {

namespace {

constexpr ClientScope kScopes[] = {ClientScope::User, ClientScope::Project, ClientScope::Local};

std::string real_path(const std::string& path) {
  char real[PATH_MAX];
  return ::realpath(path.c_str(), real) ? real : "";
}

/// A name in PATH outlives an upgrade, where the file that it leads to may not.
std::string lasting_self_path() {
  const std::string self = self_path(), real = real_path(self);
  const char* const variable = std::getenv("PATH");
  const std::string folders = variable ? variable : "";
  for (size_t at = 0; at < folders.size();) {
    const size_t end = std::min(folders.find(':', at), folders.size());
    const std::string path = folders.substr(at, end - at) + "/callgate";
    if (path.starts_with('/') && !real.empty() && real_path(path) == real) return path;
    at = end + 1;
  }
  return self;
}

std::vector<std::string> client_ids() {
  std::vector<std::string> ids;
  for (const ClientApp& client : all_clients()) ids.emplace_back(client.id);
  return ids;
}

std::vector<FoundFile> existing(ClientScope scope, const Machine& machine) {
  std::vector<FoundFile> found;
  for (const ClientApp& client : all_clients())
    if (auto file = find_file(client, scope, machine); file && file->exists)
      found.push_back(std::move(*file));
  return found;
}

int list_clients(const std::vector<FoundFile>& found, const Common& common) {
  if (common.json || common.jsonl) {
    JsonWriter json;
    json.begin_object().key("clients").begin_array();
    for (const FoundFile& each : found)
      json.begin_object()
          .key("client")
          .string(each.client->id)
          .key("file")
          .string(each.path)
          .end_object();
    print_json(json.end_array().end_object().take());
  } else {
    std::vector<std::vector<Cell>> cells;
    for (const FoundFile& each : found)
      cells.push_back(
          {{std::string(each.client->id), Style::Cyan, ""}, {visible(each.path, Lines::Escaped)}});
    print(render(screen(common), {{.title = "client"}, {.title = "file", .takes_rest = true}},
                 std::move(cells)));
  }
  return wrong_usage("several clients have a configuration here: say which one");
}

std::optional<ClientScope> scope_of(const std::string& word) {
  for (const ClientScope scope : kScopes)
    if (word == scope_word(scope)) return scope;
  return std::nullopt;
}

/// The file that is meant, or the exit code.
std::optional<FoundFile> find_meant(const DesktopOptions& options, const Common& common,
                                    const Machine& machine, int& code) {
  const ClientScope scope = *scope_of(options.scope);
  if (options.client.empty()) {
    std::vector<FoundFile> found = existing(scope, machine);
    if (found.size() == 1) return found.front();
    if (found.empty()) {
      say("no client that callgate knows has a configuration here; they are: " +
          joined(client_ids()));
      code = kNothingFound;
    } else {
      code = list_clients(found, common);
    }
    return std::nullopt;
  }
  const ClientApp* const client = find_client(options.client);
  if (!client) {
    code =
        wrong_usage(fmt::format("no client '{}' is known{}; known are: {}", options.client,
                                did_you_mean(options.client, client_ids()), joined(client_ids())));
    return std::nullopt;
  }
  auto file = find_file(*client, scope, machine);
  if (!file)
    code = wrong_usage(
        fmt::format("{} has no configuration of the scope '{}'", client->title, options.scope));
  return file;
}

const char* verdict_word(TakeoverVerdict verdict) {
  switch (verdict) {
    case TakeoverVerdict::Take:
      return "take";
    case TakeoverVerdict::Bridge:
      return "bridge";
    case TakeoverVerdict::Present:
      return "present";
    case TakeoverVerdict::Stay:
      return "stay";
    case TakeoverVerdict::Ourselves:
      return "callgate";
  }
  return "";
}

std::string moved_server_text(const Takeover& each, const SecretHider& hide) {
  const ServerConfig& server = each.server;
  std::string out = "    " + server.name;
  if (server.disabled) out += " (disabled)";
  if (each.verdict == TakeoverVerdict::Bridge) out += " (by URL, through the bridge mcp-remote)";
  if (each.verdict == TakeoverVerdict::Present) return out + ": is there already\n";
  out += "\n      " + shell_line(server.command, shown_arguments(server.args, hide)) + "\n";
  for (const auto& [name, value] : server.env)
    out += fmt::format("      env {}={}\n", name, shown_variable(value));
  if (!server.env_pass.empty())
    out += fmt::format("      env {} (passed on)\n", joined(server.env_pass));
  if (!server.cwd.empty()) out += "      in " + server.cwd + "\n";
  for (const std::string& note : each.notes) out += "      note: " + note + "\n";
  return out;
}

std::string secrets_text(const RegisterPlan& plan) {
  std::string out;
  for (const Takeover& each : plan.servers) {
    if (each.verdict != TakeoverVerdict::Take && each.verdict != TakeoverVerdict::Bridge) continue;
    for (const std::string& place : each.secrets)
      out +=
          fmt::format("    {} of {}\n", place == "args" ? "an argument" : place, each.server.name);
  }
  if (!out.empty()) out = "  secrets in plain text\n" + out;
  if (plain_variables(plan) > 0)
    out += fmt::format("    callgate {} {} --secrets moves variables into callgate secret\n",
                       plan.writes_client ? "register" : "import", plan.file.client->id);
  if (plan.moved.empty()) return out;
  out += "  secrets that move into callgate secret\n" + moved_text(plan.moved);
  return out + fmt::format("    {} keeps them in plain text\n",
                           plan.writes_client ? "what is kept of the file as it is now"
                                              : "the client's file");
}

/// What holds for this client alone, and what is left to a person.
std::string profile_text(const RegisterPlan& plan) {
  const ClientProfile& profile = plan.profile;
  std::string out;
  if (profile.servers || !profile.deny.empty() || !profile.ask.empty())
    out += fmt::format("  for this client alone (profile {})\n", profile.name);
  if (profile.servers) out += fmt::format("    servers {}\n", joined(*profile.servers));
  if (!profile.deny.empty()) out += fmt::format("    deny {}\n", joined(profile.deny));
  if (!profile.ask.empty()) out += fmt::format("    ask {}\n", joined(profile.ask));
  if (!plan.entry.passed.empty())
    out += fmt::format("    its entry hands on {}\n", joined(plan.entry.passed));
  for (const std::string& note : plan.notes) out += fmt::format("  note: {}\n", note);
  return out;
}

}  // namespace

std::string with_hidden_marks(std::string masked) {
  constexpr std::string_view kMark = "[masked:";
  for (size_t at = 0; (at = masked.find(kMark, at)) != std::string::npos; at += kHidden.size()) {
    const size_t end = masked.find(']', at);
    if (end == std::string::npos) break;
    masked.replace(at, end + 1 - at, kHidden);
  }
  return masked;
}

SecretHider secret_hider() {
  const auto masker = std::make_shared<SecretMasker>(std::vector<NamedSecret>());
  return
      [masker](const std::string& text) { return with_hidden_marks(masker->mask_text(text).text); };
}

void add_desktop_arguments(Syntax& syntax, DesktopOptions& options) {
  syntax.optional("CLIENT", options.client, "such as claude-desktop, cursor, vscode");
  syntax.choice("--scope", {"user", "project", "local"}, options.scope,
                "whose configuration: yours, or that of the project in this folder");
  syntax.flag("--dry-run", options.dry_run, "show the plan and change nothing");
  syntax.flag("--yes", options.yes, "don't ask");
}

Planned plan_for(const DesktopOptions& options, const Common& common, const Places& places,
                 bool import_only) {
  Planned out;
  RegisterRequest request;
  request.machine = this_machine(places.home);
  const auto file = find_meant(options, common, request.machine, out.code);
  if (!file) return out;
  if (import_only && !file->exists) {
    say(fmt::format("{} has no configuration: {} does not exist", file->client->title, file->path));
    out.code = kNothingFound;
    return out;
  }
  request.file = *file;
  request.places = places;
  request.binary = lasting_self_path();
  request.profile = options.profile;
  request.import_only = import_only;
  request.hide = secret_hider();
  request.secret_value = [&places](const std::string& name) -> std::optional<std::string> {
    const auto value = read_secret(places.state_dir, name);
    if (!value) return std::nullopt;
    return *value;
  };
  if (options.secrets) request.name_secret = secret_namer(places);
  auto plan = plan_register(request);
  if (!plan) {
    out.code = fail(plan.error());
    return out;
  }
  out.plan = std::move(*plan);
  return out;
}

int may_carry_out(const DesktopOptions& options, const std::string& question,
                  const std::string& again) {
  if (!options.yes && (isatty(STDIN_FILENO) != 1 || isatty(STDERR_FILENO) != 1)) {
    say("nothing was changed; to do it, type: " + again);
    return kWrongUsage;
  }
  return may_widen(question, options.yes);
}

size_t plain_variables(const RegisterPlan& plan) {
  size_t count = 0;
  for (const Takeover& each : plan.servers)
    if (each.verdict == TakeoverVerdict::Take || each.verdict == TakeoverVerdict::Bridge)
      for (const std::string& place : each.secrets) count += place != "args";
  return count;
}

std::string plan_text(const RegisterPlan& plan, const Places& places) {
  const SecretHider hide = secret_hider();
  std::string taken, kept, own;
  for (const Takeover& each : plan.servers) {
    if (each.verdict == TakeoverVerdict::Stay)
      kept += fmt::format("    {}: {}\n", each.name, each.why);
    else if (each.verdict == TakeoverVerdict::Ourselves)
      own += fmt::format("    {}: is callgate itself\n", each.name);
    else
      taken += moved_server_text(each, hide);
  }
  std::string out = fmt::format("{}: {}{}\n", plan.file.client->title, plan.client.path,
                                plan.client.bytes ? "" : " (new)");
  if (plan.client.real != plan.client.path)
    out += fmt::format("  (a link to {})\n", plan.client.real);
  if (!taken.empty())
    out +=
        fmt::format("  into {}{}\n{}", plan.config.path, plan.config.bytes ? "" : " (new)", taken);
  if (!own.empty()) out += "  not taken over\n" + own;
  if (!kept.empty())
    out +=
        "  can't be taken over; they stay with the client, and callgate doesn't see their "
        "calls\n" +
        kept;
  out += secrets_text(plan);
  if (plan.writes_client) {
    out += fmt::format("  {} then starts\n    {}: {}\n", plan.file.client->title, plan.name,
                       shell_line(plan.entry.command, plan.entry.args));
    for (const auto& [name, value] : plan.entry.env)
      out += fmt::format("      env {}={}\n", name, value);
    if (plan.client.bytes)
      out += fmt::format("  the file as it is now is kept below {}/desktop\n", places.state_dir);
  }
  out += profile_text(plan);
  for (const OtherPlace& each : plan.elsewhere)
    out += fmt::format("  also: {} servers in {}; see callgate register {} --scope {}\n",
                       each.names.size(), each.path, plan.file.client->id, each.scope);
  return visible(out, Lines::Kept);
}

std::string plan_json(const RegisterPlan& plan, bool done, const std::string& backup) {
  const SecretHider hide = secret_hider();
  JsonWriter json;
  json.begin_object().key("client").string(plan.file.client->id);
  json.key("scope").string(scope_word(plan.file.file->scope)).key("file").string(plan.client.path);
  json.key("config").string(plan.config.path).key("servers").begin_array();
  const auto texts = [&json](const char* key, const std::vector<std::string>& list) {
    json.key(key).begin_array();
    for (const std::string& each : list) json.string(each);
    json.end_array();
  };
  for (const Takeover& each : plan.servers) {
    json.begin_object().key("name").string(each.name).key("verdict").string(
        verdict_word(each.verdict));
    if (each.verdict == TakeoverVerdict::Stay) {
      json.key("why").string(each.why).end_object();
      continue;
    }
    json.key("as").string(each.server.name).key("command").string(each.server.command);
    texts("args", shown_arguments(each.server.args, hide));
    std::vector<std::string> names;
    for (const auto& [name, value] : each.server.env) names.push_back(name);
    texts("env", names);
    texts("env_pass", each.server.env_pass);
    texts("notes", each.notes);
    texts("secrets", each.secrets);
    texts("asked", each.asked);
    json.end_object();
  }
  json.end_array().key("writes_config").boolean(plan.writes_config);
  json.key("writes_client").boolean(plan.writes_client);
  if (plan.writes_client) {
    json.key("entry").begin_object().key("name").string(plan.name);
    json.key("command").string(plan.entry.command);
    texts("args", plan.entry.args);
    json.end_object();
  }
  json.key("moved").begin_array();
  for (const MovedSecret& each : plan.moved) json.string(each.secret);
  json.end_array().key("done").boolean(done).key("backup");
  return (backup.empty() ? json.null() : json.string(backup)).end_object().take();
}

}  // namespace callgate
