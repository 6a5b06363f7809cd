// `callgate register` and `callgate import`: import a client's servers. `register` also makes
// callgate the client's only server.
#include <fmt/core.h>

#include <memory>

#include "callgate/base/text.h"
#include "cli/gates/widening.h"
#include "cli/text/time_text.h"
#include "desktop.h"
#include "first_start.h"
#include "secret_moves.h"

namespace callgate {

namespace {

std::string again(const DesktopOptions& options, const RegisterPlan& plan, const char* command) {
  std::string out = fmt::format("callgate {} {}", command, plan.file.client->id);
  if (options.scope != "user") out += " --scope " + options.scope;
  if (!options.file.empty()) out += " --file '" + options.file + "'";
  if (options.secrets) out += " --secrets";
  if (options.env_pass) out += " --env-pass";
  if (options.no_start) out += " --no-start";
  if (!options.profile.empty()) out += " --profile " + options.profile;
  return out + " --yes";
}

size_t imported_count(const RegisterPlan& plan) {
  size_t count = 0;
  for (const ServerImport& each : plan.servers) count += each.decision == ImportDecision::Take;
  return count;
}

std::string with_verb(size_t secrets, const char* one, const char* more) {
  return fmt::format("{} {}", grouped(secrets, "secret"), secrets == 1 ? one : more);
}

/// Prints what the user should still do about secrets that are in plain text.
void print_secret_hints(const RegisterPlan& plan) {
  for (const ServerImport& each : plan.servers)
    if (each.decision == ImportDecision::Take)
      for (const std::string& name : each.asked)
        print_message(
            fmt::format("{} asks for a secret; to store the secret: callgate secret set {}",
                        each.server.name, name));
  if (!plan.moved.empty())
    print_message(fmt::format("{} stored under a name now; see callgate secret list",
                              with_verb(plan.moved.size(), "is", "are")));
  if (const size_t plain = plain_variables(plan); plain > 0)
    print_message(
        fmt::format("{} in the configuration in plain text; to move {}: callgate secret move",
                    with_verb(plain, "is", "are"), plain == 1 ? "it" : "them"));
}

void print_done(const RegisterPlan& plan, const CarriedOut& done, const Common& common) {
  if (common.json || common.jsonl) return print_json(plan_json(plan, true, done.backup));
  if (common.quiet) return;
  if (plan.writes_config)
    print_message(fmt::format("{} in {} now",
                              imported_count(plan) == 1
                                  ? "1 server is"
                                  : fmt::format("{} servers are", imported_count(plan)),
                              plan.config.path));
  print_secret_hints(plan);
  if (!plan.writes_client) return;
  print_message(
      fmt::format("{0} starts callgate from now on; restart {0}", plan.file.client->title));
  print_message(fmt::format("to undo this: callgate unregister {}", plan.file.client->id));
}

/// If the plan has secrets in plain text and neither --secrets nor --yes was given, asks the user
/// whether to move them.
bool wants_secrets_moved(const DesktopOptions& options, const RegisterPlan& plan) {
  const size_t plain = plain_variables(plan);
  if (plain == 0 || options.secrets || options.yes) return false;
  return person_agrees(fmt::format("{} in plain text; move {} to callgate's secrets?",
                                   with_verb(plain, "is", "are"), plain == 1 ? "it" : "them"));
}

bool wants_variables_passed(const DesktopOptions& options, const RegisterPlan& plan) {
  const std::vector<std::string> names = unpassed_variables(plan);
  if (names.empty() || options.env_pass || options.yes) return false;
  return person_agrees(fmt::format("pass {} on to the servers that seem to read {}?", joined(names),
                                   names.size() == 1 ? "it" : "them"));
}

int deed(const DesktopOptions& options, const RegisterPlan& plan, const Common& common,
         const Places& places) {
  KeptSecrets kept(places);
  if (Status done = kept.keep(plan.moved); !done) return fail(done.error());
  const auto done = carry_out(plan, places, wall_now());
  if (!done) return fail(done.error());
  kept.settle();
  print_done(plan, *done, common);
  if (!options.no_start) start_once(places, common);
  return kDone;
}

int carry_out_registration(DesktopOptions options, const Common& common, const Places& places,
                           const RegisterPlan& plan, const char* command, bool import_only) {
  const bool json = common.json || common.jsonl;
  const bool nothing = !plan.writes_client && !plan.writes_config;
  if (!json) print(plan_text(plan, places));
  if (nothing || options.dry_run) {
    if (json) print_json(plan_json(plan, false, ""));
    if (nothing && !common.quiet) print_message("there is nothing to change");
    return kDone;
  }
  const std::string question =
      plan.writes_client
          ? fmt::format("make callgate the MCP server of {}?", plan.file.client->title)
          : fmt::format("import these servers into {}?", plan.config.path);
  if (const int may = may_carry_out(options, question, again(options, plan, command));
      may != kDone) {
    if (json) print_json(plan_json(plan, false, ""));
    return may;
  }
  const bool moved = wants_secrets_moved(options, plan);
  const bool passed = wants_variables_passed(options, plan);
  if (!moved && !passed) return deed(options, plan, common, places);
  options.secrets = options.secrets || moved;
  options.env_pass = options.env_pass || passed;
  const Planned again_planned = plan_for(options, common, places, import_only);
  if (again_planned.plan.file.client == nullptr) return again_planned.code;
  return deed(options, again_planned.plan, common, places);
}

int run_register(const DesktopOptions& options, const Common& common, const char* command,
                 bool import_only) {
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  if (!options.profile.empty()) {
    const Result<Config> config = config_or_errors(*places);
    if (!config) return fail(config.error());
    if (const Status known = known_profile(*config, options.profile); !known)
      return wrong_usage(known.error().message);
  }
  const Planned planned = plan_for(options, common, *places, import_only);
  if (planned.plan.file.client == nullptr) return planned.code;
  return carry_out_registration(options, common, *places, planned.plan, command, import_only);
}

}  // namespace

Run add_import(Syntax& syntax) {
  const auto options = std::make_shared<DesktopOptions>();
  add_desktop_arguments(syntax, *options);
  syntax.flag("--secrets", options->secrets, "move secrets from plain text to callgate's secrets");
  syntax.flag("--env-pass", options->env_pass,
              "pass on variables that are set in this terminal and that servers seem to read");
  syntax.flag("--no-start", options->no_start, "don't start new servers once to learn their tools");
  return [options](const Common& common) { return run_register(*options, common, "import", true); };
}

Run add_register(Syntax& syntax) {
  const auto options = std::make_shared<DesktopOptions>();
  add_desktop_arguments(syntax, *options);
  syntax.flag("--secrets", options->secrets, "move secrets from plain text to callgate's secrets");
  syntax.flag("--env-pass", options->env_pass,
              "pass on variables that are set in this terminal and that servers seem to read");
  syntax.flag("--no-start", options->no_start, "don't start new servers once to learn their tools");
  syntax.value("--profile", "NAME", options->profile,
               "the profile that limits what this client may do");
  return
      [options](const Common& common) { return run_register(*options, common, "register", false); };
}

}  // namespace callgate
