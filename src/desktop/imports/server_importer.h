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
  bool stays() const { return out_.decision == ImportDecision::Stay; }

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
  /// Reads an entry with a URL. Callgate reaches such a server itself.
  void remote(Value url);
  /// Returns how the server is reached, judged by its type or, without one, by the URL's key.
  RemoteConfig::Transport read_transport(std::string_view url_key);
  void check_url(const Template& address);
  void allow_http();
  void header(const std::string& name, std::string value);
  void read_headers();
  void codex_headers();
  /// Goose replaces ${X} in headers by variables of the entry itself, so callgate does it once.
  void replace_own_variables();
  /// If the command is a bridge to a URL, reads its arguments instead of setting the command.
  /// Returns false if the command is something else, or if callgate does not understand all of it.
  bool take_bridge(const std::vector<Template>& words);
  void read_sign_in();
  /// Returns true, and keeps the entry with the client, if callgate can't sign in as the entry
  /// says.
  bool only_client_signs_in(Value object);
  /// Returns a key of the client's object for the sign-in or, if it is not there, of the entry.
  Value sign_in_value(Value object, std::string_view key);
  std::string redirect_address(Value object);
  /// Takes over the client ID if the address to which the browser returns can be the same, because
  /// servers compare that address with the one that is registered for the client.
  void take_oauth_client(Value object);
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
