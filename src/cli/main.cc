// The program: a warden, or the command that argv names.
#include <fmt/core.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>

#include "callgate/app/warden.h"
#include "callgate/base/stderr.h"
#include "command_line.h"
#include "commands.h"

namespace callgate {

namespace {

Run add_complete_here(Syntax& syntax);

// Sorted, but for the first of a group, which the group's word alone means.
const std::vector<Command> kCommands = {
    {"", "The MCP server that a client launches", add_stdio, Right::Acts, true},
    {"call", "Make one call by hand, policed and recorded like any other", add_call, Right::Acts},
    {"clients list", "List who is there and who was, and what they may", add_clients_list,
     Right::Reads},
    {"clients pause", "Deny a client's calls until it is resumed", add_clients_pause,
     Right::Changes},
    {"clients resume", "Let a paused or revoked client go on", add_clients_resume, Right::Changes},
    {"clients revoke", "End a client's sessions and refuse new ones", add_clients_revoke,
     Right::Changes},
    {"complete", "Tell what may come next, for a shell's script", add_complete_here, Right::Reads,
     true},
    {"completion", "Print the script that completes words in a shell", add_completion,
     Right::Reads},
    {"config path", "Print which configuration file is used", add_config_path, Right::Reads},
    {"config check", "Tell what is wrong with the configuration, or what it holds",
     add_config_check, Right::Reads},
    {"config init", "Write a configuration to begin with", add_config_init, Right::Changes},
    {"config schema", "Print the JSON Schema of the configuration", add_config_schema,
     Right::Reads},
    {"demo", "Show a scripted session with two built-in servers; needs nothing", add_demo,
     Right::Reads},
    {"demo-server", "One of the demo's servers", add_demo_server, Right::Reads, true},
    {"doctor", "Examine everything, and tell what to do", add_doctor, Right::Reads},
    {"findings list", "List what the guard found, newest first", add_findings_list, Right::Reads},
    {"findings clear", "Say that a finding is dealt with, or that the agent may",
     add_findings_clear, Right::Changes},
    {"findings explain", "Tell what made a finding, call by call, and what follows of it",
     add_findings_explain, Right::Reads},
    {"findings replay", "Run the guard over recorded sessions, from a file or the record",
     add_findings_replay, Right::Reads},
    {"history list", "List calls, newest first", add_history_list, Right::Reads},
    {"history prune", "Drop arguments and results of old calls", add_history_prune, Right::Changes},
    {"history search", "List calls that hold a text", add_history_search, Right::Reads},
    {"history show", "Show one call whole", add_history_show, Right::Reads},
    {"history sql", "Ask the record with a read-only SQL statement", add_history_sql, Right::Reads},
    {"history stats", "Sum up calls for each tool", add_history_stats, Right::Reads},
    {"history tail", "Show the newest calls, and follow those that come", add_history_tail,
     Right::Reads},
    {"import", "Take over the servers of a client's configuration", add_import, Right::Changes},
    {"policy check", "Check the configuration and its rules", add_policy_check, Right::Reads},
    {"policy explain", "Tell what is decided about a call, and why", add_policy_explain,
     Right::Reads},
    {"register", "Become a client's only MCP server, its own behind it", add_register,
     Right::Changes},
    {"reload", "Have running gates take over the configuration file as it is now", add_reload,
     Right::Changes},
    {"report", "Sum up a period: who did what, what was denied, what stands out", add_report,
     Right::Reads},
    {"secret list", "List secrets and the servers that use them; never a value", add_secret_list,
     Right::Reads},
    {"secret move", "Move secrets out of the configuration, behind references", add_secret_move,
     Right::Changes},
    {"secret remove", "Forget a secret", add_secret_remove, Right::Changes},
    {"secret set", "Keep a value that servers refer to; it is read from standard input",
     add_secret_set, Right::Changes},
    {"serve", "Serve HTTP clients, several at once", add_serve, Right::Changes},
    {"servers list", "List the servers that run, and how they are", add_servers_list, Right::Reads},
    {"servers disable", "Switch a server off in the configuration", add_servers_disable,
     Right::Changes},
    {"servers enable", "Switch it on again", add_servers_enable, Right::Changes},
    {"servers logs", "Show what a server says on standard error", add_servers_logs, Right::Reads},
    {"servers restart", "Start a server anew", add_servers_restart, Right::Changes},
    {"servers show", "Show how one server is", add_servers_show, Right::Reads},
    {"status", "Show the gate processes, their sessions and servers", add_status, Right::Reads},
    {"stop", "Stop the gateway process", add_stop, Right::Changes},
    {"token list", "List the tokens of HTTP clients", add_token_list, Right::Reads},
    {"token create", "Make a token for an HTTP client", add_token_create, Right::Changes},
    {"token revoke", "Take a token back", add_token_revoke, Right::Changes},
    {"tools list", "List what a client sees, and what it costs", add_tools_list, Right::Reads},
    {"tools show", "Show one tool's definition", add_tools_show, Right::Reads},
    {"touched", "Show which agents touched which data", add_touched, Right::Reads},
    {"unregister", "Give a client its configuration back", add_unregister, Right::Changes},
};

const std::vector<Group> kGroups = {
    {"", "The gate between AI clients and their MCP servers"},
    {"clients", "The clients, and the one place to stop them"},
    {"config", "The configuration file"},
    {"findings", "What the guard sees in calls"},
    {"history", "The record of all calls"},
    {"policy", "The rules that decide about calls"},
    {"secret", "Values that servers refer to by name"},
    {"servers", "The servers of all gate processes"},
    {"token", "What HTTP clients show to come in"},
    {"tools", "What clients see"},
};

Run add_complete_here(Syntax& syntax) { return add_complete(syntax, kCommands, kGroups); }

int run(int argc, char** argv) {
  const int code = run_command_line(kCommands, kGroups, {argv + 1, argv + argc});
  if (std::fflush(stdout) == 0) return code;
  if (errno != EPIPE)
    say(fmt::format("callgate: cannot write the answer: {}", std::strerror(errno)));
  return kFailed;
}

}  // namespace

}  // namespace callgate

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], callgate::kWardenArgument) == 0)
    return callgate::warden_main(argc, argv);
  int code = callgate::kFailed;
  try {
    code = callgate::run(argc, argv);
  } catch (const std::exception& error) {  // of a library; our own code throws nothing
    callgate::say(fmt::format("callgate: {}", error.what()));
  }
  callgate::finish_stderr();
  return code;
}
