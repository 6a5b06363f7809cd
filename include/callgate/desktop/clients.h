// The table of client applications: where each one keeps its configuration, and how it names
// things. A new client is a new row.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callgate {

enum class ConfigFormat {
  Json,  ///< comments and trailing commas are always allowed
  Toml,
  Yaml,      ///< the servers are a mapping
  YamlList,  ///< the servers are a list of mappings that have a `name`
  /// A program that adds servers when the client runs it. Only the servers' names can be read.
  Script,
};
/// Where a file's servers apply. User: in all projects. Project: in one project, by a file in its
/// folder. Local: in one project, by the user's file, under the project's name.
enum class ClientScope { User, Project, Local };
/// How a client writes variables in its entries.
enum class VariableSyntax {
  None,
  Editor,  ///< ${env:X}, ${input:X}, ${workspaceFolder}, ${userHome}
  Shell,   ///< ${X}, ${X:-default}
  Dollar,  ///< also $X
  Braces,  ///< {env:X}, {file:PATH}
  /// ${{ secrets.X }}, ${{ inputs.X }} and ${X}, whose values the client keeps.
  Inputs,
};

/// A file in the table. In its paths, `~/` is the home folder, `./` the project's folder, and
/// `${X:-~/y}` a variable or its default, which may be one of these again. `/*` at the end means
/// every JSON and YAML file in that folder.
struct ClientFile {
  ClientScope scope;
  std::string_view linux_path, macos_path;
  /// Keys that lead to the servers; "." is the project's path.
  std::vector<std::string_view> servers;
  bool only_read = false;  ///< we only report its servers and never write to it
};

/// The key in a client's entry that limits the time of a server's calls.
struct ClientTimeout {
  std::string_view key;  ///< empty if the client has none
  int millis = 1;        ///< milliseconds in one unit of its value
};

/// Which of its own variables the client gives to a server that it starts.
enum class ClientEnvironment {
  All,
  Short,     ///< a short list (PATH, HOME, locale …); others only by name
  Redacted,  ///< all except those that look like a secret
};

struct ClientFields {
  std::string_view command = "command";
  /// If it is the same as `command`, one list has the command and its arguments.
  std::string_view args = "args";
  std::string_view env = "env";
  std::string_view headers = "headers";
  std::vector<std::string_view> urls = {"url"};
  std::string_view disabled = "disabled";  ///< empty if the client has no such key
  std::string_view enabled;                ///< empty if the client has no such key
  std::string_view type;                   ///< empty if the client has no such key
  std::string_view stdio_type = "stdio";
  std::string_view written = "{}";  ///< further members of our own entry, as JSON
  ClientTimeout call_timeout = {};
  std::string_view env_names;    ///< the list of variables to pass on; empty if there is none
  std::string_view cwd = "cwd";  ///< the working folder of the server
};

struct ClientApp {
  std::string_view id, title;
  ConfigFormat format;
  /// In each scope, we register in the first file that exists, else in the first one of the table.
  std::vector<ClientFile> files;
  ClientFields fields;
  VariableSyntax variables;
  ClientEnvironment environment = ClientEnvironment::All;
};

/// Sorted by id; the table is in client_table.cc.
const std::vector<ClientApp>& all_clients();
const ClientApp* find_client(std::string_view id);
const char* scope_word(ClientScope scope);

/// What the paths in the table depend on.
struct Machine {
  bool macos = false;
  std::string home;
  std::string project;  ///< absolute
  std::function<std::optional<std::string>(const std::string&)> variable;
  std::vector<std::string> set = {};  ///< names of the variables that have a value
};
/// The machine that we run on: its HOME, current folder and environment.
Machine this_machine(const std::string& home);

/// Returns a path of the table (`${X:-~/y}/rest`, `~/x` or `./x`) as an absolute path.
std::string expanded_path(std::string_view path, const Machine& machine);

struct FoundFile {
  const ClientApp* client = nullptr;
  const ClientFile* file = nullptr;
  std::string path;
  std::vector<std::string> servers;  ///< keys down to the servers
  bool exists = false;
};
/// Returns the file of that scope that we register in; nullopt if the client has no such scope.
std::optional<FoundFile> find_file(const ClientApp& client, ClientScope scope,
                                   const Machine& machine);
/// Returns every existing file of that scope, in the table's order; at most kMostInFolder files of
/// one folder.
std::vector<FoundFile> find_files(const ClientApp& client, ClientScope scope,
                                  const Machine& machine);
inline constexpr size_t kMostInFolder = 256;

/// The format of a file. A client may have files of several formats, so the path's ending decides.
ConfigFormat format_of(const ClientApp& client, std::string_view path);

}  // namespace callgate
