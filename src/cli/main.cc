// The main program. If it was started as the warden of a child, it runs as the warden; otherwise it
// runs the command that argv names.
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

// The commands are sorted by name, except the first command of each group. If the user types only
// the group's word, this first command runs (`callgate history` runs `callgate history list`).
const auto& kCommands = *new std::vector<Command>{
    {"", "The MCP server that a client launches", add_stdio, Right::Acts, true},
    {"auth status", "Show the sign-ins to remote servers", add_auth_status, Right::Reads},
    {"auth doctor", "Examine how a remote server lets you sign in", add_auth_doctor, Right::Reads},
    {"auth forget", "Delete the registration of Callgate for a remote server", add_auth_forget,
     Right::Changes},
    {"auth login", "Sign in to a remote server", add_auth_login, Right::Reads},
    {"auth logout", "End the sign-in to a remote server", add_auth_logout, Right::Changes},
    {"call", "Make one tool call, checked by the rules and recorded like a client's", add_call,
     Right::Acts},
    {"clients list", "List current and earlier clients, and what they may do", add_clients_list,
     Right::Reads},
    {"clients pause", "Deny a client's calls until the client is resumed", add_clients_pause,
     Right::Changes},
    {"clients resume", "Let a paused or revoked client continue", add_clients_resume,
     Right::Changes},
    {"clients revoke", "End a client's sessions and refuse new ones", add_clients_revoke,
     Right::Changes},
    {"complete", "Print the words that may come next, for a shell's completion script",
     add_complete_here, Right::Reads, true},
    {"completion", "Print the completion script of a shell", add_completion, Right::Reads},
    {"config path", "Print the path of the configuration file", add_config_path, Right::Reads},
    {"config check", "Report errors in the configuration, or summarize it", add_config_check,
     Right::Reads},
    {"config init", "Write a first configuration with explanations", add_config_init,
     Right::Changes},
    {"config schema", "Print the JSON Schema of the configuration", add_config_schema,
     Right::Reads},
    {"demo", "Play a scripted session with two built-in servers; needs no setup", add_demo,
     Right::Reads},
    {"demo-server", "One of the demo's servers", add_demo_server, Right::Reads, true},
    {"doctor", "Check the whole installation and explain how to correct faults", add_doctor,
     Right::Reads},
    {"findings list", "List what the guard found, newest first", add_findings_list, Right::Reads},
    {"findings clear", "Mark a finding as handled, or approve what the agent does",
     add_findings_clear, Right::Changes},
    {"findings explain", "Explain a finding: its calls and its consequences", add_findings_explain,
     Right::Reads},
    {"findings replay", "Run the guard over recorded sessions, from a file or the record",
     add_findings_replay, Right::Reads},
    {"history list", "List calls, newest first", add_history_list, Right::Reads},
    {"history prune", "Drop arguments and results of old calls", add_history_prune, Right::Changes},
    {"history search", "List calls that contain a text", add_history_search, Right::Reads},
    {"history show", "Show all that the record has about one call", add_history_show, Right::Reads},
    {"history sql", "Query the record with a read-only SQL statement", add_history_sql,
     Right::Reads},
    {"history stats", "Sum up calls for each tool", add_history_stats, Right::Reads},
    {"history tail", "Show the newest calls, and follow new ones", add_history_tail, Right::Reads},
    {"import", "Import the servers of a client's configuration", add_import, Right::Changes},
    {"policy check", "Check the configuration and its rules", add_policy_check, Right::Reads},
    {"policy explain", "Explain what the rules decide about a call", add_policy_explain,
     Right::Reads},
    {"register", "Import a client's servers and become its only MCP server", add_register,
     Right::Changes},
    {"reload", "Make running gates reload the configuration file", add_reload, Right::Changes},
    {"report", "Sum up a period: who did what, what was denied, what is unusual", add_report,
     Right::Reads},
    {"secret list", "List names of secrets, without values, and the servers that use them",
     add_secret_list, Right::Reads},
    {"secret move", "Move secrets out of the configuration and refer to them by name",
     add_secret_move, Right::Changes},
    {"secret remove", "Forget a secret", add_secret_remove, Right::Changes},
    {"secret set", "Read a value from standard input and store it as a secret", add_secret_set,
     Right::Changes},
    {"serve", "Serve HTTP clients, several at once", add_serve, Right::Changes},
    {"servers list", "List the servers and their state", add_servers_list, Right::Reads},
    {"servers disable", "Switch a server off in the configuration", add_servers_disable,
     Right::Changes},
    {"servers enable", "Switch a server on again", add_servers_enable, Right::Changes},
    {"servers logs", "Show what a server wrote to standard error", add_servers_logs, Right::Reads},
    {"servers restart", "Restart a server", add_servers_restart, Right::Changes},
    {"servers show", "Show the state of one server", add_servers_show, Right::Reads},
    {"shared-gate", "Run the gate process that all clients of a user share", add_shared_gate,
     Right::Acts, true},
    {"status", "Show the gate processes, their sessions and servers", add_status, Right::Reads},
    {"stop", "Stop the gate process of callgate serve", add_stop, Right::Changes},
    {"token list", "List the tokens of HTTP clients", add_token_list, Right::Reads},
    {"token create", "Make a token for an HTTP client", add_token_create, Right::Changes},
    {"token revoke", "Revoke a token and end its sessions", add_token_revoke, Right::Changes},
    {"tools list", "List the tools that a client sees, with the size of their definitions",
     add_tools_list, Right::Reads},
    {"tools show", "Show one tool's definition", add_tools_show, Right::Reads},
    {"touched", "Show which agents touched which data", add_touched, Right::Reads},
    {"unregister", "Restore a client's configuration as it was before register", add_unregister,
     Right::Changes},
};

const auto& kGroups = *new std::vector<Group>{
    {"", "The gate between AI clients and their MCP servers"},
    {"auth", "Sign-ins to remote servers"},
    {"clients", "Clients: who they are, pausing and revoking them"},
    {"config", "The configuration file"},
    {"findings", "What the guard found in calls"},
    {"history", "The record of all calls"},
    {"policy", "The rules that decide about calls"},
    {"secret", "Values that servers refer to by name"},
    {"servers", "The servers of all gate processes"},
    {"token", "Tokens that HTTP clients authenticate with"},
    {"tools", "The tools that clients see"},
};

Run add_complete_here(Syntax& syntax) { return add_complete(syntax, kCommands, kGroups); }

int run(int argc, char** argv) {
  const int code = run_command_line(kCommands, kGroups, {argv + 1, argv + argc});
  if (std::fflush(stdout) == 0) return code;
  if (errno != EPIPE)
    print_message(fmt::format("callgate: cannot write the output: {}", std::strerror(errno)));
  return kFailed;
}

}  // namespace

}  // namespace callgate

int main(int argc, char** argv) {
  if (callgate::is_warden_call(argc, argv)) return callgate::warden_main(argc, argv);
  int code = callgate::kFailed;
  try {
    code = callgate::run(argc, argv);
  } catch (const std::exception& error) {  // from a library; our own code does not throw
    callgate::print_message(fmt::format("callgate: {}", error.what()));
  }
  callgate::finish_stderr();
  return code;
}
