// Registers callgate as a client's only MCP server, and undoes a registration. Each change has two
// steps. First, plan_…() reads the files and changes nothing. Then carry_out() writes the files. It
// fails if a file has changed since the plan was made. Blocking.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/base/time.h"
#include "callgate/config/config.h"
#include "callgate/desktop/clients.h"
#include "callgate/desktop/files.h"
#include "callgate/desktop/move_secrets.h"
#include "callgate/desktop/server_import.h"

namespace callgate {

struct RegisterRequest {
  FoundFile file;
  Machine machine;
  Places places;
  std::string binary;        ///< absolute path of the program that the client starts
  std::string profile;       ///< may be empty
  bool import_only = false;  ///< the client's file stays unchanged
  /// True if servers shall get the variables of the client's environment that they probably read.
  bool pass_env = false;
  SecretHider hide;
  /// Returns the value of a stored secret; nullopt if no secret has this name.
  std::function<std::optional<std::string>(const std::string& name)> secret_value;
  /// Chooses the names of the secrets that the plan replaces by references. If it is empty, secrets
  /// stay in plain text.
  SecretNamer name_secret;
};

/// The command with which a client starts callgate.
struct OwnEntry {
  std::string command;
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;
  /// Variables of the client's own environment. The entry must name them, because otherwise the
  /// client does not pass them on.
  std::vector<std::string> passed;
  Millis call_timeout{0};  ///< 0 leaves the client's default in effect
};

/// Servers in another file of the same client. The plan does not change that file.
struct OtherPlace {
  std::string scope, path;
  std::vector<std::string> names;
  /// True if the user must name the file, because the scope alone does not select it.
  bool other_file = false;
  /// True if callgate can't import these servers, so the user has to remove them from that file.
  bool only_read = false;
};

/// The rights of this client alone. They are written as a profile into our configuration.
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
  std::vector<ServerImport> servers;  ///< in the order of the client's file
  std::vector<OtherPlace> elsewhere;
  ClientProfile profile;
  std::vector<std::string> notes;  ///< what the user has to check or write by hand
  std::vector<MovedSecret> moved;  ///< the caller must store these secrets before carry_out()
};

/// Errors: "desktop.not_valid" and "desktop.unsupported" (with FILE:LINE:COLUMN), the errors of
/// reading and writing files (callgate(1) lists the codes), "desktop.recursion", and the errors of
/// our own configuration.
Result<RegisterPlan> plan_register(const RegisterRequest& request);

struct CarriedOut {
  std::string backup;  ///< the backup's folder; empty if the client's file did not change
};
/// Writes three files in this order: the backup, our configuration, the client's file.
Result<CarriedOut> carry_out(const RegisterPlan& plan, const Places& places, Micros now);

/// A planned change that replaces secrets in our own configuration by references.
struct MovePlan {
  FileState config;
  MovedSecrets secrets;
};
/// Plans the change for these servers, or for all servers if `servers` is empty. Errors:
/// "desktop.unknown_server", the errors of reading files, and the errors of our own configuration.
Result<MovePlan> plan_move(const Places& places, const std::vector<std::string>& servers,
                           const SecretHider& hide, const SecretNamer& name);
Status carry_out(const MovePlan& plan, const Places& places);

/// A planned change that switches a server of our own configuration off or on.
struct SwitchPlan {
  FileState config;
  /// The file's new text. Only the server's member `disabled` differs from the old text.
  std::string after;
  bool changes = false;  ///< false if the server is off or on already, as requested
};
/// Has the same errors as plan_move().
Result<SwitchPlan> plan_switch(const Places& places, const std::string& server, bool on);
Status carry_out(const SwitchPlan& plan, const Places& places);

/// A registration in a client's file that the user has not undone.
struct Registration {
  std::string folder;  ///< the folder with the backup, see src/desktop/manifest.h
  std::string client;  ///< id
  std::string scope;
  std::string path;  ///< the client's file
  std::string at;    ///< RFC 3339
};
/// Returns the registrations, the oldest first. Leaves out registrations that can't be read.
std::vector<Registration> registrations(const Places& places);

struct UndoPlan {
  std::string client, path;
  FileState file;
  /// The file's new content; nullopt if the undo deletes the file because it did not exist before
  /// the registration.
  std::optional<std::string> after;
  /// True if, after the undo, the file is byte for byte what it was before the registration.
  bool exact = true;
  /// The names of the servers that the undo puts back into the client's file.
  std::vector<std::string> back;
  std::vector<Registration> undone;  ///< all registrations of this file
};
/// Undoes every registration of one file, the newest first.
Result<UndoPlan> plan_undo(const std::vector<Registration>& of_one_file);
Status carry_out(const UndoPlan& plan, const Places& places);

}  // namespace callgate
