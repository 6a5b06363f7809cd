// Becoming a client's only MCP server, and the way back. A plan is made from what the files hold
// and changes nothing; carrying it out refuses if they have changed since. Blocking.
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

/// A file as it was looked at.
struct FileState {
  std::string path;                  ///< as it is called
  std::string real;                  ///< what symbolic links lead to
  std::optional<std::string> bytes;  ///< none: it does not exist
};

struct RegisterRequest {
  FoundFile file;
  Machine machine;
  Places places;
  std::string binary;        ///< absolute: what the client starts
  std::string profile;       ///< empty: none
  bool import_only = false;  ///< the client's file stays as it is
  bool pass_env = false;  ///< what servers plausibly read of the client's environment is passed on
  SecretHider hide;
  /// The value of a secret by its name; empty: nothing is known of it.
  std::function<std::optional<std::string>(const std::string& name)> secret_value;
  SecretNamer name_secret;  ///< of secrets that move behind references; empty: they stay
};

/// What a client starts.
struct OwnEntry {
  std::string command;
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;
  /// Variables of the client's own environment that it must hand on by name.
  std::vector<std::string> passed;
  Millis call_timeout{0};  ///< 0: the client's own
};

/// Servers of the same client in another of its files.
struct OtherPlace {
  std::string scope, path;
  std::vector<std::string> names;
  bool other_file = false;  ///< it is not the one that is meant by its scope alone
  bool only_read = false;   ///< we can't take them over: a person has to take them out there
};

/// What holds for this client alone, as a profile of our configuration.
struct ClientProfile {
  std::string name;                                 ///< empty: none
  std::optional<std::vector<std::string>> servers;  ///< none: all
  std::vector<std::string> deny, ask;               ///< globs on `server__tool`
};

struct RegisterPlan {
  FoundFile file;
  std::string name;  ///< of our entry
  FileState client, config;
  std::string client_after, config_after;
  bool writes_client = false, writes_config = false;
  OwnEntry entry;
  std::vector<Takeover> servers;  ///< in the file's order
  std::vector<OtherPlace> elsewhere;
  ClientProfile profile;
  std::vector<std::string> notes;  ///< what a person has to look at or write by hand
  std::vector<MovedSecret> moved;  ///< to be kept before the plan is carried out
};

/// Errors: "desktop.not_valid" and "desktop.unsupported" (FILE:LINE:COLUMN), those of reading
/// and writing files (see README of the codes in callgate(1)), "desktop.recursion", and those of
/// our own configuration.
Result<RegisterPlan> plan_register(const RegisterRequest& request);

struct CarriedOut {
  std::string backup;  ///< the folder; empty when the client's file did not change
};
/// Backup first, then our configuration, then the client's file.
Result<CarriedOut> carry_out(const RegisterPlan& plan, const Places& places, Micros now);

/// Secrets of our own configuration behind references, not yet written.
struct MovePlan {
  FileState config;
  MovedSecrets secrets;
};
/// In these servers; none: in all. Errors: "desktop.unknown_server", those of reading files and of
/// our own configuration.
Result<MovePlan> plan_move(const Places& places, const std::vector<std::string>& servers,
                           const SecretHider& hide, const SecretNamer& name);
Status carry_out(const MovePlan& plan, const Places& places);

/// A server of our own configuration switched off or on, not yet written.
struct SwitchPlan {
  FileState config;
  std::string after;     ///< the file's text: `disabled` of the server, and nothing else, differs
  bool changes = false;  ///< false: it is so already
};
/// Errors: as plan_move.
Result<SwitchPlan> plan_switch(const Places& places, const std::string& server, bool on);
Status carry_out(const SwitchPlan& plan, const Places& places);

/// A file that we have registered ourselves in, and not undone.
struct Registration {
  std::string folder;  ///< of the backup
  std::string client;  ///< id
  std::string scope;
  std::string path;  ///< of the client's file
  std::string at;    ///< RFC 3339
};
/// Oldest first. What can't be read is left out.
std::vector<Registration> registrations(const Places& places);

struct UndoPlan {
  std::string client, path;
  FileState file;
  std::optional<std::string> after;  ///< none: the file goes, as it was not there before
  bool exact = true;                 ///< the file becomes what it was, to the byte
  std::vector<std::string> back;     ///< servers that the client gets back
  std::vector<Registration> undone;  ///< all that concern this file
};
/// Undoes every registration of one file, the newest first.
Result<UndoPlan> plan_undo(const std::vector<Registration>& of_one_file);
Status carry_out(const UndoPlan& plan, const Places& places);

}  // namespace callgate
