// What each key is for, in a line, and its default: what an editor shows. callgate-config(5) tells
// more.
#include "shape.h"

namespace callgate {

namespace {

using Notes = std::map<std::string, KeyNote>;

Notes server_notes() {
  return {
      {"command", {"The program that is the server; no shell is between", ""}},
      {"args", {"Its arguments", "[]"}},
      {"env",
       {"Variables for it. ${secret:NAME}, ${env:NAME}, ${file:PATH} and ${cmd:COMMAND} refer to a "
        "secret instead of holding it; $$ is a dollar sign",
        "{}"}},
      {"env_pass", {"Names of our own variables that it gets too", "[]"}},
      {"cwd", {"Its working folder; ~ is the home folder", ""}},
      {"disabled", {"Not started and not shown", "false"}},
      {"prefix",
       {"always: tools are exposed as server__tool; never: by their own names", "\"always\""}},
      {"era",
       {"legacy: greeted with initialize first; auto: with server/discover first; modern: with "
        "server/discover only",
        "\"legacy\""}},
      {"share",
       {"Which sessions of one token and profile share a child. auto: none, except at servers that "
        "are known to keep no state; all: those with equal capabilities; one: all of them; root: "
        "those of one project folder; session: none",
        "\"auto\""}},
      {"start_timeout", {"For the start, until it has given its lists", "\"180s\""}},
      {"call_timeout", {"For an answer; each progress message begins it again", "\"5m\""}},
      {"call_cap", {"For an answer in all", "\"1h\""}},
      {"stdio",
       {"What the server's stdin and stdout are. auto: on Linux a socket as stdin, which no other "
        "process can open by its name, and a pipe as stdout. pipes: for a server that opens "
        "/dev/stdin. sockets: stdout as well.",
        "\"auto\""}},
      {"stop_timeout",
       {"From the end of its input to SIGTERM, and from there to SIGKILL, where nobody waits",
        "\"5s\""}},
      {"idle_stop",
       {"A child that nobody used for so long is ended, while sessions are open, too; the next "
        "request starts it again. Without it: ten minutes after the last session has left",
        ""}},
      {"tools", {"Which of its tools clients see", "{}"}},
      {"tools.hide", {"Globs on its own tool names that clients neither see nor call", "[]"}},
      {"tools.only", {"Globs on its own tool names: clients have no others", ""}},
      {"enabled", {"false: not started and not shown", "true"}},
      {"type", {"stdio; other kinds need a bridge command", "\"stdio\""}},
  };
}

Notes rule_notes() {
  return {
      {"tool", {"Glob on the canonical name, server__tool", ""}},
      {"prompt", {"Glob on the canonical name, server__prompt", ""}},
      {"resource", {"Glob on the URI", ""}},
      {"server", {"Glob on the server that asks; with \"question\"", ""}},
      {"method", {"Glob on a request's method that MCP does not have, such as acme/*", ""}},
      {"question", {"What the server asks the client", ""}},
      {"args", {"Each names an argument, or with a JSON pointer a value inside", ""}},
      {"args.*.inside", {"The path leads into one of these folders", ""}},
      {"args.*.outside", {"The path leads into none of these folders", ""}},
      {"args.*.glob", {"The value matches this glob", ""}},
      {"args.*.regex", {"The whole value matches this RE2 pattern", ""}},
      {"args.*.in", {"The value is one of these", ""}},
      {"args.*.min", {"The number is at least this", ""}},
      {"args.*.max", {"The number is at most this", ""}},
      {"args.*.absent", {"The argument is not there", ""}},
      {"client", {"Glob on the name that the client claims", ""}},
      {"profile", {"Glob on the session's profile; not in a profile's own rules", ""}},
      {"because", {"Told to the agent when the rule refuses", ""}},
  };
}

Notes other_notes() {
  return {
      {"$schema", {"For editors; not looked at", ""}},
      {"mcpServers", {"The servers, as every client configures them", "{}"}},
      {"policy", {"Rules: deny beats ask beats allow, whatever the order", "{}"}},
      {"policy.default", {"What no rule decides", "\"allow\""}},
      {"policy.deny", {"Calls that are refused", "[]"}},
      {"policy.ask", {"Calls that a person is asked about", "[]"}},
      {"policy.allow", {"Calls that are let through", "[]"}},
      {"profiles", {"Clients' job descriptions: callgate --profile NAME", "{}"}},
      {"profiles.*.servers", {"The servers that the client sees; all unless given", ""}},
      {"profiles.*.policy", {"Decided beside the global policy; the stricter wins", "{}"}},
      {"protect", {"What happens to secrets", "{}"}},
      {"protect.record", {"Whether secrets are masked before a call is recorded", "\"mask\""}},
      {"guard", {"What is done about agents that are stuck", "{}"}},
      {"guard.ladder",
       {"Steps from the weakest on, climbed while a finding is met again: observe, advise, delay, "
        "ask, block, pause; [] only records",
        "[\"advise\"]"}},
      {"guard.rules", {"When an agent counts as stuck", "{}"}},
      {"guard.rules.R1", {"The same call gets the same answer: repeats", ""}},
      {"guard.rules.R2", {"A round of calls, again and again: repeats", ""}},
      {"guard.rules.R3", {"Different guesses fail: the sum of their evidence", ""}},
      {"guard.rules.R4", {"An identifier is changed a little each time: identifiers", ""}},
      {"guard.rules.R5", {"What earlier sessions found missing: sessions", ""}},
      {"guard.rules.R6", {"The share of the last 50 calls that gave something new", ""}},
      {"guard.rules.R7", {"Budgets: only \"off\"", ""}},
      {"guard.rules.budgets", {"What an agent may spend without a pause", "{}"}},
      {"guard.rules.budgets.calls", {"Calls of a session", "2000"}},
      {"guard.rules.budgets.time", {"Time of a session", "\"12h\""}},
      {"guard.rules.budgets.bytes", {"Bytes of a session's answers", "\"2GiB\""}},
      {"guard.rules.budgets.calls_a_day", {"Calls of a client on one day (UTC)", "20000"}},
      {"guard.exempt", {"Globs on server__tool whose calls the rules pass over", "[]"}},
      {"guard.exempt[].tool", {"Glob on the canonical name, server__tool", ""}},
      {"guard.exempt[].rules", {"Only these rules pass over them", ""}},
      {"guard.effects",
       {"Globs on server__tool and whether those tools read or write, whatever the server says",
        "{}"}},
      {"guard.dead_ends", {"What earlier sessions found missing", "{}"}},
      {"guard.dead_ends.days", {"How long it is remembered", "7"}},
      {"guard.dead_ends.known",
       {"block: a reading call that an earlier session found leading nowhere is not made",
        "\"advise\""}},
      {"record", {"The record of all calls", "{}"}},
      {"record.durability",
       {"before: no call reaches a server before its row survives our death; fsync: nor before it "
        "survives a power cut; lazy: in batches; off: nothing is recorded",
        "\"before\""}},
      {"record.on_failure",
       {"What happens to calls while the record cannot be written", "\"refuse\""}},
      {"record.keep", {"How long arguments and results are kept", "{}"}},
      {"record.keep.days", {"Dropped when older; 0: never", "90"}},
      {"record.keep.bytes", {"Dropped, oldest first, above this size; 0: never", "\"2GiB\""}},
      {"record.body_limit", {"Longer arguments and results are cut", "\"256KiB\""}},
      {"http", {"For callgate serve", "{}"}},
      {"http.listen", {"HOST:PORT, or a list of them", "\"127.0.0.1:7420\""}},
      {"http.hosts", {"What else clients may call us in Host and Origin", "[]"}},
      {"http.origins",
       {"Further origins whose pages may call us, such as \"app://obsidian.md\"", "[]"}},
      {"gateway", {"Of the gate process itself", "{}"}},
      {"gateway.login_path",
       {"Where our own PATH lacks what a login shell's has, that is asked for and added",
        "\"auto\""}},
      {"limits", {"Bounds on everything that a peer controls", "{}"}},
      {"limits.line", {"Bytes of one message", "\"16MiB\""}},
      {"limits.queue", {"Bytes that wait towards one peer; at least two lines", "\"32MiB\""}},
      {"limits.in_flight", {"Requests of one session", "1024"}},
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
  // As thresholds.h of the guard has them.
  const std::pair<const char*, std::pair<const char*, const char*>> rules[] = {
      {"R1", {"3", "5"}}, {"R2", {"3", "5"}}, {"R3", {"9", "12"}},
      {"R4", {"4", "6"}}, {"R5", {"1", "3"}}, {"R6", {"0.3", "0.15"}}};
  for (const auto& [rule, presets] : rules) {
    const std::string key = std::string("guard.rules.") + rule;
    all.emplace(key + ".soft", KeyNote{"From here on a finding is soft", presets.first});
    all.emplace(key + ".hard", KeyNote{"From here on it is hard", presets.second});
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
