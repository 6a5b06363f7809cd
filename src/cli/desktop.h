// What import, register and unregister share: which client is meant, how a plan is shown, who may
// carry it out.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "callgate/desktop/registration.h"
#include "commands.h"

namespace callgate {

struct DesktopOptions {
  std::string client, scope = "user", profile;
  bool dry_run = false, yes = false;
  bool no_start = false;  ///< servers are not started once
  bool secrets = false;   ///< those in plain text move into callgate secret
  bool env_pass = false;  ///< what servers seem to read of the client's environment is passed on
};
/// CLIENT, --scope, --dry-run, --yes.
void add_desktop_arguments(Syntax& syntax, DesktopOptions& options);

/// Reads the plan that the options ask for. Without a client: the only one that has a
/// configuration. An exit code when there is nothing to plan; what is to be said was said.
struct Planned {
  int code = kDone;
  RegisterPlan plan;
};
Planned plan_for(const DesktopOptions& options, const Common& common, const Places& places,
                 bool import_only);

/// The way from a plan that was shown to the deed: kDone, or the exit code. `again` is what to
/// type.
int may_carry_out(const DesktopOptions& options, const std::string& question,
                  const std::string& again);

/// Variables in which secrets will stand in plain text.
size_t plain_variables(const RegisterPlan& plan);
/// Variables that new servers seem to read and will not get; each once, sorted.
std::vector<std::string> unpassed_variables(const RegisterPlan& plan);
std::string plan_text(const RegisterPlan& plan, const Places& places);
/// With "done" and "backup".
std::string plan_json(const RegisterPlan& plan, bool done, const std::string& backup);
/// A masker's text with kHidden in place of its marks.
std::string with_hidden_marks(std::string masked);
/// Replaces what has a secret's shape.
SecretHider secret_hider();

}  // namespace callgate
