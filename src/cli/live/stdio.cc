// `callgate` without a command is the MCP server that a client launches.
#include <fmt/core.h>
#include <unistd.h>

#include <memory>

#include "callgate/app/gate_process.h"
#include "cli/commands.h"
#include "cli/gates/caller.h"
#include "stdio_refusal.h"
#include "version.h"

namespace callgate {

namespace {

int explain_to_person() {
  print_message("callgate is the gate between an AI client and its MCP servers: it starts them,");
  print_message("decides about each call by your rules, and keeps a record of every call.");
  print_message(
      "A client launches callgate; callgate reads the client's messages, not what you type.");
  print_message("");
  print_message(
      "  set up a client:    callgate register CLIENT (callgate becomes the client's only server)");
  print_message("  look for faults:    callgate doctor");
  print_message("  see an example:     callgate demo");
  print_message("  list all commands:  callgate --help");
  return kWrongUsage;
}

/// Prints the error to stderr, and also sends it to the client over MCP, because clients may not
/// show our stderr.
int fail_start(const Error& error, int code) {
  code == kWrongUsage ? wrong_usage(error.message) : fail(error);
  refuse_client(error);
  return code;
}

struct StdioOptions {
  std::string profile;
};

int run_stdio_command(const StdioOptions& options, const Common& common) {
  if (common.json || common.jsonl)
    return wrong_usage("--json and --jsonl need a command; see callgate --help");
  if (isatty(STDIN_FILENO) == 1) return explain_to_person();
  Result<Places> places = find_places(common.config);
  if (!places) return fail_start(places.error(), kFailed);
  Result<Config> config = config_or_errors(*places);
  if (!config) return fail_start(config.error(), kFailed);
  if (const Status known = known_profile(*config, options.profile); !known)
    return fail_start(known.error(), kWrongUsage);
  const Result<ActingFor> acting = act_for_launch(*places, options.profile);
  if (!acting) return fail_start(acting.error(), kFailed);
  if (const Status known = known_profile(*config, acting->profile); !known)
    return fail_start(known.error(), kWrongUsage);
  leave_out_waiting(*config, *acting);
  const Status ended =
      run_stdio({std::move(*config), std::move(*places), kVersion, "stdio"}, acting->profile);
  return ended ? kDone : fail_start(ended.error(), kFailed);
}

}  // namespace

Run add_stdio(Syntax& syntax) {
  const auto options = std::make_shared<StdioOptions>();
  syntax.value("--profile", "NAME", options->profile,
               "the profile in the configuration; it limits what this client may do");
  return [options](const Common& common) { return run_stdio_command(*options, common); };
}

}  // namespace callgate
