// Clients in different folders or environments: which of them share a server, and what they see.
#include "gate_world.h"

using namespace callgate;
using namespace std::chrono_literals;

namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

WorkspacePtr workspace(const std::string& folder, Variables variables = {{"PATH", "/bin"}}) {
  return std::make_shared<Workspace>(Workspace{folder, std::move(variables)});
}

/// A server that keeps no state, so that only the workspace decides who shares it.
ServerConfig stateless(const std::string& name, Share share = Share::Auto) {
  return {.name = name, .command = "mcp-server-time", .share = share};
}

/// A gate with two clients in workspaces of their own.
struct TwoClients : World {
  FakeLink links[2];
  SessionNumber sessions[2] = {};
  using World::World;

  void open(size_t client, WorkspacePtr where) {
    sessions[client] = gate->open_session(now, links[client], {.workspace = std::move(where)});
    client_sends(sessions[client], initialize("t"));
    links[client].take();
    client_sends(sessions[client], notification("notifications/initialized"));
  }
  size_t children_for(const WorkspacePtr& one, const WorkspacePtr& two) {
    open(0, one);
    open(1, two);
    return children.starts.size();
  }
  std::string tools(size_t client) {
    client_sends(sessions[client], request("tools/list"));
    return at(links[client].take(), "/result/tools");
  }
};

size_t children_for(const ServerConfig& server, const WorkspacePtr& one, const WorkspacePtr& two) {
  return TwoClients({}, {.servers = {server}}).children_for(one, two);
}

/// A remote server that all sessions share, with an account for /work and one for other folders.
ServerConfig with_accounts() {
  RemoteConfig remote{.url = "https://example.com/mcp"};
  remote.accounts = {{.name = "work", .under = {"/work"}}, {.name = "home", .under = {}}};
  return {.name = "r", .remote = std::move(remote), .share = Share::One};
}

/// Returns the child that was started for a client in this folder.
ChildIndex child_in(const TwoClients& world, const std::string& folder) {
  for (const auto& [child, start] : world.children.started)
    if (start.workspace->folder == folder) return child;
  FAIL("no child was started in " << folder);
  return 0;
}

}  // namespace

TEST_CASE("clients share a server if they work in the same folder with equal variables") {
  CHECK(children_for(stateless("a"), workspace("/p"), workspace("/p")) == 1);
  CHECK(children_for(stateless("a"), workspace("/p"), workspace("/q")) == 2);
  CHECK(children_for(stateless("a"), workspace("/p"), workspace("/p", {{"PATH", "/x"}})) == 2);
  CHECK(children_for(stateless("a"), workspace("/p"), nullptr) == 2);
}

TEST_CASE("variables that the server does not get, and the kind of terminal, make no difference") {
  const auto with = [](const std::string& name, const std::string& value) {
    return workspace("/p", {{"PATH", "/bin"}, {name, value}});
  };
  for (const char* name : {"OTHER", "TERM", "SHLVL"})
    CHECK(children_for(stateless("a"), with(name, "1"), with(name, "2")) == 1);
  ServerConfig server = stateless("a");
  server.env_pass = {"PASSED"};
  server.env = {{"ONE", "${env:MENTIONED}"}};
  for (const char* name : {"PASSED", "MENTIONED"}) {
    CHECK(children_for(server, with(name, "1"), with(name, "2")) == 2);
    CHECK(children_for(server, with(name, "1"), with(name, "1")) == 1);
  }
  server.env = {{"LANG", "C"}, {"HOME", "/fixed"}};
  CHECK(children_for(server, with("LANG", "1"), with("LANG", "2")) == 1);
  // The gate looks for programs and files below the client's own home.
  CHECK(children_for(server, with("HOME", "1"), with("HOME", "2")) == 2);
}

TEST_CASE("if a command gives a value, every variable of the client counts") {
  ServerConfig server = stateless("a", Share::All);
  server.env = {{"KEY", "${cmd:aws configure export-credentials}"}};
  const auto with = [](const std::string& name, const std::string& value) {
    return workspace("/p", {{"PATH", "/bin"}, {name, value}});
  };
  CHECK(children_for(server, with("AWS_PROFILE", "prod"), with("AWS_PROFILE", "dev")) == 2);
  CHECK(children_for(server, with("AWS_PROFILE", "dev"), with("AWS_PROFILE", "dev")) == 1);
  CHECK(children_for(server, with("SHLVL", "1"), with("SHLVL", "2")) == 1);
}

TEST_CASE("with share all or one the folder makes no difference, nor for a server with a cwd") {
  for (const Share share : {Share::All, Share::One})  // root counts the project folder instead
    CHECK(children_for(stateless("a", share), workspace("/p"), workspace("/q")) == 1);
  ServerConfig fixed = stateless("a");
  fixed.cwd = "/fixed";
  CHECK(children_for(fixed, workspace("/p"), workspace("/q")) == 1);
  // These references give other values in another folder.
  for (const char* reference : {"${cmd:cat .env}", "${file:key}", "${file:./key}"}) {
    fixed.env = {{"KEY", reference}};
    CHECK(children_for(fixed, workspace("/p"), workspace("/q")) == 2);
  }
  for (const char* reference : {"${file:/etc/key}", "${file:~/key}"}) {
    fixed.env = {{"KEY", reference}};
    CHECK(children_for(fixed, workspace("/p"), workspace("/q")) == 1);
  }
}

TEST_CASE("a child starts in the folder and with the variables of its first client") {
  ServerConfig fixed = stateless("fixed");
  fixed.cwd = "/fixed";
  TwoClients world({}, {.servers = {stateless("a"), fixed}});
  const WorkspacePtr place = workspace("/p");
  world.open(0, place);
  std::map<std::string, std::string> folders;
  for (const auto& [child, start] : world.children.started) {
    folders[start.server] = start.folder;
    CHECK(start.workspace == place);
  }
  CHECK(folders == std::map<std::string, std::string>{{"a", "/p"}, {"fixed", "/fixed"}});
}

TEST_CASE("clients in different folders see only the lists of their own children") {
  TwoClients world({}, {.servers = {stateless("a")}});
  world.open(0, workspace("/p"));
  world.open(1, workspace("/q"));
  REQUIRE(world.children.started.size() == 2);
  const ChildIndex of_p = world.children.started.begin()->second.folder == "/p"
                              ? world.children.started.begin()->first
                              : world.children.started.rbegin()->first;
  const ChildIndex of_q = of_p == world.children.started.begin()->first
                              ? world.children.started.rbegin()->first
                              : world.children.started.begin()->first;
  world.bring_up(of_p, {"only_p", "both"});
  world.bring_up(of_q, {"only_q", "both"});
  for (FakeLink& link : world.links)
    while (!link.take().empty()) {
    }
  CHECK(world.tools(0).find("a__only_p") != std::string::npos);
  CHECK(world.tools(0).find("only_q") == std::string::npos);
  CHECK(world.tools(1).find("a__only_q") != std::string::npos);
  CHECK(world.tools(1).find("only_p") == std::string::npos);
  world.client_sends(world.sessions[0], call_line("1", "a__both"));
  world.client_sends(world.sessions[1], call_line("1", "a__both"));
  CHECK(at(world.child_gets(of_p), "/params/name") == "\"both\"");
  CHECK(at(world.child_gets(of_q), "/params/name") == "\"both\"");
  world.client_sends(world.sessions[0], call_line("2", "a__only_q"));
  CHECK(at(world.links[0].take(), "/error/code") == "-32602");
  CHECK(world.child_gets(of_q).empty());
}

TEST_CASE("sessions with different accounts of a server never share a child") {
  const ServerConfig server = with_accounts();
  CHECK(children_for(server, workspace("/work/a"), workspace("/work/b")) == 1);
  CHECK(children_for(server, workspace("/p"), workspace("/q")) == 1);
  CHECK(children_for(server, workspace("/work/a"), workspace("/q")) == 2);
  ServerConfig only_work = server;
  only_work.remote->accounts.pop_back();
  TwoClients world({}, {.servers = {only_work}});
  CHECK(world.children_for(workspace("/work"), workspace("/workshop")) == 2);
  CHECK(world.gate->servers()[child_in(world, "/work")].account == "work");
  CHECK(world.gate->servers()[child_in(world, "/workshop")].account.empty());
}

TEST_CASE("the record, the status and the rules name the account of a call") {
  const RuleSpec rule{.pattern = "r__x", .account = "work", .written = "deny[0] r__x"};
  TwoClients world({}, {.servers = {with_accounts()}, .rules = {.deny = {rule}}});
  world.open(0, workspace("/work"));
  world.open(1, workspace("/q"));
  const ChildIndex at_work = child_in(world, "/work"), at_home = child_in(world, "/q");
  for (const ChildIndex child : {at_work, at_home}) world.bring_up(child, {"x", "y"});
  for (FakeLink& link : world.links)
    while (!link.take().empty()) {
    }
  // A tool that is always denied to an account is in no list of its sessions.
  CHECK(world.tools(0).find("r__x") == std::string::npos);
  CHECK(world.tools(1).find("r__x") != std::string::npos);
  for (size_t client : {0, 1}) world.client_sends(world.sessions[client], call_line("1", "r__x"));
  CHECK(world.child_gets(at_work).empty());
  CHECK(at(world.child_gets(at_home), "/params/name") == "\"x\"");
  world.client_sends(world.sessions[0], call_line("2", "r__y"));
  CHECK(at(world.child_gets(at_work), "/params/name") == "\"y\"");
  std::string recorded;
  for (const CallStarted& call : world.record.all<CallStarted>())
    recorded += call.tool + " " + call.account + " " + name(call.permission) + "; ";
  CHECK(recorded == "x work deny; x home allow; y work allow; ");
  std::string shown;
  for (const ServerStatus& server : world.gate->servers())
    if (!server.spare) shown += server.account + " ";
  CHECK(shown == "work home ");
}

TEST_CASE("a changed list reaches only the clients of that workspace") {
  TwoClients world({}, {.servers = {stateless("a")}});
  world.open(0, workspace("/p"));
  const ChildIndex of_p = world.children.started.begin()->first;
  world.open(1, workspace("/q"));
  for (const auto& [child, start] : world.children.started)
    world.bring_up(child, {"x"}, R"({"tools":{"listChanged":true}})");
  for (size_t i : {0, 1}) world.tools(i);
  for (FakeLink& link : world.links)
    while (!link.take().empty()) {
    }
  world.child_sends(of_p, notification("notifications/tools/list_changed"));
  world.answer(of_p, "tools/list", tool_list({"x", "y"}));
  world.pass(1s);
  CHECK(at(world.links[0].take(), "/method") == "\"notifications/tools/list_changed\"");
  CHECK(world.links[1].take().empty());
}

TEST_CASE("rules resolve a relative path in the folder of the child that gets it") {
  const RuleSpec rule{
      .pattern = "a__x",
      .args = {{.key = "path", .kind = ArgConstraint::Kind::Inside, .texts = {"/secret"}}},
      .written = "deny[1]"};
  TwoClients world({}, {.servers = {stateless("a")}, .rules = {.deny = {rule}}});
  world.open(0, workspace("/secret"));
  const ChildIndex child = world.children.started.begin()->first;
  world.gate->child_up(world.now, child, 100,
                       ServerFolders{.folders = {"/also"}, .home = "", .cwd = "/secret"});
  world.answer(child, "initialize", greeting(R"({"tools":{}})"));
  world.child_gets(child);
  world.answer(child, "tools/list", tool_list({"x"}));
  world.client_sends(world.sessions[0], call_line("1", "a__x", R"({"path":"file"})"));
  REQUIRE(world.paths.asked.size() == 1);
  const auto& needs = world.paths.asked[0].needs;
  CHECK(std::find(needs.begin(), needs.end(), PathNeed{"/also/file"}) != needs.end());
  CHECK(world.paths.asked[0].folder == "/secret");
}

TEST_CASE("the servers of a workspace are forgotten after its last session and child") {
  TwoClients world({}, {.servers = {stateless("a")}});
  for (int i = 0; i < 20; ++i) {
    world.open(0, workspace("/p" + std::to_string(i)));
    const ChildIndex child = world.children.started.rbegin()->first;
    world.bring_up(child, {"x"});
    world.gate->client_gone(world.now, world.sessions[0], "gone");
    world.pass(601s);
    world.gate->child_gone(world.now, child, {.reason = "exited with status 0"});
  }
  CHECK(world.gate->servers().size() <= 3);
  // A client that returns while its child still runs gets this child.
  world.open(0, workspace("/again"));
  const size_t starts = world.children.starts.size();
  const ChildIndex child = world.children.started.rbegin()->first;
  world.bring_up(child, {"x"});
  world.gate->client_gone(world.now, world.sessions[0], "gone");
  world.open(0, workspace("/again"));
  CHECK(world.children.starts.size() == starts);
  CHECK(world.tools(0).find("a__x") != std::string::npos);
}

TEST_CASE("a changed configuration applies in every workspace") {
  TwoClients world({}, {.servers = {stateless("a")}});
  world.open(0, workspace("/p"));
  world.open(1, workspace("/q"));
  for (const auto& [child, start] : std::map(world.children.started)) world.bring_up(child, {"x"});
  Reload today{.servers = {stateless("a"), stateless("b")},
               .policy = std::move(*Policy::compile({}, {}, "/home/me"))};
  const Reloaded done = world.gate->reload(world.now, std::move(today));
  CHECK(done.added == std::vector<std::string>{"b"});
  std::map<std::string, std::set<std::string>> folders;
  for (const auto& [child, start] : world.children.started)
    folders[start.server].insert(start.folder);
  CHECK(folders["b"] == std::set<std::string>{"/p", "/q"});
}

TEST_CASE("a new configuration gives each client servers of its own workspace") {
  // With this configuration, nothing depends on the workspace, so both clients use the same
  // servers.
  TwoClients world({}, {.servers = {stateless("a", Share::All)}});
  world.open(0, workspace("/p", {{"PATH", "/bin"}, {"TOKEN", "of p"}}));
  world.open(1, workspace("/q", {{"PATH", "/bin"}, {"TOKEN", "of q"}}));
  REQUIRE(world.children.starts.size() == 1);
  ServerConfig token = stateless("b", Share::All);
  token.env_pass = {"TOKEN"};
  world.gate->reload(world.now, {.servers = {stateless("a", Share::All), token, stateless("c")},
                                 .policy = std::move(*Policy::compile({}, {}, "/home/me"))});
  std::set<std::string> tokens, folders;
  size_t of_a = 0;
  for (const auto& [child, start] : world.children.started) {
    if (start.server == "a") ++of_a;
    if (start.server == "b") tokens.insert(start.workspace->variables.at("TOKEN"));
    if (start.server == "c") folders.insert(start.folder);
  }
  CHECK(of_a == 1);
  CHECK(tokens == std::set<std::string>{"of p", "of q"});
  CHECK(folders == std::set<std::string>{"/p", "/q"});
}

TEST_CASE("a server that is always in use does not keep old workspaces") {
  TwoClients world({}, {.servers = {stateless("busy", Share::All), stateless("a")}});
  world.open(0, workspace("/stays"));
  for (int i = 0; i < 20; ++i) {
    world.open(1, workspace("/p" + std::to_string(i)));
    const ChildIndex child = world.children.started.rbegin()->first;
    REQUIRE(world.children.started[child].server == "a");
    world.bring_up(child, {"x"});
    world.gate->client_gone(world.now, world.sessions[1], "gone");
    world.pass(601s);
    world.gate->child_gone(world.now, child, {.reason = "exited with status 0"});
  }
  CHECK(world.gate->servers().size() <= 6);
}

TEST_CASE("a number that belonged to another workspace shows nothing of it") {
  FakeListStore lists;
  TwoClients world({}, {.servers = {stateless("a")}, .lists = &lists});
  world.open(0, workspace("/p"));
  const ChildIndex child = world.children.started.begin()->first;
  world.bring_up(child, {"of_p"});
  world.gate->client_gone(world.now, world.sessions[0], "gone");
  world.pass(601s);
  world.gate->child_gone(world.now, child, {.reason = "exited with status 0"});
  lists = {};
  world.open(1, workspace("/q"));
  world.client_sends(world.sessions[1], request("tools/list"));
  world.pass(2s);
  CHECK(world.links[1].take().find("of_p") == std::string::npos);
}

TEST_CASE("a server that cannot start does not keep old workspaces, nor does it start more often") {
  TwoClients world({}, {.servers = {stateless("a")}});
  for (int i = 0; i < 20; ++i) {
    world.open(0, workspace("/p" + std::to_string(i)));
    const ChildIndex child = world.children.started.rbegin()->first;
    world.gate->child_gone(world.now, child,
                           {.not_started = Error{"child.not_found", "no such file", ""}});
    world.gate->client_gone(world.now, world.sessions[0], "gone");
    world.pass(1s);
  }
  CHECK(world.gate->servers().size() <= 3);
}
