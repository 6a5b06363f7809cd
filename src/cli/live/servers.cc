// `callgate servers`: lists the servers of all gate processes, shows one of them, prints a server's
// stderr, and restarts servers.
#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/gates/gates.h"
#include "cli/text/table.h"
#include "cli/text/time_text.h"

namespace callgate {

namespace {

using Asking = int (*)(const std::string& name, const Gates& gates, const Places& places,
                       const Common& common);

Style state_style(const std::string& state) {
  if (state == "ready") return Style::Green;
  if (state == "suspended" || state == "waiting") return Style::Red;
  return Style::Yellow;
}

int nobody_runs(const Common& common) {
  if (!common.quiet) print_message("no gate process runs, so no server runs; see callgate status");
  return kNothingFound;
}

std::vector<std::string> names_in(const Gates& gates) {
  std::set<std::string> names;
  for (const RunningGate& process : gates.processes)
    for (const GateServer& server : process.servers) names.insert(server.name);
  return {names.begin(), names.end()};
}

Gates only(const Gates& gates, const std::string& name) {
  Gates some = gates;
  for (RunningGate& process : some.processes) {
    auto& servers = process.servers;
    servers.erase(std::remove_if(servers.begin(), servers.end(),
                                 [&](const GateServer& server) { return server.name != name; }),
                  servers.end());
  }
  return some;
}

int list_servers(const std::string&, const Gates& gates, const Places&, const Common& common) {
  if (common.json) {
    JsonWriter json;
    json.begin_object().key("servers").begin_array();
    for (const RunningGate& process : gates.processes)
      for (const GateServer& server : process.servers) json.raw(server_json(server, process.pid));
    print_json(json.end_array().end_object().take());
  } else if (common.jsonl) {
    for (const RunningGate& process : gates.processes)
      for (const GateServer& server : process.servers) print_json(server_json(server, process.pid));
  } else {
    print(servers_table(screen(common), gates.processes));
  }
  return kDone;
}

std::string number_of(int64_t count, std::string_view noun) {
  return grouped(static_cast<uint64_t>(count), noun);
}

void print_server_details(const GateServer& server, int64_t gate, const Screen& out) {
  const Micros now = wall_now();
  print(fmt::format("{} is {}\n", visible(server.name, Lines::Escaped),
                    styled(out, state_style(server.state), server.state)));
  if (!server.why.empty()) print("  why        " + visible(server.why, Lines::Escaped) + "\n");
  print(fmt::format("  gate       pid {}\n", gate));
  if (!server.url.empty()) print("  remote     " + visible(server.url, Lines::Escaped) + "\n");
  if (!server.account.empty())
    print("  account    " + visible(server.account, Lines::Escaped) + "\n");
  if (server.pid > 0)
    print(fmt::format("  process    pid {}, up {}, {}\n", server.pid, ago(server.since, now),
                      bytes_text(static_cast<uint64_t>(server.memory))));
  print(fmt::format("  started    {}\n", number_of(server.starts, "time")));
  print(fmt::format("  offers     {}, {}, {}\n", number_of(server.tools, "tool"),
                    number_of(server.prompts, "prompt"), number_of(server.resources, "resource")));
  print(fmt::format("  sessions   {} of this child; children of this server: {}; {}\n",
                    server.sessions, server.children, visible(server.sharing, Lines::Escaped)));
  print(fmt::format("  noise      {} on standard output that {}\n", number_of(server.noise, "line"),
                    server.noise == 1 ? "was no message" : "were no messages"));
  if (!server.noise_line.empty())
    print("             the last one: " + visible(server.noise_line, Lines::Escaped) + "\n");
  if (server.dropped > 0)
    print(fmt::format("  dropped    {} that MCP does not define for servers\n",
                      number_of(server.dropped, "notification")));
}

int show_servers(const std::string& name, const Gates& gates, const Places& places,
                 const Common& common) {
  if (common.json || common.jsonl) return list_servers(name, gates, places, common);
  for (const RunningGate& process : gates.processes)
    for (const GateServer& server : process.servers)
      print_server_details(server, process.pid, screen(common));
  return kDone;
}

int logs(const std::string& name, const Gates&, const Places& places, const Common& common) {
  JsonWriter json;
  json.begin_object().key("logs").begin_array();
  bool failed = false;
  for (const ControlAnswer& each :
       ask_gates(places.state_dir, Asked::All, control_request("logs", name))) {
    if (!each.answer.ok()) {
      if (each.answer.error().code == "control.no_server") continue;
      failed = fail(each.answer.error()) != kDone;
      continue;
    }
    const std::string text = each.ok().find("text").text();
    if (common.json || common.jsonl) {
      json.begin_object().key("server").string(name).key("text").string(text).end_object();
    } else {
      print(visible(text, Lines::Kept));
      if (!text.empty() && text.back() != '\n') print("\n");
    }
  }
  if (common.json || common.jsonl) print_json(json.end_array().end_object().take());
  return failed ? kFailed : kDone;
}

int restart(const std::string& name, const Gates&, const Places& places, const Common& common) {
  size_t count = 0;
  bool failed = false;
  for (const ControlAnswer& each :
       ask_gates(places.state_dir, Asked::All, control_request("restart", name))) {
    if (each.answer.ok()) {
      ++count;
    } else if (each.answer.error().code != "control.no_server") {
      failed = fail(each.answer.error()) != kDone;
    }
  }
  if (common.json || common.jsonl) {
    JsonWriter json;
    print_json(json.begin_object()
                   .key("server")
                   .string(name)
                   .key("processes")
                   .integer(static_cast<int64_t>(count))
                   .end_object()
                   .take());
  } else if (!common.quiet && count > 0) {
    print_message(fmt::format("server '{}' restarts in {} gate {}", name, count,
                              count == 1 ? "process" : "processes"));
  }
  return failed ? kFailed : kDone;
}

int run_servers(const std::string& name, Asking ask, const Common& common) {
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  const Gates gates = find_gates(places->state_dir);
  const bool failed = print_errors(gates) > 0;
  if (gates.processes.empty() && ask == list_servers && (common.json || common.jsonl))
    list_servers(name, gates, *places, common);
  if (gates.processes.empty()) return failed ? kFailed : nobody_runs(common);
  const std::vector<std::string> known = names_in(gates);
  if (!name.empty() && std::find(known.begin(), known.end(), name) == known.end()) {
    print_message(fmt::format("no server '{}'{}", name, did_you_mean(name, known)));
    return kNothingFound;
  }
  const int code = ask(name, name.empty() ? gates : only(gates, name), *places, common);
  return failed ? kFailed : code;
}

Run with_name(Syntax& syntax, Asking ask) {
  const auto name = std::make_shared<std::string>();
  syntax.required("NAME", *name, "a configured server");
  return [name, ask](const Common& common) { return run_servers(*name, ask, common); };
}

}  // namespace

std::string server_json(const GateServer& server, int64_t gate) {
  JsonWriter json;
  json.begin_object().key("name").string(server.name).key("state").string(server.state);
  json.key("why");
  server.why.empty() ? json.null() : json.string(server.why);
  json.key("gate").integer(gate).key("pid");
  server.pid > 0 ? json.integer(server.pid) : json.null();
  json.key("since");
  server.since > Micros{} ? json.string(format_wall(server.since)) : json.null();
  json.key("url");
  server.url.empty() ? json.null() : json.string(server.url);
  json.key("account");
  server.account.empty() ? json.null() : json.string(server.account);
  json.key("starts").integer(server.starts).key("memory_bytes").integer(server.memory);
  json.key("noise").integer(server.noise).key("noise_line");
  server.noise_line.empty() ? json.null() : json.string(server.noise_line);
  json.key("dropped").integer(server.dropped);
  json.key("tools").integer(server.tools);
  json.key("prompts").integer(server.prompts).key("resources").integer(server.resources);
  json.key("children").integer(server.children).key("sessions").integer(server.sessions);
  json.key("sharing").string(server.sharing);
  return json.end_object().take();
}

std::string servers_table(const Screen& out, const std::vector<RunningGate>& processes) {
  const Micros now = wall_now();
  std::vector<std::vector<Cell>> cells;
  for (const RunningGate& process : processes) {
    for (const GateServer& server : process.servers) {
      const bool runs = server.pid > 0;
      const auto bytes = static_cast<uint64_t>(server.memory);
      const std::string account = server.account.empty() ? "" : "@" + server.account;
      cells.push_back({{"  " + visible(server.name + account, Lines::Escaped), Style::Cyan, ""},
                       {server.state, state_style(server.state), ""},
                       {runs ? std::to_string(server.pid) : ""},
                       {server.since > Micros{} ? ago(server.since, now) : ""},
                       {runs ? bytes_text(bytes) : ""},
                       {std::to_string(server.tools)},
                       {std::to_string(server.starts)},
                       {visible(server.why, Lines::Escaped)}});
    }
  }
  return render(out,
                {{.title = "  server", .at_most = 30},
                 {.title = "state"},
                 {.title = "pid", .align = Align::Right, .give_up = 3},
                 {.title = "up", .give_up = 2},
                 {.title = "memory", .align = Align::Right, .give_up = 4},
                 {.title = "tools", .align = Align::Right, .give_up = 1},
                 {.title = "starts", .align = Align::Right, .give_up = 5},
                 {.title = "why", .takes_rest = true, .at_least = 10}},
                std::move(cells));
}

Run add_servers_list(Syntax&) {
  return [](const Common& common) { return run_servers("", list_servers, common); };
}

Run add_servers_logs(Syntax& syntax) { return with_name(syntax, logs); }
Run add_servers_restart(Syntax& syntax) { return with_name(syntax, restart); }
Run add_servers_show(Syntax& syntax) { return with_name(syntax, show_servers); }

}  // namespace callgate
