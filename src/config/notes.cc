// A short description of each key of the configuration, and its default. Editors show the
// descriptions from the JSON Schema; callgate-config(5) has the details.
#include "shape.h"

namespace callgate {

namespace {

using Notes = std::map<std::string, KeyNote>;

Notes server_notes() {
  return {
      {"command", {"The server's program, run without a shell", ""}},
      {"args", {"Its arguments", "[]"}},
      {"env",
       {"Variables for the server. ${secret:NAME}, ${env:NAME}, ${file:PATH} and ${cmd:COMMAND} "
        "refer to a secret instead of containing it; $$ is a dollar sign",
        "{}"}},
      {"env_pass",
       {"Names of further variables of Callgate's own environment that the server gets", "[]"}},
      {"cwd", {"The server's working folder; ~ is the home folder", ""}},
      {"disabled", {"true: the server is neither started nor shown", "false"}},
      {"prefix",
       {"always: tools are exposed as server__tool; never: by their own names", "\"always\""}},
      {"era",
       {"The first request to the server. legacy: initialize, then server/discover if the server "
        "does not know initialize; auto: server/discover, then initialize if that fails; modern: "
        "only server/discover",
        "\"legacy\""}},
      {"share",
       {"Which sessions of one token and profile share a child. auto: none, except for servers "
        "that are known to keep no state; all: sessions with equal capabilities; one: all "
        "sessions; root: sessions with equal capabilities and the same project folder; session: "
        "none",
        "\"auto\""}},
      {"start_timeout", {"The time in which the server must start and give its lists", "\"180s\""}},
      {"call_timeout", {"The time for an answer; each progress message restarts it", "\"5m\""}},
      {"call_cap", {"The total time for an answer, whatever its progress", "\"1h\""}},
      {"stdio",
       {"What the server's stdin and stdout are. auto: on Linux a socket as stdin, which no other "
        "process can open by its name, and a pipe as stdout. pipes: both are pipes, for a server "
        "that opens /dev/stdin. sockets: both are sockets",
        "\"auto\""}},
      {"stop_timeout",
       {"How long a server that is being stopped has from the end of its input to SIGTERM, and "
        "again from there to SIGKILL",
        "\"5s\""}},
      {"idle_stop",
       {"A child that no session has used for this long is ended, even while sessions are open; "
        "the next request starts it again. Without this key, a shared child is ended ten minutes "
        "after its last session has left",
        ""}},
      {"tools", {"Which of the server's tools clients see", "{}"}},
      {"tools.hide",
       {"Globs on the server's own tool names; clients cannot see or call these tools", "[]"}},
      {"tools.only",
       {"Globs on the server's own tool names; clients can see and call only these tools", ""}},
      {"enabled", {"false: the server is neither started nor shown", "true"}},
      {"type", {"Only stdio; a server of another type needs a bridge command", "\"stdio\""}},
  };
}

Notes rule_notes() {
  return {
      {"tool", {"Glob on the canonical name, server__tool", ""}},
      {"prompt", {"Glob on the canonical name, server__prompt", ""}},
      {"resource", {"Glob on the URI", ""}},
      {"server", {"Glob on the name of the server that asks; needs \"question\"", ""}},
      {"method", {"Glob on a request's method that MCP does not have, such as acme/*", ""}},
      {"question", {"The kind of question that the server asks the client", ""}},
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
      {"args.*.absent", {"The argument is not present", ""}},
      {"client", {"Glob on the name that the client claims", ""}},
      {"profile",
       {"Glob on the name of the session's profile; not allowed in a profile's own rules", ""}},
      {"because", {"The reason that the agent gets when the rule refuses a call", ""}},
  };
}

Notes other_notes() {
  return {
      {"$schema", {"The schema, for editors; callgate ignores it", ""}},
      {"mcpServers", {"The servers, as every client configures them", "{}"}},
      {"policy", {"Rules, in any order: deny beats ask, and ask beats allow", "{}"}},
      {"policy.default", {"The decision if no rule matches", "\"allow\""}},
      {"policy.deny", {"Calls that are refused", "[]"}},
      {"policy.ask", {"Calls that a person is asked about", "[]"}},
      {"policy.allow", {"Calls that are let through", "[]"}},
      {"profiles",
       {"What a client with a certain job may do; a client chooses one with: callgate --profile "
        "NAME",
        "{}"}},
      {"profiles.*.servers", {"The servers that the client sees; all unless given", ""}},
      {"profiles.*.policy",
       {"Rules that apply in addition to the global policy; the stricter decision wins", "{}"}},
      {"protect", {"How secrets in calls are treated", "{}"}},
      {"protect.record", {"Whether secrets are masked before a call is recorded", "\"mask\""}},
      {"guard", {"What is done about agents that are stuck", "{}"}},
      {"guard.ladder",
       {"Steps, weakest first: observe, advise, delay, ask, block, pause. The call that makes a "
        "finding gets the first step, and each later call that it is about the next step; [] only "
        "records findings",
        "[\"advise\"]"}},
      {"guard.rules", {"When an agent counts as stuck", "{}"}},
      {"guard.rules.repeated-call", {"The same call gets the same answer; counted in repeats", ""}},
      {"guard.rules.cycle",
       {"A round of calls repeats with the same answers; counted in repeats", ""}},
      {"guard.rules.guessing",
       {"Different guesses fail; measured by the sum of their evidence", ""}},
      {"guard.rules.mutated-id",
       {"An identifier is changed a little each time; counted in identifiers", ""}},
      {"guard.rules.dead-end",
       {"The agent repeats calls that led nowhere in earlier sessions; counted in sessions", ""}},
      {"guard.rules.no-progress",
       {"Few of the last 50 calls gave something new; measured by the share of these", ""}},
      {"guard.rules.budget", {"A budget is used up; the only value is \"off\"", ""}},
      {"guard.rules.budgets", {"What an agent may spend without a pause", "{}"}},
      {"guard.rules.budgets.calls", {"The number of calls of a session", "2000"}},
      {"guard.rules.budgets.time", {"The time that a session lasts", "\"12h\""}},
      {"guard.rules.budgets.bytes", {"Bytes of a session's answers", "\"2GiB\""}},
      {"guard.rules.budgets.calls_a_day", {"Calls of a client on one day (UTC)", "20000"}},
      {"guard.exempt", {"Globs on server__tool; the rules ignore calls of these tools", "[]"}},
      {"guard.exempt[].tool", {"Glob on the canonical name, server__tool", ""}},
      {"guard.exempt[].rules", {"Only these rules ignore the calls", ""}},
      {"guard.effects",
       {"Globs on server__tool, and whether these tools read or write. This overrides what the "
        "server declares",
        "{}"}},
      {"guard.dead_ends", {"Calls that led nowhere in earlier sessions", "{}"}},
      {"guard.dead_ends.days", {"For how many days a dead end is remembered", "7"}},
      {"guard.dead_ends.known",
       {"block: a reading call is refused if it led nowhere in an earlier session of the same "
        "agent",
        "\"advise\""}},
      {"record", {"The record of all calls", "{}"}},
      {"record.durability",
       {"before: a call reaches its server only after its row would survive a crash of callgate; "
        "fsync: like before, but for a power cut, too; lazy: rows are written in batches; off: "
        "nothing is recorded",
        "\"before\""}},
      {"record.on_failure",
       {"What happens to calls while the record cannot be written", "\"refuse\""}},
      {"record.keep", {"How long arguments and results are kept", "{}"}},
      {"record.keep.days", {"Arguments and results older than this are dropped; 0: never", "90"}},
      {"record.keep.bytes",
       {"If the record is larger, the oldest arguments and results are dropped; 0: never",
        "\"2GiB\""}},
      {"record.body_limit", {"Longer arguments and results are cut", "\"256KiB\""}},
      {"http", {"Settings of callgate serve", "{}"}},
      {"http.listen",
       {"Where callgate serve listens: HOST:PORT, or a list of such addresses",
        "\"127.0.0.1:7420\""}},
      {"http.hosts", {"Further names or addresses that clients may use in Host and Origin", "[]"}},
      {"http.origins",
       {"Further origins whose pages may call the gate, such as \"app://obsidian.md\"", "[]"}},
      {"gateway", {"Settings of the gate process itself", "{}"}},
      {"gateway.login_path",
       {"auto: if Callgate's own PATH is poor, the folders of a login shell's PATH are added to it",
        "\"auto\""}},
      {"limits", {"Bounds on everything that a peer controls", "{}"}},
      {"limits.line", {"Bytes of one message", "\"16MiB\""}},
      {"limits.queue",
       {"Bytes that are queued for one peer; at least twice limits.line", "\"32MiB\""}},
      {"limits.in_flight", {"Requests of one session in progress at once", "1024"}},
      {"limits.servers", {"Configured servers", "128"}},
      {"limits.tools", {"Tools, prompts, resources or templates of one server", "4096"}},
      {"limits.pages", {"Pages of one list of a server", "1000"}},
      {"limits.stderr_kept", {"Bytes of each server's standard error", "\"1MiB\""}},
      {"limits.depth", {"Open brackets of one message", "256"}},
      {"limits.nodes", {"Values of one message", "1000000"}},
      {"limits.connections", {"Connections of HTTP clients", "1024"}},
      {"limits.sessions", {"Sessions of HTTP clients", "4096"}},
      {"limits.first_list", {"How long the first list waits for servers", "\"1s\""}},
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
    all.emplace(key + ".soft", KeyNote{"From this value on, a finding is soft", presets.first});
    all.emplace(key + ".hard", KeyNote{"From this value on, a finding is hard", presets.second});
  }
  for (auto& [key, note] : server_notes()) all.emplace("mcpServers.*." + key, note);
  for (const char* list : {"deny", "ask", "allow"})
    for (auto& [key, note] : rule_notes())
      all.emplace(std::string("policy.") + list + "[]." + key, note);
  return all;
}

}  // namespace

const KeyNote* key_note(const std::string& key) {
  static const Notes notes = all_notes();
  constexpr std::string_view kProfile = "profiles.*.";
  auto found = notes.find(key);
  if (found == notes.end() && key.starts_with(kProfile))
    found = notes.find(key.substr(kProfile.size()));
  return found == notes.end() ? nullptr : &found->second;
}

}  // namespace callgate
