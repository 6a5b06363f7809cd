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
#include "cli/gates/self_path.h"
#include "cli/gates/widening.h"
#include "cli/text/table.h"
#include "cli/text/terminal.h"
#include "secret_moves.h"

namespace callgate {

namespace {

constexpr ClientScope kScopes[] = {ClientScope::User, ClientScope::Project, ClientScope::Local};

std::string real_path(const std::string& path) {
  char real[PATH_MAX];
  return ::realpath(path.c_str(), real) ? real : "";
}

/// Returns the path at which the shell finds this program in PATH. If the program is not in PATH,
/// returns the path of the program file. The path in PATH is often a link, which stays valid after
/// an upgrade replaces the program file.
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
  return wrong_usage("several clients have a configuration; name one of these clients");
}

std::optional<ClientScope> scope_of(const std::string& word) {
  for (const ClientScope scope : kScopes)
    if (word == scope_word(scope)) return scope;
  return std::nullopt;
}

/// Returns the client's file that --file names. If --file names no file of this client, prints an
/// error, sets `code` and returns nullopt.
std::optional<FoundFile> named_file(const DesktopOptions& options, const ClientApp& client,
                                    const Machine& machine, int& code) {
  std::vector<std::string> paths;
  for (FoundFile& each : find_files(client, *scope_of(options.scope), machine)) {
    if (each.file->only_read) continue;
    if (each.path == options.file || real_path(each.path) == real_path(options.file)) return each;
    paths.push_back(each.path);
  }
  code = wrong_usage(fmt::format("{} does not read {}{}", client.title, options.file,
                                 paths.empty() ? "" : "; its files are: " + joined(paths)));
  return std::nullopt;
}

/// Returns the client's file that the options name or, without --file, the first file of --scope.
/// If the client has no such file, prints an error, sets `code` and returns nullopt.
std::optional<FoundFile> find_meant(const DesktopOptions& options, const Common& common,
                                    const Machine& machine, int& code) {
  const ClientScope scope = *scope_of(options.scope);
  if (options.client.empty()) {
    std::vector<FoundFile> found = existing(scope, machine);
    if (found.size() == 1) return found.front();
    if (found.empty()) {
      print_message("no known client has a configuration; the known clients are: " +
                    joined(client_ids()));
      code = kNothingFound;
    } else {
      code = list_clients(found, common);
    }
    return std::nullopt;
  }
  const ClientApp* const client = find_client(options.client);
  if (!client) {
    code = wrong_usage(fmt::format("no client '{}' is known{}; the known clients are: {}",
                                   options.client, did_you_mean(options.client, client_ids()),
                                   joined(client_ids())));
    return std::nullopt;
  }
  auto file = find_file(*client, scope, machine);
  if (!file)
    code = wrong_usage(
        fmt::format("{} has no configuration of the scope '{}'", client->title, options.scope));
  return options.file.empty() || !file ? file : named_file(options, *client, machine, code);
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
  syntax.optional("CLIENT", options.client,
                  "a client application, such as claude-desktop, cursor or vscode");
  syntax.choice("--scope", {"user", "project", "local"}, options.scope,
                "edit your own configuration, or the configuration of the project in this folder");
  syntax.value("--file", "FILE", options.file,
               "which of the client's files to edit, if the client has several");
  syntax.flag("--dry-run", options.dry_run, "show the plan and change nothing");
  syntax.flag("--yes", options.yes, "don't ask for confirmation");
}

std::string file_arguments(const FoundFile& file, const Machine& machine) {
  std::string out;
  const ClientScope scope = file.file->scope;
  if (scope != ClientScope::User) out += fmt::format(" --scope {}", scope_word(scope));
  const auto first = find_file(*file.client, scope, machine);
  if (first && first->path != file.path) out += " --file '" + file.path + "'";
  return out;
}

Planned plan_for(const DesktopOptions& options, const Common& common, const Places& places,
                 bool import_only) {
  Planned out;
  RegisterRequest request;
  request.machine = this_machine(places.home);
  const auto file = find_meant(options, common, request.machine, out.code);
  if (!file) return out;
  if (import_only && !file->exists) {
    print_message(
        fmt::format("{} has no configuration: {} does not exist", file->client->title, file->path));
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
  request.pass_env = options.env_pass;
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
    print_message("nothing was changed; to make the change, type: " + again);
    return kWrongUsage;
  }
  return may_widen(question, options.yes);
}

}  // namespace callgate
