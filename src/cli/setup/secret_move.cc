// `callgate secret move`: moves secrets that are in plain text in the configuration to the system's
// keyring or to the file of secrets, and makes the configuration refer to the secrets.
#include <fmt/core.h>
#include <unistd.h>

#include <memory>

#include "callgate/desktop/registration.h"
#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/gates/widening.h"
#include "cli/text/terminal.h"
#include "cli/text/time_text.h"
#include "desktop.h"
#include "secret_moves.h"
#include "secrets.h"

namespace callgate {

namespace {

struct MoveOptions {
  std::string server;
  bool dry_run = false, yes = false;
};

void print_moved(const MovedSecrets& all, bool done) {
  JsonWriter json;
  json.begin_object().key("moved").begin_array();
  for (const MovedSecret& each : all.moved)
    json.begin_object()
        .key("server")
        .string(each.server)
        .key("variable")
        .string(each.variable)
        .key("secret")
        .string(each.secret)
        .end_object();
  json.end_array().key("left").begin_array();
  for (const std::string& each : all.left) json.string(each);
  print_json(json.end_array().key("done").boolean(done).end_object().take());
}

std::string move_plan_text(const MovePlan& plan) {
  std::string out = plan.config.path + "\n" + moved_text(plan.secrets.moved);
  if (!plan.secrets.left.empty())
    out +=
        "  these secrets stay, because callgate moves only secrets that are the whole value of a "
        "variable\n";
  for (const std::string& each : plan.secrets.left) out += "    " + each + "\n";
  return visible(out, Lines::Kept);
}

/// Asks for confirmation. Returns kDone if the secrets may be moved, otherwise the exit code.
int may_move(const MoveOptions& options) {
  if (options.yes) return kDone;
  if (isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1) {
    if (person_agrees("move these secrets to callgate's secrets?")) return kDone;
    print_message("nothing was changed");
    return kFailed;
  }
  print_message("nothing was changed; to make the change, type: callgate secret move --yes");
  return kWrongUsage;
}

int carry_out_move(const MoveOptions& options, const MovePlan& plan, const Places& places,
                   const Common& common) {
  const bool json = common.json || common.jsonl;
  if (options.dry_run) {
    if (json) print_moved(plan.secrets, false);
    return kDone;
  }
  if (const int may = may_move(options); may != kDone) return may;
  KeptSecrets kept(places);
  if (Status done = kept.keep(plan.secrets.moved); !done) return fail(done.error());
  if (Status done = carry_out(plan, places); !done) return fail(done.error());
  kept.settle();
  std::vector<std::string> servers;
  for (const MovedSecret& each : plan.secrets.moved) servers.push_back(each.server);
  const size_t failed = have_gates_reload(places, "", servers);
  if (json)
    print_moved(plan.secrets, true);
  else if (!common.quiet)
    print_message(
        fmt::format("{} moved; see callgate secret", grouped(plan.secrets.moved.size(), "secret")));
  return failed > 0 ? kFailed : kDone;
}

int run_secret_move(const MoveOptions& options, const Common& common) {
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  std::vector<std::string> servers;
  if (!options.server.empty()) servers.push_back(options.server);
  const auto plan = plan_move(*places, servers, secret_hider(), secret_namer(*places));
  if (!plan) return fail(plan.error());
  const bool json = common.json || common.jsonl;
  if (!json && (!plan->secrets.moved.empty() || !plan->secrets.left.empty()))
    print(move_plan_text(*plan));
  if (!plan->secrets.moved.empty()) return carry_out_move(options, *plan, *places, common);
  if (json) print_moved(plan->secrets, false);
  if (!common.quiet) print_message("no variable of a server holds a secret in plain text");
  return kNothingFound;
}

}  // namespace

Run add_secret_move(Syntax& syntax) {
  const auto options = std::make_shared<MoveOptions>();
  syntax.optional("SERVER", options->server, "only secrets of this server");
  syntax.flag("--dry-run", options->dry_run, "show which secrets would move, and change nothing");
  syntax.flag("--yes", options->yes, "don't ask for confirmation");
  return [options](const Common& common) { return run_secret_move(*options, common); };
}

}  // namespace callgate
