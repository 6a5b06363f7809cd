#include "callgate/app/environment.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>

#include "callgate/app/program_search.h"
#include "callgate/base/url.h"
#include "callgate/config/default_environment.h"
#include "callgate/config/secret_names.h"
#include "callgate/io/work.h"
#include "login_path.h"
#include "references.h"
#include "server_folders.h"
#include "variables.h"

namespace callgate {

namespace {

/// Returns a copy of the workspace's environment, or of ours if there is no workspace, without the
/// `withheld` variables. Called on the loop's thread. Another thread resolves the references, and
/// must not read the environment itself, because the environment may change meanwhile.
Variables variables_of(const WorkspacePtr& workspace, const std::vector<std::string>& withheld) {
  Variables all = workspace ? workspace->variables : own_variables();
  for (const std::string& name : withheld) all.erase(name);
  return all;
}

struct Expansion {
  std::string value;
  std::vector<std::string> referenced;
};

Result<Expansion> expand(std::string_view text, const ReferenceSources& sources) {
  Expansion all;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '$' || at + 1 == text.size() || (text[at + 1] != '$' && text[at + 1] != '{')) {
      all.value += text[at];
      continue;
    }
    if (text[++at] == '$') {
      all.value += '$';
      continue;
    }
    const size_t end = closing_brace(text, at + 1);
    if (end == std::string_view::npos)
      return Error{"env.reference", "the closing brace of a reference is missing",
                   "write $$ for a plain $"};
    const std::string reference(text.substr(at + 1, end - at - 1));
    auto value = read_reference(reference, sources);
    if (!value) return value.error();
    all.value += *value;
    all.referenced.push_back(std::move(*value));
    at = end;
  }
  if (all.value.find('\0') != std::string::npos)
    return Error{"env.reference", "the value holds a NUL byte", ""};
  return all;
}

/// Adds the folders of a login shell's PATH to the PATH in `ours`, if needed. A desktop starts the
/// gate with a PATH in which programs that the user has installed are not found.
void repair_path(const ServerConfig& server, const EnvironmentOptions& options, Variables& ours) {
  const bool fixed = std::any_of(server.env.begin(), server.env.end(), [](const auto& each) {
    return each.first == "PATH" && references_in(each.second).empty();
  });
  const std::string path = ours["PATH"];
  const bool bare = server.command.find('/') == std::string::npos;
  const bool lacking = is_poor_path(path) || (bare && !find_program(server.command, path));
  if (options.login_path == LoginPath::Off || fixed || !lacking) return;
  LoginPathRequest request{.own_path = path,
                           .home = ours["HOME"],
                           .shell = ours["SHELL"],
                           .state_dir = options.state_dir,
                           .env = {},
                           .variable =
                               [&ours](const std::string& name) {
                                 const auto found = ours.find(name);
                                 return found == ours.end() ? std::optional<std::string>()
                                                            : found->second;
                               },
                           .now = std::chrono::duration_cast<std::chrono::seconds>(
                               std::chrono::system_clock::now().time_since_epoch())};
  for (const auto& [name, value] : ours) request.env.push_back(name + "=" + value);
  std::string whole = login_path(request);
  ours["PATH"] = std::move(whole);
}

ReferenceSources sources_of(const Variables& ours, const EnvironmentOptions& options,
                            const WorkspacePtr& workspace) {
  std::vector<std::string> env;
  for (const auto& [name, value] : ours) env.push_back(name + "=" + value);
  return {.lookup = [&ours](const std::string& name) -> const std::string* {
            const auto found = ours.find(name);
            return found == ours.end() ? nullptr : &found->second;
          },
          .command_env = std::move(env),
          .state_dir = options.state_dir,
          .folder = workspace ? workspace->folder : ""};
}

/// Resolves the references in `text`. `what` names the place in errors. If the value is a secret by
/// its name, the whole value counts as a secret, even if only a part of it comes from a reference.
/// Each value that a reference gave counts as a secret, too.
Result<std::string> resolve_value(const ServerConfig& server, const char* what,
                                  const std::string& name, const std::string& text,
                                  const ReferenceSources& sources, ResolvedEnvironment& resolved) {
  auto expansion = expand(text, sources);
  if (!expansion) {
    Error error = expansion.error();
    error.message = fmt::format("server '{}', {}{}: {}", server.name, what, name, error.message);
    return error;
  }
  if (names_a_secret(name) && !expansion->value.empty())
    resolved.secrets.emplace_back(name, expansion->value);
  for (auto& value : expansion->referenced)
    if (value != expansion->value || !names_a_secret(name))
      resolved.secrets.emplace_back(name, std::move(value));
  return std::move(expansion->value);
}

/// Reads the variables that network_environment() names.
WebNetwork network_of(const Variables& ours, const EnvironmentOptions& options) {
  const auto first_of = [&ours](std::initializer_list<const char*> names) {
    for (const char* name : names)
      if (const auto found = ours.find(name); found != ours.end() && !found->second.empty())
        return found->second;
    return std::string();
  };
  WebNetwork network;
  network.user_agent = options.user_agent;
  network.http_proxy = first_of({"http_proxy", "all_proxy", "ALL_PROXY"});
  network.https_proxy = first_of({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
  network.no_proxy = first_of({"no_proxy", "NO_PROXY"});
  for (const char* name : {"SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"})
    if (std::string file = first_of({name}); !file.empty())
      network.ca_files.push_back(std::move(file));
  return network;
}

/// Values in the query of a URL are secrets if they are named like secrets.
void learn_query(const std::string& url,
                 std::vector<std::pair<std::string, std::string>>& secrets) {
  const size_t mark = url.find('?');
  if (mark == std::string::npos) return;
  for (auto& [name, value] : read_form(std::string_view(url).substr(mark + 1)))
    if (names_a_secret(name) && !value.empty()) secrets.emplace_back(name, std::move(value));
}

/// Replaces the references in the `auth` object of a remote server. All its values with references
/// are secrets.
Status resolve_sign_in(const ServerConfig& server, const ReferenceSources& sources,
                       ResolvedEnvironment& resolved) {
  SignInConfig& to = resolved.sign_in = server.remote->sign_in;
  const std::pair<const char*, std::string*> values[] = {
      {"client_secret", &to.client.secret},
      {"private_key", &to.client.private_key},
      {"assertion", &to.assertion},
      {"provider.client_secret", &to.provider_client.secret},
      {"provider.private_key", &to.provider_client.private_key},
      {"provider.id_token", &to.id_token}};
  for (const auto& [name, text] : values) {
    if (text->empty()) continue;
    auto value = resolve_value(server, "auth.", name, *text, sources, resolved);
    if (!value) return value.error();
    resolved.secrets.emplace_back(name, *value);
    *text = std::move(*value);
  }
  return {};
}

Result<ResolvedEnvironment> resolve_remote(const ServerConfig& server,
                                           const ReferenceSources& sources,
                                           const EnvironmentOptions& options,
                                           const Variables& ours) {
  ResolvedEnvironment resolved;
  resolved.network = network_of(ours, options);
  auto url = resolve_value(server, "the URL", "", server.remote->url, sources, resolved);
  if (!url) return url.error();
  resolved.url = std::move(*url);
  learn_query(resolved.url, resolved.secrets);
  for (const auto& [name, text] : server.remote->headers) {
    auto value = resolve_value(server, "header ", name, text, sources, resolved);
    if (!value) return value.error();
    // A server may return the credentials without the word in front of them, such as "Bearer".
    if (const size_t blank = value->find(' '); names_a_secret(name) && blank != std::string::npos)
      resolved.secrets.emplace_back(name, value->substr(blank + 1));
    resolved.headers.emplace_back(name, std::move(*value));
  }
  if (Status status = resolve_sign_in(server, sources, resolved); !status) return status.error();
  return resolved;
}

Result<ResolvedEnvironment> resolve_variables(const ServerConfig& server,
                                              const EnvironmentOptions& options,
                                              const ReferenceSources& sources,
                                              const Variables& ours) {
  Variables theirs;
  ResolvedEnvironment resolved;
  for (const auto& name : default_environment()) {
    // A value that begins with "()" is a function that a shell has exported. It is code, so it is
    // left out.
    const auto found = ours.find(name);
    if (found != ours.end() && !found->second.starts_with("()")) theirs.insert(*found);
  }
  for (const auto& name : server.env_pass) {
    const auto found = ours.find(name);
    if (found == ours.end()) continue;
    theirs.insert_or_assign(name, found->second);
    if (names_a_secret(name) && !found->second.empty())
      resolved.secrets.emplace_back(name, found->second);
  }
  for (const auto& [name, text] : server.env) {
    auto value = resolve_value(server, "variable ", name, text, sources, resolved);
    if (!value) return value.error();
    theirs.insert_or_assign(name, std::move(*value));
  }
  for (const auto& [name, value] : theirs) resolved.env.push_back(name + "=" + value);
  resolved.folders = folders_of(server, options.home, [&ours](const std::string& name) {
    const auto found = ours.find(name);
    return found == ours.end() ? std::string() : found->second;
  });
  return resolved;
}

Result<ResolvedEnvironment> resolve(const ServerConfig& server, const WorkspacePtr& workspace,
                                    const EnvironmentOptions& options, Variables ours) {
  if (!server.remote) repair_path(server, options, ours);
  const ReferenceSources sources = sources_of(ours, options, workspace);
  return server.remote ? resolve_remote(server, sources, options, ours)
                       : resolve_variables(server, options, sources, ours);
}

}  // namespace

void resolve_environment(Loop& loop, const ServerConfig& server, const WorkspacePtr& workspace,
                         const EnvironmentOptions& options,
                         std::function<void(Result<ResolvedEnvironment>)> done) {
  // Shared with the thread that resolves the references. After the time limit, that thread may
  // still hang in a dead file system.
  const auto answer = std::make_shared<std::optional<Result<ResolvedEnvironment>>>();
  size_t references = server.remote ? references_in(server.remote->url).size() : 0;
  for (const auto& values : {server.named_values(), server.sign_in_values()})
    for (const auto& [name, text] : values)
      references += static_cast<size_t>(std::count(text.begin(), text.end(), '{'));
  const Millis limit = kReferenceLimit * static_cast<int>(references + 1) + kLoginPathLimit;
  run_blocking(
      loop, Work::Long, limit,
      [answer, server, workspace, options, ours = variables_of(workspace, options.withheld)] {
        *answer = resolve(server, workspace, options, ours);
      },
      [answer, name = server.name, done = std::move(done)](bool finished) {
        if (finished) return done(std::move(**answer));
        done(
            Error{"env.file",
                  fmt::format("server '{}': the references in its environment took too long", name),
                  "check for a file on a disk that does not answer"});
      });
}

}  // namespace callgate
