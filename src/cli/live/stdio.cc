// `callgate` without a command is the MCP server that a client launches.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "callgate/app/gate_process.h"
#include "callgate/app/shared_gate.h"
#include "cli/commands.h"
#include "cli/gates/caller.h"
#include "stdio_refusal.h"
#include "version.h"

namespace callgate {

namespace {

// How long to try the shared gate: until the first time after the start of this process, but at
// least for the second time, because other gate processes may have answered slowly before.
constexpr Millis kAttachTime{2000}, kLeastLimit{300};

Millis since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - began);
}

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
  bool standalone = false;
};

/// True if the shared gate should serve this client: the configuration and the system allow it, and
/// neither stdin nor stdout is a file, as they are if a person tries out a list of messages.
bool wants_shared_gate(const Config& config) {
#ifdef __linux__
  const bool pipes = can_be_passed(STDIN_FILENO) && can_be_passed(STDOUT_FILENO);
  return config.gateway.shared == SharedGateUse::Require ||
         (config.gateway.shared == SharedGateUse::Auto && pipes);
#else
  return config.gateway.shared == SharedGateUse::Require;
#endif
}

/// Lets the shared gate serve the client. Returns the exit code when the session has ended, or an
/// error if the shared gate does not serve this client.
Result<int> use_shared_gate(const Places& places, const Config& config, const ActingFor& acting,
                            Millis limit, Descriptor& journal) {
  if (!acting.direct)
    return Error{"attach.below", "a client or a server of callgate started this client", ""};
  if (!acting.waiting.empty())
    return Error{
        "attach.waiting",
        "changed servers wait for a person's approval, and this client must not start them",
        "callgate reload"};
  const Result<std::string> lost = serve_through_shared_gate(
      {.places = places, .config = config.path, .profile = acting.profile, .limit = limit},
      journal);
  if (!lost) return lost.error();
  if (!lost->empty())
    print_message(
        "callgate: the shared gate died, and no other gate can go on with this session: " + *lost);
  return lost->empty() ? kDone : kFailed;
}

/// What applies to the client at this moment.
struct Launch {
  Config config;
  ActingFor acting;
};

/// `code` is the exit code if there is an error.
Result<Launch> read_launch(const Places& places, const std::string& profile, int& code) {
  code = kFailed;
  Result<Config> config = config_or_errors(places);
  if (!config) return config.error();
  code = kWrongUsage;
  if (const Status known = known_profile(*config, profile); !known) return known.error();
  code = kFailed;
  Result<ActingFor> acting = act_for_launch(places, profile);
  if (!acting) return acting.error();
  code = kWrongUsage;
  if (const Status known = known_profile(*config, acting->profile); !known) return known.error();
  return Launch{std::move(*config), std::move(*acting)};
}

/// Goes on with a session that shared gates have served. The configuration may have changed since
/// this process started. In case of an error the session ends, and the client reads the end of our
/// stdout.
int go_on_alone(Places places, const std::string& profile, Descriptor journal) {
  int wrong = kFailed;
  Result<Launch> launch = read_launch(places, profile, wrong);
  if (!launch) return fail(launch.error());
  leave_out_waiting(launch->config, launch->acting);
  const Status ended = run_stdio({std::move(launch->config), std::move(places), kVersion, "stdio"},
                                 launch->acting.profile, std::move(journal));
  return ended ? kDone : fail(ended.error());
}

int run_stdio_command(const StdioOptions& options, const Common& common) {
  if (common.json || common.jsonl)
    return wrong_usage("--json and --jsonl need a command; see callgate --help");
  if (isatty(STDIN_FILENO) == 1) return explain_to_person();
  const auto began = std::chrono::steady_clock::now();
  Result<Places> places = find_places(common.config);
  if (!places) return fail_start(places.error(), kFailed);
  int wrong = kFailed;
  Result<Launch> launch = read_launch(*places, options.profile, wrong);
  if (!launch) return fail_start(launch.error(), wrong);
  Descriptor journal;
  if (!options.standalone && wants_shared_gate(launch->config)) {
    const Millis limit = std::max(kLeastLimit, kAttachTime - since(began));
    const Result<int> code =
        use_shared_gate(*places, launch->config, launch->acting, limit, journal);
    if (code) return *code;
    const bool served_before = journal.get() >= 0;
    if (launch->config.gateway.shared == SharedGateUse::Require)
      return served_before ? fail(code.error()) : fail_start(code.error(), kFailed);
    print_message(
        "callgate: the shared gate does not serve this client, so the client gets a gate process "
        "of its own: " +
        code.error().text());
    if (served_before) return go_on_alone(std::move(*places), options.profile, std::move(journal));
  }
  leave_out_waiting(launch->config, launch->acting);
  const Status ended = run_stdio({std::move(launch->config), std::move(*places), kVersion, "stdio"},
                                 launch->acting.profile);
  return ended ? kDone : fail_start(ended.error(), kFailed);
}

}  // namespace

Run add_stdio(Syntax& syntax) {
  const auto options = std::make_shared<StdioOptions>();
  syntax.value("--profile", "NAME", options->profile,
               "the profile in the configuration; it limits what this client may do");
  syntax.flag("--standalone", options->standalone,
              "do not use the shared gate; run the servers in a gate process for this client only");
  return [options](const Common& common) { return run_stdio_command(*options, common); };
}

}  // namespace callgate
