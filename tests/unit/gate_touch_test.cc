// The rows of a call name its accessed data. The start has what the arguments name, and the end has
// what else the answer names.
#include "gate_world.h"

using namespace callgate;

namespace {

std::string listed(const std::vector<DataItem>& touches) {
  std::string text;
  for (const DataItem& touch : touches)
    text += std::string(text.empty() ? "" : ", ") + name(touch.op) + " " + touch.what;
  return text;
}

}  // namespace

TEST_CASE("the rows of a call's start and end name the accessed data") {
  OneServer world;
  world.client_sends(call_line("1", "fs__read", R"({"path": "/srv/a", "content": "/srv/no"})"));
  CHECK(listed(world.record.all<CallStarted>()[0].touches) == "read /srv/a");
  const std::string sent = world.child_gets();
  world.child_sends(answer_to(
      sent, R"({"content":[{"type":"resource","resource":{"uri":"file:///srv/a","text":""}},)"
            R"({"type":"resource_link","uri":"file:///srv/b","name":"b"}]})"));
  CHECK(listed(world.record.all<CallFinished>()[0].touches) == "unknown /srv/b");
}

TEST_CASE("a call that reaches no server accesses no data") {
  OneServer world;
  world.client_sends(call_line("1", "fs__nothing", R"({"path": "/srv/a"})"));
  REQUIRE(world.record.all<CallStarted>().size() == 1);
  CHECK(world.record.all<CallStarted>()[0].touches.empty());
}

TEST_CASE("relative paths begin in the server's working folder") {
  OneServer world({.config = ServerConfig{.name = "fs", .command = "fs", .cwd = "/srv/shop"}});
  world.client_sends(call_line("1", "fs__read", R"({"path": "../a", "cwd": "web", "file": "b"})"));
  CHECK(listed(world.record.all<CallStarted>()[0].touches) ==
        "read /srv/shop/a, read /srv/shop/web, read /srv/shop/web/b");
}

TEST_CASE("an error names no accessed data, and a refused call names what it would have accessed") {
  OneServer world({.tools = {"read", "write"},
                   .rules = {.deny = {{.pattern = "fs__write", .written = "deny[0] fs__write"}}}});
  world.client_sends(call_line("1", "fs__write", R"({"path": "/srv/a"})"));
  CHECK(listed(world.record.all<CallStarted>()[0].touches) == "write /srv/a");
  CHECK(world.record.all<CallFinished>()[0].outcome == Outcome::Denied);
  world.client_sends(call_line("2", "fs__read", R"({"path": "/srv/a"})"));
  const std::string sent = world.child_gets();
  world.child_sends(error_to(sent, R"({"code":-1,"message":"file:///srv/b"})"));
  CHECK(world.record.all<CallFinished>()[1].touches.empty());
}
