#include "gate_world.h"

namespace callgate {

World::World(const std::vector<std::string>& names, WorldOptions options)
    : guard_port(options.guard_port ? *options.guard_port : own_guard_port) {
  std::vector<ServerConfig> servers = std::move(options.servers);
  // This command is known to keep no state.
  for (const std::string& name : names)
    servers.push_back({.name = name, .command = "mcp-server-time"});
  for (const ServerConfig& server : servers) options.rules.servers.push_back(server.name);
  Result<Policy> policy = Policy::compile(options.rules, {}, "/home/me");
  REQUIRE(policy.ok());
  gate = std::make_unique<Gate>(GateOptions{.servers = std::move(servers),
                                            .policy = std::move(*policy),
                                            .limits = options.limits,
                                            .version = "1.0",
                                            .profiles = std::move(options.profiles),
                                            .guard = std::move(options.guard),
                                            .run = 3},
                                children, record, paths, options.lists ? *options.lists : own_lists,
                                guard_port);
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
  client_sends(session, initialize(name, capabilities, version));
  CHECK(at(link.take(), "/result/serverInfo/name") == "\"callgate\"");
  client_sends(session, notification("notifications/initialized"));
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
  std::string line = child_gets(server);
  // A child is also asked for tools if it has declared only other lists.
  if (method != "tools/list" && at(line, "/method") == quoted("tools/list")) {
    child_sends(server, no_such_method(line));
    line = child_gets(server);
  }
  REQUIRE(at(line, "/method") == quoted(method));
  child_sends(server, answer_to(line, result));
}

void World::greet(ServerIndex server, const std::string& capabilities) {
  gate->child_up(now, server, 100 + server);
  answer(server, "initialize", greeting(capabilities));
  CHECK(at(child_gets(server), "/method") == quoted("notifications/initialized"));
}

void World::bring_up(ServerIndex server, const std::vector<std::string>& tools,
                     const std::string& capabilities) {
  greet(server, capabilities);
  if (capabilities.find("\"tools\"") == std::string::npos) {
    const std::string asked = child_gets(server);
    REQUIRE(at(asked, "/method") == quoted("tools/list"));
    return child_sends(server, no_such_method(asked));
  }
  answer(server, "tools/list", tool_list(tools));
}

void World::bring_up_resources(ServerIndex server, const std::vector<std::string>& uris,
                               const std::vector<std::string>& templates) {
  greet(server, R"({"resources":{"subscribe":true}})");
  answer(server, "resources/list", resource_list(uris));
  answer(server, "resources/templates/list", template_list(templates));
}

void World::bring_up_modern(ServerIndex server, const std::vector<std::string>& tools,
                            const std::string& capabilities) {
  gate->child_up(now, server, 100 + server);
  answer(server, "server/discover", discovery(capabilities));
  answer(server, "tools/list", tool_list(tools));
}

namespace {

WorldOptions world_options(const OneServerOptions& options) {
  WorldOptions world{.rules = options.rules,
                     .limits = options.limits,
                     .guard = options.guard,
                     .guard_port = options.guard_port};
  if (options.config) world.servers.push_back(*options.config);
  return world;
}

}  // namespace

OneServer::OneServer(OneServerOptions options)
    : OneClient(options.config ? std::vector<std::string>{} : std::vector{options.name},
                world_options(options)) {
  hello(options.client, options.version);
  bring_up(0, options.tools, options.server);
}

void OneClient::open_modern() {
  open();
  client_sends(modern_request("tools/list"));
  bring_up(0, {"x"});
  link.got.clear();
}

void OneClient::client_posts(const std::string& line, Exchange exchange) {
  Walker walker;
  const Result<MessagePtr> message = walker.walk(line);
  REQUIRE(message.ok());
  gate->client_message(now, session, *message, exchange);
  settle();
}

void pause_client(World& world, const std::string& name) {
  world.gate->set_client_states(world.now, {{.kind = ClientState::Kind::Client,
                                             .name = name,
                                             .state = ClientState::State::Paused,
                                             .since = Micros{0},
                                             .because = "by me"}});
}

}  // namespace callgate
