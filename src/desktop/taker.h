// Reads one entry of a client's file into a server of ours. What can't be read makes the entry
// stay.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "callgate/desktop/takeover.h"
#include "callgate/wire/message.h"
#include "variables.h"

namespace callgate {

class Taker {
 public:
  Taker(const std::string& name, Value entry, const FoundFile& file, const Machine& machine)
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

  Takeover run();

 private:
  Takeover stay(std::string why);
  void refuse(std::string why) { stay(std::move(why)); }

  std::string word(std::string_view key);
  Value used(std::string_view key);
  void check_name();
  Value find_url();
  /// Reads a value's variables; what has no counterpart makes the entry stay.
  Template read(Value value, const std::string& what);
  std::vector<Template> words_of_command();
  void local();
  /// Zed's older way: {"command": {"path": …, "args": […], "env": {…}}}
  void local_nested(Value command);
  std::string no_command();
  void check_type();
  void read_env();
  void add_env(Value each);
  void set_env(const std::string& name, std::string value);
  bool has_env(std::string_view name) const;
  /// VS Code's envFile: `env` wins over it.
  void read_env_file();
  std::string absolute(const std::string& path) const;
  void read_cwd();
  /// Remembers what a person has to set.
  void note_asked(const Template& value);
  /// Secrets in words of the command come by variables of the server's: their names.
  std::vector<std::string> secrets_by_env(std::vector<Template>& words);
  /// Our configuration's command is plain text: variables in it go through a shell.
  void set_command(std::vector<Template> words);
  /// "./server.sh" means the project's folder to a client that starts it there.
  void settle_program(Template& program);
  void remote(Value url);
  /// A header's value goes by the environment, so that it stands in no list of processes.
  void header(const std::string& name, std::string value, std::vector<Template>& words);
  void read_headers(std::vector<Template>& words);
  void codex_headers(std::vector<Template>& words);
  void finish();
  void read_timeout();
  /// Codex's env_vars are passed on; Goose's env_keys lie in a keyring of its own.
  void read_names_of_variables();

  Value entry_;
  const ClientFields& fields_;
  const ClientApp& client_;
  const Machine* machine_ = nullptr;
  bool json_ = true;  ///< the file's format
  TemplateScope scope_;
  Takeover out_;
  std::vector<std::string> used_;
};

}  // namespace callgate
