// Converts one entry of a client's file into a server of our configuration. If a necessary part of
// the entry can't be converted, the entry stays in the client's file (ImportDecision::Stay).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "callgate/desktop/server_import.h"
#include "callgate/wire/message.h"
#include "variables.h"

namespace callgate {

class ServerImporter {
 public:
  ServerImporter(const std::string& name, Value entry, const FoundFile& file,
                 const Machine& machine)
      : entry_(entry), fields_(file.client->fields), client_(*file.client) {
    out_.name = out_.server.name = name;
    out_.server.env.clear();
    scope_ = {client_.variables,
              machine.home,
              file.file->scope == ClientScope::User ? std::string() : machine.project,
              {},
              false};
    machine_ = &machine;
    json_ = format_of(client_, file.path) == ConfigFormat::Json;
    if (const Value env = entry.find(fields_.env); env.is_object())
      for (Value each : env) scope_.own.push_back(each.key());
  }

  ServerImport run();

 private:
  ServerImport stay(std::string why);
  void refuse(std::string why) { stay(std::move(why)); }

  std::string word(std::string_view key);
  Value used(std::string_view key);
  void check_name();
  Value find_url();
  /// Reads a value with its variables. If one of the variables has no counterpart in our
  /// configuration, the entry stays in the client's file.
  Template read(Value value, const std::string& what);
  std::vector<Template> words_of_command();
  void local();
  /// Reads Zed's older form: {"command": {"path": …, "args": […], "env": {…}}}.
  void local_nested(Value command);
  std::string no_command();
  void check_type();
  void read_env();
  void add_env(Value each);
  void set_env(const std::string& name, std::string value);
  bool has_env(std::string_view name) const;
  /// Reads the file that VS Code's key envFile names. Variables in `env` take precedence.
  void read_env_file();
  std::string absolute(const std::string& path) const;
  void read_cwd();
  /// Remembers the secrets that the user has to set.
  void note_asked(const Template& value);
  /// Replaces the secrets in words of the command by environment variables of the server, and
  /// returns the names of these variables.
  std::vector<std::string> secrets_by_env(std::vector<Template>& words);
  /// Sets the command. In our configuration, a command is plain text, so a command with variables
  /// is started through a shell.
  void set_command(std::vector<Template> words);
  /// If the program has a relative path, makes the path absolute. A relative path such as
  /// "./server.sh" begins in the project's folder, because the client starts the program there.
  void settle_program(Template& program);
  void remote(Value url);
  /// Adds a header to the bridge's arguments. The value of the header is passed in an environment
  /// variable, so that it does not appear in lists of processes.
  void header(const std::string& name, std::string value, std::vector<Template>& words);
  void read_headers(std::vector<Template>& words);
  void codex_headers(std::vector<Template>& words);
  void finish();
  void read_timeout();
  /// Reads the lists of variables' names. The variables in Codex's env_vars are passed on. The
  /// values for Goose's env_keys may be in Goose's own keyring. If one of these variables is not
  /// set in our environment, the entry stays in the client's file.
  void read_names_of_variables();

  Value entry_;
  const ClientFields& fields_;
  const ClientApp& client_;
  const Machine* machine_ = nullptr;
  bool json_ = true;  ///< the file is JSON
  TemplateScope scope_;
  ServerImport out_;
  std::vector<std::string> used_;
};

}  // namespace callgate
