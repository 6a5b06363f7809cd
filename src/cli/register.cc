// `callgate register` and `callgate import`: take over a client's servers; the first also becomes
// the client's only one.
#include <fmt/core.h>

#include <chrono>
#include <memory>

#include "desktop.h"

namespace callgate {

namespace {

Micros wall_now() {
  return std::chrono::duration_cast<Micros>(std::chrono::system_clock::now().time_since_epoch());
}

std::string again(const DesktopOptions& options, const RegisterPlan& plan, const char* command) {
  std::string out = fmt::format("callgate {} {}", command, plan.file.client->id);
  if (options.scope != "user") out += " --scope " + options.scope;
  if (!options.profile.empty()) out += " --profile " + options.profile;
  return out + " --yes";
}

size_t taken(const RegisterPlan& plan) {
  size_t count = 0;
  for (const Takeover& each : plan.servers)
    count += each.verdict == Verdict::Take || each.verdict == Verdict::Bridge;
  return count;
}

void tell_done(const RegisterPlan& plan, const CarriedOut& done, const Common& common) {
  if (common.json || common.jsonl) return print_json(plan_json(plan, true, done.backup));
  if (common.quiet) return;
  if (plan.writes_config)
    say(fmt::format("{} servers are in {} now", taken(plan), plan.config.path));
  if (!plan.writes_client) return;
  say(fmt::format("{} starts callgate from now on: restart it", plan.file.client->title));
  say(fmt::format("the way back: callgate unregister {}", plan.file.client->id));
}

int carry_out_shown(const DesktopOptions& options, const Common& common, const Places& places,
                    const RegisterPlan& plan, const char* command) {
  const bool json = common.json || common.jsonl;
  const bool nothing = !plan.writes_client && !plan.writes_config;
  if (!json) print(plan_text(plan, places));
  if (nothing || options.dry_run) {
    if (json) print_json(plan_json(plan, false, ""));
    if (nothing && !common.quiet) say("there is nothing to change");
    return kDone;
  }
  const std::string question =
      plan.writes_client
          ? fmt::format("make callgate the MCP server of {}?", plan.file.client->title)
          : fmt::format("take these servers into {}?", plan.config.path);
  if (const int may = may_carry_out(options, places, question, again(options, plan, command));
      may != kDone) {
    if (json) print_json(plan_json(plan, false, ""));
    return may;
  }
  const auto done = carry_out(plan, places, wall_now());
  if (!done) return fail(done.error());
  tell_done(plan, *done, common);
  return kDone;
}

int run(const DesktopOptions& options, const Common& common, const char* command,
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
  return carry_out_shown(options, common, *places, planned.plan, command);
}

}  // namespace

Run add_import(Syntax& syntax) {
  const auto options = std::make_shared<DesktopOptions>();
  add_desktop_arguments(syntax, *options);
  return [options](const Common& common) { return run(*options, common, "import", true); };
}

Run add_register(Syntax& syntax) {
  const auto options = std::make_shared<DesktopOptions>();
  add_desktop_arguments(syntax, *options);
  syntax.value("--profile", "NAME", options->profile, "what this client may");
  return [options](const Common& common) { return run(*options, common, "register", false); };
}

}  // namespace callgate
