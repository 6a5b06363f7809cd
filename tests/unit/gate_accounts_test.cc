// Profiles that choose the account of a remote server: nothing of one account reaches a session
// with another.
#include <set>

#include "gate_world.h"

using namespace callgate;
using namespace std::chrono_literals;

namespace {

/// A remote server with an account for /work and one for other folders.
ServerConfig server_with_accounts(const std::string& name = "r") {
  RemoteConfig remote{.url = "https://example.com/mcp"};
  remote.accounts = {{.name = "work", .under = {"/work"}}, {.name = "home", .under = {}}};
  return {.name = name, .remote = std::move(remote), .share = Share::One};
}

ServerConfig local() { return {.name = "local", .command = "mcp-server-time"}; }

Policy account_policy(PolicyConfig rules = {}) {
  rules.servers = {"r", "local"};
  return std::move(*Policy::compile(rules, {}, "/home/me"));
}

/// Each profile has the name of the account that it chooses.
Profiles choosing(const std::map<std::string, std::string>& accounts) {
  Profiles profiles;
  for (const auto& [profile, account] : accounts) {
    Profile made{std::nullopt, account_policy()};
    if (!account.empty()) made.accounts = {{"r", account}};
    profiles.emplace(profile, std::move(made));
  }
  return profiles;
}

WorkspacePtr in_folder(const std::string& folder) {
  return std::make_shared<Workspace>(Workspace{folder, {{"PATH", "/bin"}}});
}

/// A gate with the servers r and local, and clients with profiles.
struct AccountClients : World {
  FakeLink links[3];
  SessionNumber sessions[3] = {};
  explicit AccountClients(Profiles profiles, PolicyConfig rules = {})
      : World({}, {.servers = {server_with_accounts(), local()},
                   .rules = std::move(rules),
                   .profiles = std::move(profiles)}) {}

  void open(size_t client, const std::string& profile, WorkspacePtr where = nullptr) {
    sessions[client] =
        gate->open_session(now, links[client], {.profile = profile, .workspace = std::move(where)});
    client_sends(sessions[client], initialize("t"));
    links[client].take();
    client_sends(sessions[client], notification("notifications/initialized"));
    // Lists are complete only when this server is up, too.
    for (const auto& [child, start] : std::map(children.started))
      if (start.server == "local" && up.insert(child).second) bring_up(child, {"y"});
    read_all();
  }
  std::set<ChildIndex> up;
  /// Returns the child of r that was started last with this account.
  ChildIndex child_with(const std::string& account) {
    ChildIndex last = 99;
    for (const auto& [child, start] : children.started)
      if (start.server == "r" && start.account == account) last = child;
    REQUIRE(last != 99);
    return last;
  }
  void read_all() {
    for (FakeLink& link : links) link.got.clear();
  }
  /// Returns the newest message that the client got, which is the answer to its last request.
  std::string newest(size_t client) {
    std::string last;
    for (std::string line = links[client].take(); !line.empty(); line = links[client].take())
      last = std::move(line);
    return last;
  }
  std::string tools(size_t client) {
    client_sends(sessions[client], kList);
    return at(newest(client), "/result/tools");
  }
  std::string recorded() const {
    std::string all;
    for (const CallStarted& call : record.all<CallStarted>())
      all += call.tool + "@" + call.account + " ";
    return all;
  }
  Reloaded reload(Profiles profiles) {
    Reloaded done = gate->reload(now, {.servers = {server_with_accounts(), local()},
                                       .policy = account_policy(),
                                       .profiles = std::move(profiles)});
    settle();
    gate->tick(now);
    return done;
  }
};

/// Two clients without folders of their own, as over HTTP, with the profiles w and h.
struct TwoProfiles : AccountClients {
  ChildIndex at_work, at_home;
  TwoProfiles() : AccountClients(choosing({{"w", "work"}, {"h", "home"}})) {
    open(0, "w");
    open(1, "h");
    at_work = child_with("work");
    at_home = child_with("home");
    const std::string abilities = R"({"tools":{"listChanged":true},"tasks":{}})";
    bring_up(at_work, {"x", "only_work"}, abilities);
    bring_up(at_home, {"x", "only_home"}, abilities);
    for (const size_t client : {0, 1}) tools(client);
    pass(1s);
    for (const ChildIndex child : {at_work, at_home})
      while (!child_gets(child).empty()) {
      }
    read_all();
  }
};

}  // namespace

TEST_CASE("a profile's account is used in every folder, and otherwise the folder decides") {
  for (const WorkspacePtr& where : {WorkspacePtr(), in_folder("/work"), in_folder("/q")}) {
    AccountClients world(choosing({{"w", "work"}, {"h", "home"}, {"none", ""}}));
    world.open(0, "w", where);
    world.child_with("work");
    world.open(1, "h", where);
    world.child_with("home");
    world.open(2, "none", where);
    const bool at_work = where && where->folder == "/work";
    std::map<std::string, int> used;
    for (const auto& [child, start] : world.children.started)
      if (start.server == "r") ++used[start.account];
    CHECK(used == (at_work ? std::map<std::string, int>{{"work", 2}, {"home", 1}}
                           : std::map<std::string, int>{{"work", 1}, {"home", 2}}));
  }
}

TEST_CASE("two profiles see only the lists of their own accounts, and their calls stay apart") {
  TwoProfiles world;
  CHECK(world.tools(0).find("r__only_work") != std::string::npos);
  CHECK(world.tools(0).find("only_home") == std::string::npos);
  CHECK(world.tools(1).find("r__only_home") != std::string::npos);
  CHECK(world.tools(1).find("only_work") == std::string::npos);
  for (size_t client : {0, 1}) world.client_sends(world.sessions[client], call_line("1", "r__x"));
  CHECK(at(world.child_gets(world.at_work), "/params/name") == "\"x\"");
  CHECK(at(world.child_gets(world.at_home), "/params/name") == "\"x\"");
  CHECK(world.child_gets(world.at_work).empty());
  CHECK(world.child_gets(world.at_home).empty());
  CHECK(world.recorded() == "x@work x@home ");
  // The definitions for HTTP's header checks are those of the profile, too.
  CHECK_FALSE(world.gate->tool_definition("r__only_work", "w").empty());
  CHECK(world.gate->tool_definition("r__only_work", "h").empty());
  CHECK(world.gate->tool_definition("r__only_work", "").empty());
}

TEST_CASE("no name of a tool leads to another account") {
  TwoProfiles world;
  for (const char* name :
       {"r@work__x", "r__x@work", "r@work__only_work", "r__only_work", "work__x", "r__work__x",
        "r@work.x", "r/work__x", "r__only_work@home", "mcp__r@work__x"}) {
    world.read_all();
    world.client_sends(world.sessions[1], call_line("1", name));
    INFO(name);
    CHECK(at(world.newest(1), "/error/code") == "-32602");
    CHECK(world.child_gets(world.at_work).empty());
    CHECK(world.child_gets(world.at_home).empty());
  }
}

TEST_CASE("a rule for an account decides about the account that the profile chooses") {
  const RuleSpec rule{.pattern = "r__x", .account = "work", .written = "deny[0] r__x"};
  AccountClients world(choosing({{"w", "work"}, {"h", "home"}}), {.deny = {rule}});
  world.open(0, "w", in_folder("/q"));
  world.open(1, "h", in_folder("/work"));
  for (const char* account : {"work", "home"})
    world.bring_up(world.child_with(account), {"x", "y"});
  CHECK(world.tools(0).find("r__x") == std::string::npos);
  CHECK(world.tools(1).find("r__x") != std::string::npos);
  world.read_all();
  for (size_t client : {0, 1}) world.client_sends(world.sessions[client], call_line("1", "r__x"));
  CHECK(at(world.newest(0), "/result/isError") == "true");
  CHECK(world.child_gets(world.child_with("work")).empty());
  CHECK(at(world.child_gets(world.child_with("home")), "/params/name") == "\"x\"");
}

TEST_CASE(
    "a changed account moves the clients of the profile; a call that runs keeps its account") {
  TwoProfiles world;
  world.client_sends(world.sessions[1], call_line("1", "r__x"));
  const std::string running = world.child_gets(world.at_home);
  const Reloaded done = world.reload(choosing({{"w", "work"}, {"h", "work"}}));
  CHECK(done.restarted == std::vector<std::string>{"r"});
  const ChildIndex before[] = {world.at_work, world.at_home};
  // The lists of the account that the client had are not shown any more.
  CHECK(world.tools(1).find("only_home") == std::string::npos);
  world.read_all();
  world.child_sends(before[1],
                    answer_to(running, R"({"content":[{"type":"text","text":"done"}]})"));
  CHECK(at(world.newest(1), "/result/content/0/text") == "\"done\"");
  std::vector<ChildIndex> fresh;
  for (const auto& [child, start] : world.children.started)
    if (start.server == "r" && child != before[0] && child != before[1]) {
      CHECK(start.account == "work");
      fresh.push_back(child);
    }
  REQUIRE(fresh.size() == 2);  // sessions of different profiles never share one
  for (const ChildIndex child : fresh) world.bring_up(child, {"x", "only_work"});
  CHECK(world.tools(1).find("r__only_work") != std::string::npos);
  while (!world.child_gets(before[1]).empty()) {
  }
  world.client_sends(world.sessions[1], call_line("2", "r__x"));
  CHECK(world.child_gets(before[1]).empty());
  CHECK(world.recorded() == "x@home x@work ");
}

TEST_CASE("a reload that changes no choice moves no client") {
  TwoProfiles world;
  const Reloaded done = world.reload(choosing({{"w", "work"}, {"h", "home"}, {"new", ""}}));
  CHECK(done.restarted.empty());
  CHECK(world.children.stops.empty());
  CHECK(world.tools(0).find("r__only_work") != std::string::npos);
}

TEST_CASE("a choice that begins or ends moves the clients, and no other server restarts") {
  AccountClients world(choosing({{"p", ""}}));
  world.open(0, "p");
  world.bring_up(world.child_with("home"), {"x"});
  CHECK(world.reload(choosing({{"p", "work"}})).restarted == std::vector<std::string>{"r"});
  world.bring_up(world.child_with("work"), {"x"});
  world.client_sends(world.sessions[0], call_line("1", "r__x"));
  CHECK(world.reload(choosing({{"p", ""}})).restarted == std::vector<std::string>{"r"});
  CHECK(world.recorded() == "x@work ");
  // Without its profile, the session may do nothing, with any account.
  world.reload({});
  world.read_all();
  world.client_sends(world.sessions[0], call_line("2", "r__x"));
  CHECK(world.recorded().find("x@home") == std::string::npos);
}

TEST_CASE("a call that waits during the reload is not made with an account that was not decided") {
  TwoProfiles world;
  world.hold_record = true;
  world.client_sends(world.sessions[1], call_line("1", "r__x"));
  world.reload(choosing({{"w", "work"}, {"h", "work"}}));
  world.hold_record = false;
  world.settle();
  for (const auto& [child, start] : world.children.started) {
    if (start.account != "work") continue;
    for (std::string line = world.child_gets(child); !line.empty(); line = world.child_gets(child))
      CHECK(at(line, "/method") != "\"tools/call\"");
  }
  CHECK(world.recorded() == "x@home ");
}

TEST_CASE("tasks and changes of one account reach no session with another") {
  TwoProfiles world;
  world.client_sends(world.sessions[0], call_line("1", "r__x", "{}", R"(,"task":{"ttl":60000})"));
  world.child_sends(world.at_work, answer_to(world.child_gets(world.at_work),
                                             R"({"task":{"taskId":"t","status":"working"}})"));
  const std::string task = at(world.newest(0), "/result/task/taskId");
  REQUIRE(task.size() > 2);
  world.read_all();
  for (const char* method : {"tasks/get", "tasks/result", "tasks/cancel"})
    for (const std::string& id : {task, std::string("\"t\"")}) {
      world.client_sends(world.sessions[1], request(method, "{\"taskId\":" + id + "}"));
      CHECK(at(world.newest(1), "/error/code") == "-32602");
    }
  CHECK(world.child_gets(world.at_home).empty());
  // The other account's server can neither change the task nor announce anything.
  world.child_sends(world.at_home, notification("notifications/tasks/status",
                                                R"({"taskId":"t","status":"completed"})"));
  world.child_sends(world.at_home, notification("notifications/tools/list_changed"));
  CHECK(world.links[0].take().empty());
  // After the client has moved, its task of the earlier account does not reach the new one.
  world.reload(choosing({{"w", "home"}, {"h", "home"}}));
  world.read_all();
  world.client_sends(world.sessions[0], request("tasks/get", "{\"taskId\":" + task + "}"));
  for (const auto& [child, start] : world.children.started) {
    if (start.account != "home") continue;
    for (std::string line = world.child_gets(child); !line.empty(); line = world.child_gets(child))
      CHECK(at(line, "/method") != "\"tasks/get\"");
  }
}
