// Registers callgate as a client's only MCP server, and undoes that. A plan is made from the files'
// contents and changes nothing; carrying it out fails if the files have changed since. Blocking.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/base/time.h"
#include "callgate/config/config.h"
#include "callgate/desktop/clients.h"
#include "callgate/desktop/move_secrets.h"
#include "callgate/desktop/takeover.h"

namespace callgate {

/// A file as look_at_file() found it.
struct FileState {
  std::string path;                  ///< the path as given
  std::string real;                  ///< with every symbolic link followed
  std::optional<std::string> bytes;  ///< nullopt if the file does not exist
};

struct RegisterRequest {
  FoundFile file;
  Machine machine;
  Places places;
  std::string binary;        ///< absolute path of the program that the client starts
  std::string profile;       ///< may be empty
  bool import_only = false;  ///< the client's file stays unchanged
  /// Pass on the variables of the client's environment that servers probably read.
  bool pass_env = false;
  SecretHider hide;
  /// Returns the value of a secret by its name, or nullopt if it is unknown.
  std::function<std::optional<std::string>(const std::string& name)> secret_value;
  /// Names secrets that references replace; if empty, secrets stay in place.
  SecretNamer name_secret;
};

/// The command with which a client starts callgate.
struct OwnEntry {
  std::string command;
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;
  /// Variables of the client's own environment that the client must pass on by name.
  std::vector<std::string> passed;
  Millis call_timeout{0};  ///< 0 keeps the client's own value
};

/// Servers in another file of the same client.
struct OtherPlace {
  std::string scope, path;
  std::vector<std::string> names;
  bool other_file = false;  ///< it is not the file that the scope alone selects
  /// We can't import these servers; the user has to remove them there.
  bool only_read = false;
};

/// The rules for this client alone, which become a profile of our configuration.
struct ClientProfile {
  std::string name;                                 ///< may be empty
  std::optional<std::vector<std::string>> servers;  ///< nullopt means all
  std::vector<std::string> deny, ask;               ///< globs on `server__tool`
};

struct RegisterPlan {
  FoundFile file;
  std::string name;  ///< the name of our entry
  FileState client, config;
  std::string client_after, config_after;
  bool writes_client = false, writes_config = false;
  OwnEntry entry;
  std::vector<Takeover> servers;  ///< in the order of the file
  std::vector<OtherPlace> elsewhere;
  ClientProfile profile;
  std::vector<std::string> notes;  ///< what the user has to check or write by hand
  std::vector<MovedSecret> moved;  ///< must be stored before the plan is carried out
};

/// Errors: "desktop.not_valid" and "desktop.unsupported" (with FILE:LINE:COLUMN), those of reading
/// and writing files (callgate(1) lists the codes), "desktop.recursion", and those of our own
/// configuration.
Result<RegisterPlan> plan_register(const RegisterRequest& request);

struct CarriedOut {
  std::string backup;  ///< the backup's folder; empty if the client's file did not change
};
/// Writes the backup first, then our configuration, then the client's file.
Result<CarriedOut> carry_out(const RegisterPlan& plan, const Places& places, Micros now);

/// A change that replaces secrets of our own configuration by references. It is not written yet.
struct MovePlan {
  FileState config;
  MovedSecrets secrets;
};
/// Plans the change for these servers, or for all if `servers` is empty. Errors:
/// "desktop.unknown_server", those of reading files, and those of our own configuration.
Result<MovePlan> plan_move(const Places& places, const std::vector<std::string>& servers,
                           const SecretHider& hide, const SecretNamer& name);
Status carry_out(const MovePlan& plan, const Places& places);

/// A change that switches a server of our own configuration off or on. It is not written yet.
struct SwitchPlan {
  FileState config;
  /// The file's text, in which only `disabled` of the server differs.
  std::string after;
  bool changes = false;  ///< false if the server is in that state already
};
/// Has the same errors as plan_move().
Result<SwitchPlan> plan_switch(const Places& places, const std::string& server, bool on);
Status carry_out(const SwitchPlan& plan, const Places& places);

/// A registration in a client's file that was not undone.
struct Registration {
  std::string folder;  ///< the folder of the backup
  std::string client;  ///< id
  std::string scope;
  std::string path;  ///< the client's file
  std::string at;    ///< RFC 3339
};
/// Returns the registrations, the oldest first. Those that can't be read are left out.
std::vector<Registration> registrations(const Places& places);

struct UndoPlan {
  std::string client, path;
  FileState file;
  /// The file's new content; nullopt if the file is deleted, because it did not exist before.
  std::optional<std::string> after;
  bool exact = true;                 ///< the file becomes what it was, byte for byte
  std::vector<std::string> back;     ///< servers that the client gets back
  std::vector<Registration> undone;  ///< all registrations of this file
};
/// Undoes every registration of one file, the newest first.
Result<UndoPlan> plan_undo(const std::vector<Registration>& of_one_file);
Status carry_out(const UndoPlan& plan, const Places& places);

}  // namespace callgate
