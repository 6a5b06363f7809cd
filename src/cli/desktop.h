// What import, register and unregister share: finding the client, showing the plan, and asking
// before it is carried out.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "callgate/desktop/registration.h"
#include "commands.h"

namespace callgate {

struct DesktopOptions {
  std::string client, scope = "user", profile;
  std::string file;  ///< which of the client's files; empty: the first
  bool dry_run = false, yes = false;
  bool no_start = false;  ///< don't start new servers once to learn their tools
  bool secrets = false;   ///< move secrets in plain text to callgate secret
  bool env_pass = false;  ///< pass on variables that servers seem to read
};
/// CLIENT, --scope, --file, --dry-run, --yes.
void add_desktop_arguments(Syntax& syntax, DesktopOptions& options);

/// Returns the options ` --scope SCOPE --file FILE` that a command about this file needs.
std::string file_arguments(const FoundFile& file, const Machine& machine);

struct Planned {
  int code = kDone;  ///< not kDone: there is no plan; the reason is printed already
  RegisterPlan plan;
};
/// Makes the plan that the options ask for. If they name no client, the only client that has a
/// configuration is meant.
Planned plan_for(const DesktopOptions& options, const Common& common, const Places& places,
                 bool import_only);

/// Asks for confirmation of a plan that was shown. Returns kDone if it may be carried out,
/// otherwise the exit code. `again` is the command line that a user can type later.
int may_carry_out(const DesktopOptions& options, const std::string& question,
                  const std::string& again);

/// Returns how many variables will hold secrets in plain text.
size_t plain_variables(const RegisterPlan& plan);
/// Returns the variables that new servers seem to read but will not get, sorted and without
/// duplicates.
std::vector<std::string> unpassed_variables(const RegisterPlan& plan);
std::string plan_text(const RegisterPlan& plan, const Places& places);
/// The plan as JSON, with the additional keys "done" and "backup".
std::string plan_json(const RegisterPlan& plan, bool done, const std::string& backup);
/// Replaces the masker's marks in `masked` by kHidden.
std::string with_hidden_marks(std::string masked);
/// Returns a function that replaces text with the shape of a secret.
SecretHider secret_hider();

}  // namespace callgate
