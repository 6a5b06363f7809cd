// The table of client applications. For each application, it has the files with the application's
// configuration, and the keys that the application uses in them. To support a new client, add a
// row.
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
  /// A shell script that adds servers when the client runs it. We can only read the servers' names.
  Script,
};
/// In which projects the servers of a file apply. User: in all projects. Project: in one project;
/// the file is in the project's folder. Local: in one project; the servers are in that part of the
/// user's file that belongs to the project.
enum class ClientScope { User, Project, Local };
/// How a client writes variables in its entries.
enum class VariableSyntax {
  None,
  Editor,  ///< ${env:X}, ${input:X}, ${workspaceFolder}, ${userHome}
  Shell,   ///< ${X}, ${X:-default}
  Dollar,  ///< like Shell, and also $X
  Braces,  ///< {env:X}, {file:PATH}
  /// ${{ secrets.X }}, ${{ inputs.X }} and ${X}. The client asks the user for the values and stores
  /// them.
  Inputs,
};

/// A file in the table. In its paths, `~/` is the home folder and `./` is the project's folder.
/// `${X:-~/y}` is the value of the variable X or, if X is not set, the path after `:-`. That path
/// may contain a variable again. `/*` at the end means every JSON and YAML file in that folder.
struct ClientFile {
  ClientScope scope;
  std::string_view linux_path, macos_path;
  /// The keys under which the servers are, from the root inwards; "." means the project's path as a
  /// key.
  std::vector<std::string_view> servers;
  /// Callgate only reports the servers in this file and never changes the file.
  bool only_read = false;
};

/// The key in a server's entry by which the client limits the time of the server's calls.
struct ClientTimeout {
  std::string_view key;  ///< empty if the client has no such key
  int millis = 1;        ///< milliseconds in one unit of its value
};

/// Which variables of its own environment a client gives to a server that it starts.
enum class ClientEnvironment {
  All,
  Short,     ///< a short list (PATH, HOME, locale …), and the variables that the entry names
  Redacted,  ///< all except those that look like a secret
};

/// How an entry with a URL describes the client that signs in with OAuth. A key is empty if the
/// client application has no such key.
struct ClientSignIn {
  /// The member of the entry that has the other keys. Keys that are not in it are looked for in the
  /// entry itself.
  std::string_view object;
  std::string_view id, secret, scopes;
  std::string_view redirect_uri, port;
  /// Without redirect_uri, the browser returns to http://HOST:PORT and the path. `host` is empty if
  /// this address is unknown or is not on this machine.
  std::string_view host, path;
  int usual_port = 0;  ///< the port without the key `port`; 0 if it is any free port
};

struct ClientFields {
  std::string_view command = "command";
  /// If `args` and `command` are the same key, the value of this key is one list of the command and
  /// its arguments.
  std::string_view args = "args";
  std::string_view env = "env";
  std::string_view headers = "headers";
  std::vector<std::string_view> urls = {"url"};
  std::string_view disabled = "disabled";  ///< empty if the client has no such key
  std::string_view enabled;                ///< empty if the client has no such key
  std::string_view type;                   ///< empty if the client has no such key
  std::string_view stdio_type = "stdio";
  /// The value of `type` for a server that may have any kind of HTTP; empty if there is none.
  std::string_view either_type;
  std::string_view written = "{}";  ///< members to add to our own entry, as a JSON object
  ClientTimeout call_timeout = {};
  /// The key under which an entry lists the variables to pass on; empty if the client has no such
  /// key.
  std::string_view env_names;
  std::string_view cwd = "cwd";  ///< the key of the server's working folder
  ClientSignIn sign_in = {};
};

struct ClientApp {
  std::string_view id, title;
  ConfigFormat format;
  /// In each scope, callgate registers in the first file that exists or, if no file exists, in the
  /// first file of this list.
  std::vector<ClientFile> files;
  ClientFields fields;
  VariableSyntax variables;
  ClientEnvironment environment = ClientEnvironment::All;
};

/// Returns all rows, sorted by id. The table itself is in client_table.cc.
const std::vector<ClientApp>& all_clients();
const ClientApp* find_client(std::string_view id);
const char* scope_word(ClientScope scope);

/// The properties of this computer and user on which the paths in the table depend.
struct Machine {
  bool macos = false;
  std::string home;
  std::string project;  ///< absolute
  std::function<std::optional<std::string>(const std::string&)> variable;
  std::vector<std::string> set = {};  ///< names of the variables that have a value
};
/// Returns the machine on which this process runs, with the home folder `home`, the current folder
/// and the environment.
Machine this_machine(const std::string& home);

/// Returns a path of the table (`${X:-~/y}/rest`, `~/x` or `./x`) as an absolute path.
std::string expanded_path(std::string_view path, const Machine& machine);

struct FoundFile {
  const ClientApp* client = nullptr;
  const ClientFile* file = nullptr;
  std::string path;
  /// The keys under which the servers are, from the root inwards.
  std::vector<std::string> servers;
  bool exists = false;
};
/// Returns the file in which callgate registers for that scope; nullopt if the client has no such
/// scope.
std::optional<FoundFile> find_file(const ClientApp& client, ClientScope scope,
                                   const Machine& machine);
/// Returns every existing file of that scope, in the table's order. If the table names a folder,
/// returns at most kMostInFolder of its files.
std::vector<FoundFile> find_files(const ClientApp& client, ClientScope scope,
                                  const Machine& machine);
inline constexpr size_t kMostInFolder = 256;

/// Returns the format of a file. A client may have files of several formats, so the ending of the
/// path is more important than the format in the client's row.
ConfigFormat format_of(const ClientApp& client, std::string_view path);

}  // namespace callgate
