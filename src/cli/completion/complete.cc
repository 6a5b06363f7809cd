// `callgate completion` prints the completion script for a shell. The script runs `callgate
// complete`, which prints the candidates for a command line.
#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <set>

#include "callgate/base/ascii.h"
#include "callgate/desktop/clients.h"
#include "cli/commands.h"
#include "cli/history/history_filter.h"
#include "cli/setup/secrets.h"
#include "completion.h"

namespace callgate {

namespace {

/// Returns the names of servers or profiles in the configuration. If the configuration has errors,
/// returns the names in its part without errors.
std::vector<std::string> configured(ValueKind kind, const std::string& config_option) {
  std::vector<std::string> names;
  const Result<Places> places = find_places(config_option);
  if (!places) return names;
  const LoadedConfig loaded = load_config(places->config_file, places->home);
  if (kind == ValueKind::Server) {
    for (const ServerConfig& server : loaded.config.servers) names.push_back(server.name);
  } else {
    for (const ProfileConfig& profile : loaded.config.profiles) names.push_back(profile.name);
  }
  return names;
}

/// Returns the names of secrets that the user has set or to which servers refer.
std::vector<std::string> secret_names(const std::string& config_option) {
  std::set<std::string> names;
  const Result<Places> places = find_places(config_option);
  if (!places) return {};
  if (const auto entries = list_secrets(places->state_dir))
    for (const SecretEntry& each : *entries) names.insert(each.name);
  for (const ServerConfig& server : servers_configured(*places))
    for (std::string& name : secrets_of(server))
      if (is_secret_name(name)) names.insert(std::move(name));
  return {names.begin(), names.end()};
}

std::vector<std::string> values_of(ValueKind kind, const std::string& config_option) {
  std::vector<std::string> names;
  switch (kind) {
    case ValueKind::Client:
      for (const ClientApp& client : all_clients()) names.emplace_back(client.id);
      return names;
    case ValueKind::Outcome:
      return outcome_words();
    case ValueKind::Profile:
    case ValueKind::Server:
      return configured(kind, config_option);
    case ValueKind::Secret:
      return secret_names(config_option);
    case ValueKind::Shell:
      return shells();
    case ValueKind::None:
    case ValueKind::File:
      break;
  }
  return names;
}

/// Returns true if a candidate has no control characters. Candidates are names from files, so they
/// may have control characters. Such candidates are not offered: a terminal could act on the
/// characters, and a line end would make two candidates of one.
bool is_plain(const std::string& word) {
  return std::none_of(word.begin(), word.end(), is_control);
}

int run_complete(const std::vector<std::string>& words, const std::vector<Command>& commands,
                 const std::vector<Group>& groups) {
  const Completion completion = complete(commands, groups, words, values_of);
  if (completion.files) print(":files\n");
  for (const Candidate& each : completion.candidates) {
    if (is_plain(each.word)) print(fmt::format("{}\t{}\n", each.word, each.about));
  }
  return kDone;
}

int run_completion(const std::string& shell) {
  const std::string_view script = completion_script(shell);
  if (script.empty()) {
    std::string known;
    for (const std::string& each : shells()) known += (known.empty() ? "" : ", ") + each;
    return wrong_usage(fmt::format("no completion script for '{}'{}; callgate has scripts for {}",
                                   shell, did_you_mean(shell, shells()), known));
  }
  print(script);
  return kDone;
}

}  // namespace

Run add_complete(Syntax& syntax, const std::vector<Command>& commands,
                 const std::vector<Group>& groups) {
  const auto words = std::make_shared<std::vector<std::string>>();
  syntax.many("WORD", *words, "the words after the program's name, up to the cursor");
  return
      [words, &commands, &groups](const Common&) { return run_complete(*words, commands, groups); };
}

Run add_completion(Syntax& syntax) {
  const auto shell = std::make_shared<std::string>();
  syntax.required("SHELL", *shell, "bash, fish or zsh");
  return [shell](const Common&) { return run_completion(*shell); };
}

}  // namespace callgate
