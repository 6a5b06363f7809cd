// The rows of a call say what it touched: its start what it asked for, its end what else the
// answer names.
#include "gate_world.h"

using namespace callgate;

namespace {

std::string said(const std::vector<DataItem>& touches) {
  std::string text;
  for (const DataItem& touch : touches)
    text += std::string(text.empty() ? "" : ", ") + name(touch.op) + " " + touch.what;
  return text;
}

}  // namespace

TEST_CASE("a call's start and end say what was touched") {
  World world({"fs"});
  FakeLink link;
  const auto session = connect_to(world, link, {"read"});
  world.say(session, call_line("1", "fs__read", R"({"path": "/srv/a", "content": "/srv/no"})"));
  CHECK(said(world.record.all<CallStarted>()[0].touches) == "read /srv/a");
  const std::string sent = world.children.take(0);
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(sent, "/id") + R"(,"result":{"content":[
      {"type":"resource","resource":{"uri":"file:///srv/a","text":""}},
      {"type":"resource_link","uri":"file:///srv/b","name":"b"}]}})");
  CHECK(said(world.record.all<CallFinished>()[0].touches) == "unknown /srv/b");
}

TEST_CASE("a call that reaches no server touches nothing") {
  World world({"fs"});
  FakeLink link;
  const auto session = connect_to(world, link, {"read"});
  world.say(session, call_line("1", "fs__nothing", R"({"path": "/srv/a"})"));
  REQUIRE(world.record.all<CallStarted>().size() == 1);
  CHECK(world.record.all<CallStarted>()[0].touches.empty());
}

TEST_CASE("relative paths begin where the server runs") {
  ServerConfig server{.name = "fs", .command = "fs"};
  server.cwd = "/srv/shop";
  World world({}, {}, {}, {server});
  FakeLink link;
  const auto session = connect_to(world, link, {"read"});
  world.say(session, call_line("1", "fs__read", R"({"path": "../a", "cwd": "web", "file": "b"})"));
  CHECK(said(world.record.all<CallStarted>()[0].touches) ==
        "read /srv/shop/a, read /srv/shop/web, read /srv/shop/web/b");
}

TEST_CASE("an error names nothing, and a refused call what it would have touched") {
  PolicyConfig rules;
  rules.deny.push_back({.pattern = "fs__write", .because = "", .written = "deny[0] fs__write"});
  World world({"fs"}, rules);
  FakeLink link;
  const auto session = connect_to(world, link, {"read", "write"});
  world.say(session, call_line("1", "fs__write", R"({"path": "/srv/a"})"));
  CHECK(said(world.record.all<CallStarted>()[0].touches) == "write /srv/a");
  CHECK(world.record.all<CallFinished>()[0].outcome == Outcome::Denied);
  world.say(session, call_line("2", "fs__read", R"({"path": "/srv/a"})"));
  const std::string sent = world.children.take(0);
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(sent, "/id") +
                          R"(,"error":{"code":-1,"message":"file:///srv/b"}})");
  CHECK(world.record.all<CallFinished>()[1].touches.empty());
}
