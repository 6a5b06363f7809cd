#include "gate_world.h"

namespace callgate {

namespace {

std::string no_such_method(const std::string& request) {
  return R"({"jsonrpc":"2.0","id":)" + at(request, "/id") +
         R"(,"error":{"code":-32601,"message":"Method not found"}})";
}

}  // namespace

World::World(std::vector<std::string> names, PolicyConfig rules, Limits limits,
             std::vector<ServerConfig> servers, FakeListStore* lists, GuardConfig guard,
             FakeGuardPort* remembered)
    : guard_port(remembered ? *remembered : own_guard_port) {
  for (const std::string& one : names) {
    ServerConfig server;
    server.name = one;
    server.command = "mcp-server-time";  // known to keep no state, so that sessions share it
    servers.push_back(server);
    rules.servers.push_back(one);
  }
  Result<Policy> policy = Policy::compile(rules, {}, "/home/me");
  REQUIRE(policy.ok());
  gate = std::make_unique<Gate>(GateOptions{.servers = std::move(servers),
                                            .policy = std::move(*policy),
                                            .limits = limits,
                                            .version = "1.0",
                                            .guard = std::move(guard),
                                            .run = 3},
                                children, record, paths, lists ? *lists : own_lists, guard_port);
}

void FakeGuardPort::take(const FakeRecord& record) {
  for (const DeadEndChanged& event : record.all<DeadEndChanged>()) {
    const DeadEnd& changed = event.change.dead_end;
    std::vector<DeadEnd>& known = dead_ends[changed.agent];
    std::erase_if(known, [&](const DeadEnd& each) {
      return each.server == changed.server && each.tool == changed.tool &&
             each.subject == changed.subject;
    });
    if (event.change.what == DeadEndChange::What::Keep) known.push_back(changed);
  }
}

SessionNumber World::connect(FakeLink& link, const std::string& capabilities,
                             const std::string& version, const std::string& name) {
  const SessionNumber session =
      gate->open_session(now, link, {.process = {.pid = 7, .exe = "/bin/client"}});
  say(session, R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":")" +
                   version + R"(","capabilities":)" + capabilities + R"(,"clientInfo":{"name":")" +
                   name + R"(","version":"9"}}})");
  CHECK(at(link.take(), "/result/serverInfo/name") == "\"callgate\"");
  say(session, R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  return session;
}

void World::settle() {
  while (!guard_port.unanswered.empty()) {
    const std::string key = guard_port.unanswered.front();
    guard_port.unanswered.pop_front();
    gate->client_recalled(now, key, {guard_port.dead_ends[key], guard_port.calls_today});
  }
  while (!hold_record && !(record.started.empty() && record.answered.empty())) {
    if (!record.answered.empty()) {
      const QuestionNumber question = record.answered.front();
      record.answered.pop_front();
      gate->answer_recorded(now, question, nullptr);
      continue;
    }
    const CallNumber call = record.started.front();
    record.started.pop_front();
    gate->recorded(now, call);
  }
}

void World::pass(Nanos time) {
  now.monotonic += time;
  now.wall += std::chrono::duration_cast<Micros>(time);
  gate->tick(now);
  settle();
}

void World::answer(ServerIndex server, const std::string& method, const std::string& result) {
  std::string line = children.take(server);
  // It is asked for tools also if it has declared other lists alone.
  if (method != "tools/list" && at(line, "/method") == "\"tools/list\"") {
    child_says(server, no_such_method(line));
    line = children.take(server);
  }
  REQUIRE(at(line, "/method") == "\"" + method + "\"");
  child_says(server,
             R"({"jsonrpc":"2.0","id":)" + at(line, "/id") + R"(,"result":)" + result + "}");
}

void World::bring_up(ServerIndex server, const std::vector<std::string>& tools,
                     const std::string& capabilities) {
  gate->child_up(now, server, 100 + server);
  answer(server, "initialize",
         R"({"protocolVersion":"2025-06-18","capabilities":)" + capabilities +
             R"(,"serverInfo":{"name":"s","version":"1"}})");
  CHECK(at(children.take(server), "/method") == "\"notifications/initialized\"");
  if (capabilities.find("\"tools\"") == std::string::npos) {
    const std::string asked = children.take(server);
    REQUIRE(at(asked, "/method") == "\"tools/list\"");
    return child_says(server, no_such_method(asked));
  }
  std::string list = R"({"tools":[)";
  for (const std::string& tool : tools) {
    if (list.back() == '}') list += ',';
    list += R"({"name":")" + tool + R"(","inputSchema":{"type":"object"}})";
  }
  answer(server, "tools/list", list + "]}");
}

SessionNumber connect_to(World& world, FakeLink& link, const std::vector<std::string>& tools,
                         const std::string& capabilities) {
  const SessionNumber session = world.connect(link, capabilities);
  world.bring_up(0, tools);
  return session;
}

SessionNumber connect_modern(World& world, FakeLink& link) {
  const SessionNumber session = world.gate->open_session(world.now, link, {});
  world.say(session, request("tools/list", "{" + kModernMeta + "}"));
  world.bring_up(0, {"x"});
  link.got.clear();
  return session;
}

std::string call_line(const std::string& id, const std::string& tool, const std::string& arguments,
                      const std::string& more) {
  return R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":"tools/call","params":{"name":")" + tool +
         R"(","arguments":)" + arguments + more + "}}";
}

std::string at(const std::string& line, const std::string& pointer) {
  Walker walker;
  const Result<MessagePtr> message = walker.walk(line);
  if (!message) return "unreadable";
  const Value value = (*message)->root().at_pointer(pointer);
  return value ? std::string(value.raw()) : "absent";
}

std::string request(const std::string& method, const std::string& params) {
  return R"({"jsonrpc":"2.0","id":77,"method":")" + method + R"(","params":)" + params + "}";
}

void pause_client(World& world, const std::string& name) {
  world.gate->set_client_states(world.now, {{.kind = ClientState::Kind::Client,
                                             .name = name,
                                             .state = ClientState::State::Paused,
                                             .since = Micros{0},
                                             .because = "by me"}});
}

}  // namespace callgate
