// The rule dead-end: what earlier sessions did not find, and when the guard forgets it.
#include "guard_test.h"

using namespace callgate;

namespace {

/// Replaces the guard by a new one that gets the stored dead ends, as after a restart.
void restart(GuardWorld& w, const std::vector<DeadEnd>& stored) {
  w.guard.~Guard();
  new (&w.guard) Guard();
  w.guard.load(stored);
}
DeadEnd kept(const GuardWorld& w) {
  REQUIRE(w.changes.size() == 1);
  REQUIRE(w.changes[0].what == DeadEndChange::What::Keep);
  return w.changes[0].dead_end;
}
std::string forgotten(const GuardWorld& w) {
  std::string all;
  for (const DeadEndChange& change : w.changes)
    if (change.what == DeadEndChange::What::Forget)
      all += (all.empty() ? "" : " ") + change.dead_end.subject;
  return all;
}

}  // namespace

TEST_CASE(
    "dead-end: an earlier session's dead end is known before the call, and found when the call "
    "fails again") {
  GuardWorld w;
  CHECK(w.fails("/src/guess.cc") == "");
  const DeadEnd stored = kept(w);
  CHECK(stored.subject == "/src/guess.cc");
  CHECK(stored.kind == AnswerKind::NotFound);
  CHECK(stored.tries == 1);
  CHECK(stored.sessions == 1);
  CHECK(w.fails("/src/guess.cc") == "");
  CHECK(w.active.dead_end == nullptr);

  restart(w, {stored});
  w.session = 7;
  CHECK(w.fails("/src//./guess.cc") == "dead-end soft");
  CHECK(w.findings.back().summary == "this call of read_file failed in 1 earlier session, too");
  CHECK(kept(w).sessions == 2);
  CHECK(kept(w).tries == 2);
}

TEST_CASE("dead-end: only dead ends of other sessions are active before a call") {
  GuardWorld w;
  w.fails("/a");
  w.session = 2;
  const MessagePtr args = walked(R"({"path": "/a"})");
  const GuardCall call{2,
                       w.agent,
                       w.server,
                       "read_file",
                       args->root(),
                       Effect::Read,
                       9,
                       {w.now, std::chrono::duration_cast<Micros>(w.now)}};
  const ActiveFinding active = w.guard.before(call);
  REQUIRE(active.dead_end != nullptr);
  CHECK(active.dead_end->subject == "/a");
  CHECK(active.level == Level::None);
}

TEST_CASE(
    "dead-end: a finding is hard after three earlier sessions and a second try, or after five dead "
    "ends in one session") {
  GuardWorld w;
  for (uint32_t s : {1U, 2U, 3U}) w.session = s, w.fails("/a");
  w.session = 4;
  CHECK(w.fails("/a") == "dead-end soft");
  CHECK(w.fails("/a") == "dead-end hard");
  CHECK(w.findings.back().value == 3);  // sessions
  CHECK(w.findings.back().limit == 3);
  w.session = 5;
  for (char c = 'b'; c < 'g'; ++c) w.fails(std::string("/") + c);
  w.session = 6;
  std::string all;
  for (char c = 'b'; c < 'g'; ++c) all += w.fails(std::string("/") + c) + ";";
  CHECK(all == "dead-end soft;dead-end soft;dead-end soft;dead-end soft;dead-end hard;");
  CHECK(w.findings.back().value == 5);  // dead ends
  CHECK(w.findings.back().limit == 5);
}

TEST_CASE("dead-end: a call with values only is found when three earlier sessions made it") {
  for (const char* args :
       {R"({"first": "Ada", "zip": "12345"})", R"({"email": "ada@example.org"})"}) {
    GuardWorld w;
    for (uint32_t s : {1U, 2U, 3U}) {
      w.session = s;
      CHECK(w.call("find_user", args, "Error: user not found") == "");
    }
    CHECK(w.active.dead_end == nullptr);
    w.session = 4;
    CHECK(w.call("find_user", args, "Error: user not found") == "dead-end soft");
  }
}

TEST_CASE("dead-end: sessions that alternate are counted once each") {
  GuardWorld w;
  for (int i = 0; i < 6; ++i) w.session = 1 + static_cast<uint32_t>(i % 2), w.fails("/a");
  CHECK(kept(w).sessions == 2);
  CHECK(kept(w).tries == 6);
}

TEST_CASE(
    "dead-end: only reading calls are remembered, and only if their subject is missing or denied") {
  GuardWorld w;
  w.call("create_directory", R"({"path": "/a"})", "Error: ENOENT: no such file or directory");
  CHECK(w.changes.empty());
  w.read("/a", "Request timed out after 30s");
  CHECK(w.changes.empty());
  w.read("/a", "No matches found");
  CHECK(w.changes.empty());
  w.read("/a", "Access denied - path outside allowed directories");
  CHECK(kept(w).kind == AnswerKind::Denied);
  w.call("lies", R"({"pfad": "/b"})", "Datei nicht gefunden");
  CHECK(w.changes.size() == 1);
  w.call("lies", R"({"pfad": "/b", "text": "x"})", "Datei nicht gefunden");
  CHECK(w.changes.empty());
}

TEST_CASE("dead-end: agents, servers, tools and the other arguments are kept apart") {
  GuardWorld w;
  w.fails("/a");
  w.session = 2;
  w.agent = "Claude";
  CHECK(w.fails("/a") == "");
  w.agent = "Cursor";
  w.server = "other";
  CHECK(w.fails("/a") == "");
  w.server = "fs";
  CHECK(w.call("get_file_info", R"({"path": "/a"})", missing("/a")) == "");
  CHECK(w.call("read_file", R"({"path": "/a", "repo": "x"})", missing("/a")) == "");
  CHECK(w.call("read_file", R"({"path": "/a", "limit": 3})", missing("/a")) == "dead-end soft");
}

TEST_CASE("dead-end: a success ends a dead end") {
  GuardWorld w;
  w.fails("/a");
  w.read("/a", "here now");
  CHECK(forgotten(w) == "/a");
  w.session = 2;
  CHECK(w.fails("/a") == "");
}

TEST_CASE(
    "dead-end: a write to the path, its folder or something inside it ends the dead end for all "
    "agents") {
  const auto after = [](const std::string& tool, const std::string& args,
                        const std::string& answer = "done") {
    GuardWorld w;
    w.fails("/src/new/a.cc");
    w.session = 2;
    w.agent = "Claude";
    w.server = "shell";
    w.call(tool, args, answer);
    return forgotten(w);
  };
  CHECK(after("write_file", R"({"path": "/src/new/a.cc", "content": "x"})") == "/src/new/a.cc");
  CHECK(after("create_directory", R"({"path": "/src/new/"})") == "/src/new/a.cc");
  CHECK(after("bash", R"({"command": "touch /src/new/a.cc && ls"})") == "/src/new/a.cc");
  CHECK(after("move", R"({"paths": ["/x", "/src/new/a.cc"]})") == "/src/new/a.cc");
  CHECK(after("write_files", R"({"files": [{"path": "/x"}, {"path": "/src/new/a.cc"}]})") ==
        "/src/new/a.cc");
  CHECK(after("write_file", R"({"path": "/src/new/b.cc", "content": "x"})") == "");
  CHECK(after("write_file", R"({"path": "/src/new/a.cc", "content": "x"})",
              "Error: disk is full") == "");
  CHECK(after("read_file", R"({"path": "/src/new/a.cc"})") == "");
}

TEST_CASE(
    "dead-end: the dead ends of a changed server are forgotten, and those of other servers stay") {
  GuardWorld w;
  w.fails("/a");
  w.server = "other";
  w.fails("/b");
  const std::vector<DeadEndChange> changes = w.guard.server_changed("fs");
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].dead_end.subject == "/a");
  CHECK(w.guard.dead_ends() == 1);
}

TEST_CASE("dead-end: a dead end expires seven days after the last try") {
  for (bool over : {false, true}) {
    GuardWorld w;
    w.fails("/a");
    w.now += std::chrono::hours(24 * 7) - 2 * w.step + (over ? w.step : Nanos{});
    w.session = 2;
    CHECK(w.fails("/a") == (over ? "" : "dead-end soft"));
    CHECK(kept(w).sessions == (over ? 1 : 2));
  }
}

TEST_CASE("dead-end: the number of dead ends is bounded, and the oldest are dropped") {
  GuardWorld w;
  w.step = std::chrono::seconds(1);
  for (size_t i = 0; i < kMostDeadEnds; ++i) w.fails("/" + std::to_string(i) + "/x");
  CHECK(w.guard.dead_ends() == kMostDeadEnds);
  w.fails("/one/more");
  CHECK(w.guard.dead_ends() < kMostDeadEnds);
  w.session = 2;
  CHECK(w.fails("/0/x").find("dead-end") == std::string::npos);
  CHECK(w.fails("/one/more").find("dead-end") != std::string::npos);
}

TEST_CASE("dead-end: a hard finding stops no call when its dead end is forgotten") {
  GuardWorld w;
  DeadEnd stored;
  for (w.session = 1; w.session <= 3; ++w.session) w.fails("/a"), stored = kept(w);
  w.session = 9;
  CHECK(w.fails("/a") == "dead-end soft");
  CHECK(w.fails("/a") == "dead-end hard");
  const uint64_t found = w.findings.back().key;
  w.fails("/a");
  CHECK(w.active.level == Level::Hard);
  SUBCASE("a call writes to the path") {
    w.call("write_file", R"({"path": "/a", "content": "x"})", "written");
    CHECK(forgotten(w) == "/a");
  }
  SUBCASE("a person lifts the dead end") {
    const Micros now = std::chrono::duration_cast<Micros>(w.now);
    const uint64_t key = Guard::key_of(stored);
    CHECK(key == found);
    CHECK(w.guard.forget_dead_end(key, now - Micros(1)).empty());  // it was tried later
    REQUIRE(w.guard.forget_dead_end(key, now).size() == 1);
    CHECK(w.guard.forget_dead_end(key, now).empty());
  }
  w.read("/a", "x");
  CHECK(w.active.level != Level::Hard);
}

TEST_CASE("dead-end: what one account of a server does not find, another may find") {
  for (const std::string args : {R"({"path":"/gone"})", R"({"path":"/gone","mode":"all"})"}) {
    Guard guard;
    const MessagePtr message = walked(args);
    const auto call = [&](uint32_t session, std::string_view account) {
      return GuardCall{.session = session,
                       .agent = "agent",
                       .server = "r",
                       .tool = "read",
                       .args = message->root(),
                       .effect = Effect::Read,
                       .account = account};
    };
    const Observation seen = guard.observe(call(1, "home"), read_text("no such file", true));
    REQUIRE(seen.changes.size() == 1);
    Guard later;
    later.load({seen.changes[0].dead_end});
    INFO(args);
    for (Guard* each : {&guard, &later}) {
      CHECK(each->before(call(2, "home")).dead_end != nullptr);
      CHECK(each->before(call(3, "work")).dead_end == nullptr);
      CHECK(each->before(call(4, "")).dead_end == nullptr);
    }
  }
}
