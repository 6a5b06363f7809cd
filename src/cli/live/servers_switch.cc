// `callgate servers enable` and `disable`: switch a server on or off in the configuration file, and
// make the running gate processes reload the file.
#include <fmt/core.h>

#include <memory>

#include "callgate/desktop/registration.h"
#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/gates/gates.h"
#include "cli/gates/widening.h"
#include "cli/setup/first_start.h"
#include "cli/setup/secrets.h"

namespace callgate {

namespace {

struct SwitchOptions {
  std::string name;
  bool on = false, yes = false, no_start = false;
};

int print_switched(const SwitchOptions& options, const SwitchPlan& plan, const Common& common) {
  const char* const state = options.on ? "enabled" : "disabled";
  if (common.json || common.jsonl) {
    JsonWriter json;
    json.begin_object().key("server").string(options.name).key("state").string(state);
    print_json(json.key("changed").boolean(plan.changes).end_object().take());
  } else if (!common.quiet) {
    print_message(fmt::format("server '{}' is {}{} in {}", options.name, plan.changes ? "now " : "",
                              state, plan.config.path));
  }
  return kDone;
}

int run_switch(const SwitchOptions& options, const Common& common) {
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  const Result<SwitchPlan> plan = plan_switch(*places, options.name, options.on);
  if (!plan) {
    fail(plan.error());
    return plan.error().code == "desktop.unknown_server" ? kNothingFound : kFailed;
  }
  if (!plan->changes) return print_switched(options, *plan, common);
  if (options.on) {
    const int may =
        may_widen(fmt::format("let clients use the server '{}' again?", options.name), options.yes);
    if (may != kDone) return may;
  }
  if (Status done = carry_out(*plan, *places); !done) return fail(done.error());
  const size_t failed = have_gates_reload(*places, "", {options.name});
  print_switched(options, *plan, common);
  // If a gate process runs, the reload has already started the server in that gate process.
  if (options.on && !options.no_start && find_gates(places->state_dir).processes.empty())
    start_once(*places, common, options.name);
  return failed > 0 ? kFailed : kDone;
}

Run with(Syntax& syntax, bool on) {
  const auto options = std::make_shared<SwitchOptions>();
  options->on = on;
  syntax.required("NAME", options->name, "a configured server");
  if (on) syntax.flag("--yes", options->yes, "don't ask for confirmation");
  if (on)
    syntax.flag("--no-start", options->no_start, "don't start the server once to learn its tools");
  return [options](const Common& common) { return run_switch(*options, common); };
}

}  // namespace

Run add_servers_disable(Syntax& syntax) { return with(syntax, false); }
Run add_servers_enable(Syntax& syntax) { return with(syntax, true); }

}  // namespace callgate
