// A short description of each key of the configuration, and its default. Editors show the
// descriptions from the JSON Schema; callgate-config(5) has the details.
#include "shape.h"

namespace callgate {

namespace {

Notes server_notes() {
  return {
      {"command", {"The server's program, run without a shell", ""}},
      {"args", {"The program's arguments", "[]"}},
      {"env",
       {"Variables for the server. ${secret:NAME}, ${env:NAME}, ${file:PATH} and ${cmd:COMMAND} "
        "refer to a secret instead of containing it; $$ is a dollar sign",
        "{}"}},
      {"env_pass",
       {"Names of further variables of Callgate's own environment that the server gets", "[]"}},
      {"cwd", {"The server's working folder; ~ is the home folder", ""}},
      {"disabled", {"If true, the server is neither started nor shown", "false"}},
      {"prefix",
       {"Under which names clients see the server's tools. always: as server__tool; never: under "
        "the tools' own names",
        "\"always\""}},
      {"era",
       {"The first request to the server. legacy: initialize, then server/discover if the server "
        "does not know initialize; auto: server/discover, then initialize if that fails; modern: "
        "only server/discover",
        "\"legacy\""}},
      {"share",
       {"Which sessions of one token and profile share a child. auto: none, but sessions with "
        "equal capabilities if the server is known to keep no state; all: sessions with equal "
        "capabilities; one: all sessions; root: sessions with equal capabilities and the same "
        "project folder; session: none",
        "\"auto\""}},
      {"start_timeout",
       {"The time in which the server must start and return its lists", "\"180s\""}},
      {"call_timeout",
       {"How long the server may take to answer a call; each progress message restarts this time",
        "\"5m\""}},
      {"call_cap",
       {"How long the server may take in total to answer a call, even if it sends progress "
        "messages",
        "\"1h\""}},
      {"stdio",
       {"What the server's stdin and stdout are. auto: on Linux a socket as stdin, which no other "
        "process can open by its name, and a pipe as stdout. pipes: both are pipes, for a server "
        "that opens /dev/stdin. sockets: both are sockets",
        "\"auto\""}},
      {"stop_timeout",
       {"To stop a server, callgate closes its input, sends SIGTERM after this time, and SIGKILL "
        "after the same time again",
        "\"5s\""}},
      {"idle_stop",
       {"A child that no session has used for this long is ended, even while sessions are open. "
        "The next request starts it again. Without this key, a shared child is ended ten minutes "
        "after the end of the last session that used it",
        ""}},
      {"retry",
       {"If false, a call that a client repeats is always made again; see the object \"retry\"",
        "true"}},
      {"tools", {"Which of the server's tools clients see", "{}"}},
      {"tools.hide",
       {"Globs on the server's own tool names; clients cannot see or call these tools", "[]"}},
      {"tools.only",
       {"Globs on the server's own tool names; clients can see and call only these tools", ""}},
      {"enabled", {"If false, the server is neither started nor shown", "true"}},
      {"url",
       {"The URL of a remote server. It takes the place of \"command\" and may contain references "
        "like the values of env",
        ""}},
      {"headers",
       {"HTTP headers for each request to the server at \"url\". ${secret:NAME}, ${env:NAME}, "
        "${file:PATH} and ${cmd:COMMAND} refer to a secret instead of containing it",
        "{}"}},
      {"type",
       {"How a remote server is reached. http: Streamable HTTP; sse: HTTP+SSE; without this key, "
        "callgate finds out. stdio and local: the server is started by its command",
        ""}},
      {"allow_http",
       {"If true, \"url\" may begin with http: although it leads to another machine. Others on the "
        "network can then read and change everything",
        "false"}},
      {"auth", {"How to sign in to the server at \"url\", if its own answers do not say it", "{}"}},
      {"accounts",
       {"Several accounts of the server at \"url\", each with a sign-in of its own, by name",
        "{}"}},
      {"accounts.*.under",
       {"Folders whose sessions use this account. A session uses the first account with a folder "
        "that contains its project, or else the first account without folders. A profile can "
        "choose another account",
        ""}},
  };
}

Notes rule_notes() {
  return {
      {"tool", {"Glob on the canonical name, server__tool", ""}},
      {"prompt", {"Glob on the canonical name, server__prompt", ""}},
      {"resource", {"Glob on the URI", ""}},
      {"server",
       {"Glob on the name of the server that asks the client a question; only together with "
        "\"question\"",
        ""}},
      {"method",
       {"Glob on the method of a request, for methods that MCP does not define, such as acme/*",
        ""}},
      {"question",
       {"The kind of question that the server asks the client; only together with \"server\"", ""}},
      {"args",
       {"Constraints. Each key is an argument's name, or a JSON pointer to a value inside an "
        "argument",
        ""}},
      {"args.*.inside", {"The path leads into one of these folders", ""}},
      {"args.*.outside", {"The path leads into none of these folders", ""}},
      {"args.*.glob", {"The value matches this glob", ""}},
      {"args.*.regex", {"The whole value matches this RE2 pattern", ""}},
      {"args.*.in", {"The value is one of these values", ""}},
      {"args.*.min", {"The value is a number and at least this", ""}},
      {"args.*.max", {"The value is a number and at most this", ""}},
      {"args.*.absent", {"The call does not have this argument", ""}},
      {"client", {"Glob on the name that the client claims", ""}},
      {"profile",
       {"Glob on the name of the session's profile; not allowed in a profile's own rules", ""}},
      {"account",
       {"Glob on the account of the remote server (\"accounts\") that the session uses", ""}},
      {"because", {"The reason that the agent gets when the rule refuses a call", ""}},
  };
}

Notes other_notes() {
  return {
      {"$schema", {"The schema, for editors; callgate ignores it", ""}},
      {"mcpServers", {"The servers, in the form that clients use", "{}"}},
      {"policy", {"Rules, in any order: deny beats ask, and ask beats allow", "{}"}},
      {"policy.default", {"The decision if no rule matches", "\"allow\""}},
      {"policy.deny", {"Calls that are refused", "[]"}},
      {"policy.ask", {"Calls that need the consent of a person", "[]"}},
      {"policy.allow", {"Calls that are let through", "[]"}},
      {"profiles",
       {"What clients with a certain purpose may do; a client chooses a profile with: callgate "
        "--profile NAME",
        "{}"}},
      {"profiles.*.servers",
       {"The servers that the client sees; if this key is absent, all servers", ""}},
      {"profiles.*.policy",
       {"Rules that apply in addition to the global policy; the stricter decision wins", "{}"}},
      {"profiles.*.accounts",
       {"The accounts that the client uses: names of remote servers, each with one of the server's "
        "\"accounts\". For the other servers, the client's folder decides",
        "{}"}},
      {"protect", {"How secrets in calls are treated", "{}"}},
      {"protect.record", {"Whether secrets are masked before a call is recorded", "\"mask\""}},
      {"guard", {"What is done about agents that are stuck", "{}"}},
      {"guard.ladder",
       {"Steps, weakest first: observe, advise, delay, ask, block, pause. The call that causes a "
        "finding gets the first step. Each later call that the finding concerns gets the next "
        "step. An empty list only records findings",
        "[\"advise\"]"}},
      {"guard.rules", {"When an agent counts as stuck", "{}"}},
      {"guard.rules.repeated-call",
       {"An agent repeats the same call and gets the same answer. The thresholds are numbers of "
        "repeats",
        ""}},
      {"guard.rules.cycle",
       {"An agent repeats a round of calls and gets the same answers. The thresholds are numbers "
        "of repeats",
        ""}},
      {"guard.rules.guessing",
       {"An agent makes guesses that fail. The thresholds are sums of evidence: a failed guess "
        "adds to the sum, a success subtracts from it",
        ""}},
      {"guard.rules.mutated-id",
       {"An agent tries identifiers that do not exist and differ only a little. The thresholds are "
        "numbers of identifiers",
        ""}},
      {"guard.rules.dead-end",
       {"An agent repeats calls that found nothing in earlier sessions. The thresholds are numbers "
        "of earlier sessions",
        ""}},
      {"guard.rules.no-progress",
       {"Few of the last 50 calls gave something new. The thresholds are the ratios of such calls, "
        "from 0 to 1",
        ""}},
      {"guard.rules.budget", {"An agent has used up a budget; the only value is \"off\"", ""}},
      {"guard.rules.budgets",
       {"What an agent may use before it pauses for half an hour; calls_a_day: on a whole day",
        "{}"}},
      {"guard.rules.budgets.calls", {"The number of calls in a session", "2000"}},
      {"guard.rules.budgets.time", {"How long a session may make calls", "\"12h\""}},
      {"guard.rules.budgets.bytes", {"The total size of the answers in a session", "\"2GiB\""}},
      {"guard.rules.budgets.calls_a_day",
       {"The number of calls of a client on one day (UTC)", "20000"}},
      {"guard.exempt", {"Globs on server__tool; the rules ignore calls of these tools", "[]"}},
      {"guard.exempt[].tool", {"Glob on the canonical name, server__tool", ""}},
      {"guard.exempt[].rules",
       {"The rules that ignore calls of this tool; if this key is absent, all rules ignore them",
        ""}},
      {"guard.effects",
       {"For globs on server__tool, whether the tools read or write. This overrides what the "
        "server declares",
        "{}"}},
      {"guard.dead_ends",
       {"What callgate does about dead ends: calls that found nothing in earlier sessions", "{}"}},
      {"guard.dead_ends.days", {"For how many days a dead end is remembered", "7"}},
      {"guard.dead_ends.known",
       {"What happens to a call that found nothing in an earlier session of the same agent. "
        "advise: its answer gets advice; block: it is refused if it only reads",
        "\"advise\""}},
      {"retry",
       {"What happens if a client repeats a call that may write, because it did not get the answer",
        "{}"}},
      {"retry.window",
       {"For this long after the end of a call, an equal call is not made, and the client gets the "
        "earlier answer. off: equal calls are always made",
        "\"5m\""}},
      {"retry.exempt", {"Globs on server__tool; repeated calls of these tools are made", "[]"}},
      {"record", {"The record of all calls", "{}"}},
      {"record.durability",
       {"When a call reaches its server. before: only after its row would survive a crash of "
        "callgate; fsync: only after its row would survive a power cut, too; lazy: at once, and "
        "rows are written in batches; off: at once, and nothing is recorded",
        "\"before\""}},
      {"record.on_failure",
       {"What happens to calls while the record cannot be written", "\"refuse\""}},
      {"record.keep", {"How long arguments and results are kept", "{}"}},
      {"record.keep.days",
       {"Arguments and results are dropped when they are older than this; 0 means never", "90"}},
      {"record.keep.bytes",
       {"When the record is larger than this, the oldest arguments and results are dropped; 0 "
        "means never",
        "\"2GiB\""}},
      {"record.body_limit",
       {"Arguments and results that are longer than this are cut", "\"256KiB\""}},
      {"http", {"Settings of callgate serve", "{}"}},
      {"http.listen",
       {"Where callgate serve listens: HOST:PORT, or a list of such addresses",
        "\"127.0.0.1:7420\""}},
      {"http.hosts",
       {"Further names or addresses that the Host and Origin headers of requests may have", "[]"}},
      {"http.origins",
       {"Further origins whose pages may call the gate, such as \"app://obsidian.md\"", "[]"}},
      {"gateway", {"Settings of the gate process itself", "{}"}},
      {"gateway.shared",
       {"auto: all clients of this user share one gate process (on Linux), and a client that it "
        "can't "
        "serve gets its own; require: such a client gets an error; off: each client has its own "
        "gate process",
        "\"auto\""}},
      {"gateway.idle_exit",
       {"The shared gate ends this long after the end of its last session", "\"60s\""}},
      {"gateway.login_path",
       {"auto: if the PATH of callgate contains only the system's folders, the folders of a login "
        "shell's PATH are added",
        "\"auto\""}},
      {"limits", {"Limits for everything that a client or a server controls", "{}"}},
      {"limits.line", {"Maximum bytes of one message", "\"16MiB\""}},
      {"limits.queue",
       {"Maximum bytes that wait to be sent to one client or child; at least twice limits.line",
        "\"32MiB\""}},
      {"limits.in_flight",
       {"Maximum number of requests of one session that are in progress at the same time", "1024"}},
      {"limits.servers", {"Maximum number of configured servers", "128"}},
      {"limits.tools",
       {"Maximum number of tools of one server, and also of prompts, of resources and of templates",
        "4096"}},
      {"limits.pages", {"Maximum number of pages of one list of a server", "1000"}},
      {"limits.stderr_kept",
       {"How many of the last bytes of each server's stderr callgate stores", "\"1MiB\""}},
      {"limits.depth", {"Maximum depth of nested brackets in one message", "256"}},
      {"limits.nodes", {"Maximum number of JSON values in one message", "1000000"}},
      {"limits.connections", {"Maximum number of connections of HTTP clients", "1024"}},
      {"limits.sessions", {"Maximum number of sessions of HTTP clients", "4096"}},
      {"limits.first_list",
       {"How long the answer to the first request for a list waits for servers that are starting",
        "\"1s\""}},
  };
}

Notes all_notes() {
  Notes all = other_notes();
  // The defaults must equal those of guard/thresholds.h.
  const std::pair<const char*, std::pair<const char*, const char*>> rules[] = {
      {"repeated-call", {"3", "5"}}, {"cycle", {"3", "5"}},    {"guessing", {"9", "12"}},
      {"mutated-id", {"4", "6"}},    {"dead-end", {"1", "3"}}, {"no-progress", {"0.3", "0.15"}}};
  for (const auto& [rule, presets] : rules) {
    const std::string key = std::string("guard.rules.") + rule;
    all.emplace(key + ".soft",
                KeyNote{"The threshold at which there is a soft finding", presets.first});
    all.emplace(key + ".hard",
                KeyNote{"The threshold at which there is a hard finding", presets.second});
  }
  for (auto& [key, note] : server_notes()) all.emplace("mcpServers.*." + key, note);
  for (auto& [key, note] : sign_in_notes()) all.emplace("mcpServers.*." + key, note);
  for (const char* list : {"deny", "ask", "allow"})
    for (auto& [key, note] : rule_notes())
      all.emplace(std::string("policy.") + list + "[]." + key, note);
  return all;
}

}  // namespace

const KeyNote* key_note(const std::string& key) {
  static const auto& notes = *new Notes(all_notes());
  constexpr std::string_view kProfile = "profiles.*.";
  auto found = notes.find(key);
  if (found == notes.end() && key.starts_with(kProfile))
    found = notes.find(key.substr(kProfile.size()));
  return found == notes.end() ? nullptr : &found->second;
}

}  // namespace callgate
