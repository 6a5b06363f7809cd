// The facts about client applications as a table: where their configuration lies and how it names
// things. A new client is a row.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callgate {

enum class ConfigFormat {
  Json,  ///< with comments and trailing commas, always
  Toml,
  Yaml,      ///< servers are a mapping
  YamlList,  ///< servers are a list of mappings that have a `name`
  Script,    ///< a program that adds servers when the client runs it: names can be read, no more
};
/// User: all projects; Project: a file in the project's folder; Local: the user's file, but under
/// the project's name.
enum class ClientScope { User, Project, Local };
/// How a client writes variables in its entries.
enum class VariableSyntax {
  None,
  Editor,  ///< ${env:X}, ${input:X}, ${workspaceFolder}, ${userHome}
  Shell,   ///< ${X}, ${X:-default}
  Dollar,  ///< $X too
  Braces,  ///< {env:X}, {file:PATH}
  Inputs,  ///< ${{ secrets.X }}, ${{ inputs.X }}, and ${X}: kept by the client
};

/// A path as the table writes it: `~/` is the home folder, `./` the project's, `${X:-~/y}` a
/// variable or its default, which may be one of these again. `/*` at the end means every JSON and
/// YAML file in that folder.
struct ClientFile {
  ClientScope scope;
  std::string_view linux_path, macos_path;
  std::vector<std::string_view> servers;  ///< keys down to the servers; "." is the project's path
  bool only_read = false;                 ///< we name its servers and never write to it
};

/// A client's key that bounds the time of a server's calls.
struct ClientTimeout {
  std::string_view key;  ///< empty: it has none
  int millis = 1;        ///< of one unit
};

/// Which of its own variables the client gives to a server that it starts.
enum class ClientEnvironment {
  All,
  Short,     ///< a short list: PATH, HOME, locale and the like; more only by name
  Redacted,  ///< all but what looks like a secret
};

struct ClientFields {
  std::string_view command = "command";
  std::string_view args = "args";  ///< the same as command: one list holds both
  std::string_view env = "env";
  std::string_view headers = "headers";
  std::vector<std::string_view> urls = {"url"};
  std::string_view disabled = "disabled";  ///< empty: it has none
  std::string_view enabled;                ///< empty: it has none
  std::string_view type;                   ///< empty: it has none
  std::string_view stdio_type = "stdio";
  std::string_view written = "{}";  ///< what our own entry has besides, as JSON
  ClientTimeout call_timeout = {};
  std::string_view env_names;    ///< a list of variables to pass on; empty: it has none
  std::string_view cwd = "cwd";  ///< the working folder
};

struct ClientApp {
  std::string_view id, title;
  ConfigFormat format;
  /// Of one scope we register in the first that exists, else in the first.
  std::vector<ClientFile> files;
  ClientFields fields;
  VariableSyntax variables;
  ClientEnvironment environment = ClientEnvironment::All;
};

/// Sorted by id; the table is in client_table.cc.
const std::vector<ClientApp>& all_clients();
const ClientApp* find_client(std::string_view id);
const char* scope_word(ClientScope scope);

/// What paths depend on.
struct Machine {
  bool macos = false;
  std::string home;
  std::string project;  ///< absolute
  std::function<std::optional<std::string>(const std::string&)> variable;
  std::vector<std::string> set = {};  ///< names of variables that have a value
};
/// This one: HOME, the current folder, the environment.
Machine this_machine(const std::string& home);

/// A path of a table, `${X:-~/y}/rest`, `~/x` or `./x`, as an absolute one.
std::string expanded_path(std::string_view path, const Machine& machine);

struct FoundFile {
  const ClientApp* client = nullptr;
  const ClientFile* file = nullptr;
  std::string path;
  std::vector<std::string> servers;  ///< keys down to the servers
  bool exists = false;
};
/// The file of that scope that we register in. Empty when the client has no such scope.
std::optional<FoundFile> find_file(const ClientApp& client, ClientScope scope,
                                   const Machine& machine);
/// Every file of that scope that exists, in the table's order; of a folder at most kMostInFolder.
std::vector<FoundFile> find_files(const ClientApp& client, ClientScope scope,
                                  const Machine& machine);
inline constexpr size_t kMostInFolder = 256;

/// A client may have files of several formats: the path's ending decides.
ConfigFormat format_of(const ClientApp& client, std::string_view path);

}  // namespace callgate
