#include "workspace_key.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include "callgate/base/digest.h"
#include "callgate/config/default_environment.h"
#include "callgate/config/secret_names.h"

namespace callgate {

namespace {

using Names = std::set<std::string, std::less<>>;

// A server has no terminal, so clients may share a child although their terminals differ.
constexpr std::string_view kNotCompared = "TERM";
// Variables that differ between the shells of one user, and that no command needs for its result.
constexpr std::string_view kOfShells[] = {"TERM",   "SHLVL",    "_",       "PWD",
                                          "OLDPWD", "WINDOWID", "COLUMNS", "LINES"};
// The gate itself needs these values of the client, even if the configuration sets others for the
// server: for the login shell's PATH and for files below `~`.
constexpr std::string_view kNeeded[] = {"PATH", "HOME", "SHELL"};

template <class Words>
bool is_one_of(const Words& words, std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

std::vector<std::string> references_of(const ServerConfig& server) {
  std::vector<std::string> all;
  const auto add = [&all](const auto& values) {
    for (const auto& [name, value] : values)
      for (const std::string_view reference : references_in(value)) all.emplace_back(reference);
  };
  add(server.named_values());
  add(server.sign_in_values());
  if (server.remote)
    for (const std::string_view reference : references_in(server.remote->url))
      all.emplace_back(reference);
  return all;
}

// The names of the variables that make a difference for the server. The result of a command may
// depend on any variable.
Names names_for(const ServerConfig& server, const Workspace& workspace) {
  constexpr std::string_view kVariable = "env:", kCommand = "cmd:";
  const auto& usual = server.remote ? network_environment() : default_environment();
  Names names(usual.begin(), usual.end());
  names.erase(std::string(kNotCompared));
  names.insert(server.env_pass.begin(), server.env_pass.end());
  for (const auto& [name, value] : server.env)
    if (references_in(value).empty() && !is_one_of(kNeeded, name)) names.erase(name);
  for (const std::string& reference : references_of(server)) {
    if (reference.starts_with(kVariable)) names.emplace(reference.substr(kVariable.size()));
    if (!reference.starts_with(kCommand)) continue;
    for (const auto& [name, value] : workspace.variables)
      if (!is_one_of(kOfShells, name)) names.insert(name);
  }
  return names;
}

// True if a reference gives a value that depends on the working folder.
bool depends_on_folder(std::string_view reference) {
  constexpr std::string_view kFile = "file:";
  if (reference.starts_with("cmd:")) return true;
  if (!reference.starts_with(kFile)) return false;
  const std::string_view path = reference.substr(kFile.size());
  return !path.starts_with('/') && !path.starts_with('~');
}

bool folder_counts(const ServerConfig& server) {
  if (server.share != Share::Auto && server.share != Share::Session) return false;
  const std::vector<std::string> references = references_of(server);
  const bool process_has_folder = !server.remote && server.cwd.empty();
  return process_has_folder || std::any_of(references.begin(), references.end(), depends_on_folder);
}

}  // namespace

std::string workspace_key(const WorkspacePtr& workspace, const ServerConfig& server) {
  if (!workspace) return "";
  std::string text;
  for (const std::string& name : names_for(server, *workspace)) {
    const auto found = workspace->variables.find(name);
    if (found == workspace->variables.end()) continue;
    text += name;
    text += '=';
    text += found->second;
    text += '\0';
  }
  std::string key = hex(sha256(text));
  if (folder_counts(server)) key += workspace->folder;
  return key;
}

}  // namespace callgate
