// The parts that `callgate import`, `register` and `unregister` have in common: they find the
// client's file, make a plan of changes, show the plan, and ask the user before they carry out the
// plan.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "callgate/desktop/registration.h"
#include "cli/commands.h"

namespace callgate {

struct DesktopOptions {
  std::string client, scope = "user", profile;
  std::string file;  ///< path of one of the client's files; empty: the client's first file
  bool dry_run = false, yes = false;
  bool no_start = false;  ///< if false, new servers are started once to learn their tools
  bool secrets = false;   ///< move secrets from plain text to the store of `callgate secret`
  bool env_pass = false;  ///< pass on to servers the variables that they seem to read
};
/// Declares CLIENT, --scope, --file, --dry-run and --yes.
void add_desktop_arguments(Syntax& syntax, DesktopOptions& options);

/// Returns the options ` --scope SCOPE --file FILE` that a command about this file needs.
std::string file_arguments(const FoundFile& file, const Machine& machine);

struct Planned {
  /// If `code` is not kDone, there is no plan: plan_for() has printed the reason, and the command
  /// must exit with this code.
  int code = kDone;
  RegisterPlan plan;
};
/// Makes the plan that the options ask for. If the options name no client, uses the only client
/// that has a configuration file; if several clients have a configuration file, prints an error.
Planned plan_for(const DesktopOptions& options, const Common& common, const Places& places,
                 bool import_only);

/// Asks the user to confirm a plan that was shown. Returns kDone if the plan may be carried out,
/// otherwise the exit code. The message shows `again`, a command line that the user can type to
/// carry out the plan later.
int may_carry_out(const DesktopOptions& options, const std::string& question,
                  const std::string& again);

/// Returns the number of variables that will have a secret in plain text after the plan is carried
/// out.
size_t plain_variables(const RegisterPlan& plan);
/// Returns the variables that new servers seem to read but will not get, sorted and without
/// duplicates.
std::vector<std::string> unpassed_variables(const RegisterPlan& plan);
std::string plan_text(const RegisterPlan& plan, const Places& places);
/// Returns the plan as JSON, with the additional keys "done" and "backup".
std::string plan_json(const RegisterPlan& plan, bool done, const std::string& backup);
/// Replaces the marks that SecretMasker puts in place of secrets by kHidden.
std::string with_hidden_marks(std::string masked);
/// Returns a function that replaces each part of a text that looks like a secret by kHidden.
SecretHider secret_hider();

}  // namespace callgate
