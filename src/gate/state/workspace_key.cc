#include "workspace_key.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include "callgate/base/ascii.h"
#include "callgate/base/digest.h"
#include "callgate/config/default_environment.h"
#include "callgate/config/secret_names.h"

namespace callgate {

namespace {

using Names = std::set<std::string, std::less<>>;

// A server has no terminal, so the kind of the client's terminal must not keep clients from sharing
// the server.
constexpr std::string_view kNotCompared = "TERM";

// Adds the names of the variables that a shell command mentions: `$NAME` and `${NAME…}`.
void add_names_in_command(std::string_view command, Names& names) {
  for (size_t at = command.find('$'); at != std::string_view::npos; at = command.find('$', at)) {
    ++at;
    if (at < command.size() && command[at] == '{') ++at;
    size_t end = at;
    while (end < command.size() && (is_letter_or_digit(command[end]) || command[end] == '_')) ++end;
    if (end > at) names.emplace(command.substr(at, end - at));
  }
}

void add_names_in_references(std::string_view value, Names& names) {
  constexpr std::string_view kVariable = "env:", kCommand = "cmd:";
  for (const std::string_view reference : references_in(value)) {
    if (reference.starts_with(kVariable)) names.emplace(reference.substr(kVariable.size()));
    if (reference.starts_with(kCommand))
      add_names_in_command(reference.substr(kCommand.size()), names);
  }
}

Names names_for(const ServerConfig& server) {
  Names names(default_environment().begin(), default_environment().end());
  names.erase(names.find(kNotCompared));
  names.insert(server.env_pass.begin(), server.env_pass.end());
  for (const auto& [name, value] : server.env) {
    if (references_in(value).empty()) names.erase(name);  // the server gets this value in any case
  }
  for (const auto& [name, value] : server.env) add_names_in_references(value, names);
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
  if (server.cwd.empty()) return true;
  for (const auto& [name, value] : server.env) {
    const std::vector<std::string_view> references = references_in(value);
    if (std::any_of(references.begin(), references.end(), depends_on_folder)) return true;
  }
  return false;
}

}  // namespace

std::string workspace_key(const WorkspacePtr& workspace, const ServerConfig& server) {
  if (!workspace) return "";
  std::string text;
  for (const std::string& name : names_for(server)) {
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
