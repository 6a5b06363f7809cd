#include <algorithm>

#include "store_support.h"

using namespace store_test;

namespace {

using By = TouchedFilter::By;

// Two agents; claude-code works in the shop, cursor reads the web.
struct World {
  World() : gate(folder.file()) {
    gate.recorder->append(session(1));
    SessionOpened other = session(2);
    other.client_name = "cursor";
    gate.recorder->append(other);
    call(1, "fs", {{DataKind::Path, DataOp::Read, "/home/me/shop/a.ts"}});
    call(1, "fs",
         {{DataKind::Path, DataOp::Write, "/home/me/shop/a.ts"},
          {DataKind::Path, DataOp::Read, "/home/me/shop/src/b.ts"}});
    call(1, "fs", {{DataKind::Path, DataOp::Read, "/home/me/shopping.txt"}});
    call(2, "web", {{DataKind::Url, DataOp::Read, "https://host/docs/x"}});
    call(2, "web", {{DataKind::Url, DataOp::Unknown, "https://host/docs/x"}});
    call(2, "fs", {{DataKind::Path, DataOp::Read, "/home/me/shop/a.ts"}});
    call(2, "fs", {{DataKind::Path, DataOp::Write, "/etc/passwd"}}, Outcome::Denied);
    REQUIRE(gate.settle());
  }
  void call(SessionNumber session, const std::string& server, std::vector<DataItem> touches,
            Outcome outcome = Outcome::Ok) {
    ++calls;
    CallStarted start = started(calls, "{}", kBegin + std::chrono::seconds(calls));
    start.session = session;
    start.server = server;
    start.account = account;
    start.touches = std::move(touches);
    gate.recorder->append(start);
    gate.recorder->append(finished(calls, outcome));
  }
  Touched ask(TouchedFilter filter) const {
    const auto history = History::open(folder.file());
    REQUIRE(history);
    const auto touched = (*history)->touched(filter);
    INFO((touched ? std::string() : touched.error().text()));
    REQUIRE(touched);
    return *touched;
  }

  Folder folder;
  Gate gate;
  CallNumber calls = 0;
  std::string account;  // of the next calls
};

std::string names(const Touched& touched) {
  std::string text;
  for (const TouchedRow& row : touched.rows) text += (text.empty() ? "" : " ") + row.name;
  return text;
}

std::string places(const TouchedRow& row) {
  std::string text;
  for (const TouchedPlace& place : row.places)
    text += (text.empty() ? "" : " ") + place.name + "=" + std::to_string(place.touches.all());
  return text;
}

}  // namespace

TEST_CASE("accessed data is summed by agent, and denied calls access nothing") {
  const World world;
  const Touched touched = world.ask({});
  REQUIRE(names(touched) == "claude-code cursor");
  const TouchedRow& claude = touched.rows[0];
  CHECK(claude.items == 3);
  CHECK(claude.calls == 3);
  CHECK(claude.touches == TouchCounts{.reads = 3, .writes = 1});
  CHECK(claude.first == kBegin + std::chrono::seconds(1));
  CHECK(claude.last == kBegin + std::chrono::seconds(3));
  CHECK(claude.last_call == "1-3");
  CHECK(claude.servers == std::vector<std::string>{"fs"});
  CHECK(places(claude) == "/home/me/shop/=2 /home/me/=1 /home/me/shop/src/=1");
  const TouchedRow& cursor = touched.rows[1];
  CHECK(cursor.items == 2);
  CHECK(cursor.touches == TouchCounts{.reads = 2, .unknown = 1});
  CHECK(places(cursor) == "https://host/docs/=2 /home/me/shop/=1");
}

TEST_CASE("each item has its agents, its number of calls and its last call") {
  const World world;
  TouchedFilter filter;
  filter.by = By::Path;
  const Touched touched = world.ask(filter);
  REQUIRE(names(touched) ==
          "/home/me/shop/a.ts https://host/docs/x /home/me/shop/src/b.ts /home/me/shopping.txt");
  const TouchedRow& first = touched.rows[0];
  CHECK(first.kind == DataKind::Path);
  CHECK(first.touches == TouchCounts{.reads = 2, .writes = 1});
  CHECK(first.calls == 3);
  CHECK(first.clients == std::vector<std::string>{"claude-code", "cursor"});
  CHECK(first.last_call == "1-6");
  filter.limit = 1;
  CHECK(names(world.ask(filter)) == "/home/me/shop/a.ts");
  CHECK(world.ask(filter).more == 3);
}

TEST_CASE("a ticket belongs to its project or repository, whatever its owner is called") {
  World world;
  world.call(2, "hub",
             {{DataKind::Ticket, DataOp::Read, "my-org/shop#1"},
              {DataKind::Ticket, DataOp::Read, "my-org/shop#2"},
              {DataKind::Ticket, DataOp::Read, "SHOP-1"},
              {DataKind::Ticket, DataOp::Read, "SHOP-2"},
              {DataKind::Ticket, DataOp::Read, "123e4567-e89b-12d3-a456-426614174000"},
              {DataKind::Ticket, DataOp::Read, "223e4567-e89b-12d3-a456-426614174000"}});
  REQUIRE(world.gate.settle());
  TouchedFilter filter;
  filter.servers = {"hub"};
  CHECK(places(world.ask(filter).rows.at(0)) == "(other ids)=2 SHOP-=2 my-org/shop#=2");
}

TEST_CASE("the filter under compares whole components of paths") {
  const World world;
  TouchedFilter filter;
  filter.by = By::Path;
  for (const char* folder : {"/home/me/shop", "/home/me/shop/"}) {
    filter.under = folder;
    CHECK(names(world.ask(filter)) == "/home/me/shop/a.ts /home/me/shop/src/b.ts");
  }
  filter.under = "/";
  CHECK(world.ask(filter).rows.size() == 3);
  filter.under = "https://host";
  CHECK(names(world.ask(filter)) == "https://host/docs/x");
  filter.under = "/home/me/shop/a.ts";
  CHECK(names(world.ask(filter)) == "/home/me/shop/a.ts");
  filter.under = "/nowhere";
  CHECK(world.ask(filter).rows.empty());
}

TEST_CASE("accessed data is filtered by operation, client, server and time") {
  const World world;
  TouchedFilter filter;
  filter.by = By::Server;
  CHECK(names(world.ask(filter)) == "fs web");
  filter.op = DataOp::Write;
  CHECK(names(world.ask(filter)) == "fs");
  CHECK(world.ask(filter).rows[0].touches == TouchCounts{.writes = 1});
  filter.op.reset();
  filter.clients = {"cur*"};
  CHECK(world.ask(filter).rows[0].name == "web");
  filter.servers = {"fs"};
  CHECK(names(world.ask(filter)) == "fs");
  filter.until = kBegin + std::chrono::seconds(5);
  CHECK(world.ask(filter).rows.empty());
}

TEST_CASE("an item with two rows, as older versions wrote them, is one item") {
  World world;
  look(world.folder.file(), "delete from item_by_hash");
  Gate other(world.folder.file());
  other.recorder->append(session(1));
  CallStarted start = started(1);
  start.touches = {{DataKind::Path, DataOp::Read, "/home/me/shop/a.ts"}};
  other.recorder->append(start);
  REQUIRE(other.settle());
  CHECK(look(world.folder.file(), "select count(*) from item where name like '%/a.ts'") == "2");
  TouchedFilter filter;
  filter.by = By::Path;
  CHECK(world.ask(filter).rows[0].touches.all() == 4);
  CHECK(world.ask({}).rows[0].items == 3);
  for (const By by : {By::Agent, By::Server, By::Path}) {
    filter.by = by;
    filter.limit = 1;
    CHECK(world.ask(filter).items == 4);
  }
}

TEST_CASE("an item that a hundred agents accessed names them all") {
  const Folder folder;
  Gate gate(folder.file());
  for (SessionNumber number = 1; number <= 100; ++number) {
    SessionOpened each = session(number);
    each.client_name = "agent-" + std::to_string(1000 + number);
    gate.recorder->append(each);
    CallStarted start = started(number);
    start.session = number;
    start.touches = {{DataKind::Path, DataOp::Read, "/a"}, {DataKind::Path, DataOp::Read, "/b"}};
    gate.recorder->append(start);
  }
  REQUIRE(gate.settle());
  const auto history = History::open(folder.file());
  REQUIRE(history);
  TouchedFilter filter;
  filter.by = By::Path;
  const auto touched = (*history)->touched(filter);
  REQUIRE(touched);
  REQUIRE(touched->rows.size() == 2);
  for (const TouchedRow& row : touched->rows) {
    REQUIRE(row.clients.size() == 100);
    CHECK(row.clients.front() == "agent-1001");
    CHECK(row.clients.back() == "agent-1100");
  }
}

TEST_CASE("an older record has no accessed data, and its views are empty") {
  const Folder folder;
  {
    Gate gate(folder.file());
    gate.recorder->append(started(1));
  }
  make_older(folder.file(), 4);
  const auto history = History::open(folder.file());
  REQUIRE(history);
  CHECK((*history)->touched({})->rows.empty());
  for (const char* view : {"touched", "findings"}) {
    const auto rows = (*history)->sql(std::string("select * from ") + view, 10);
    INFO((rows ? std::string() : rows.error().text()));
    REQUIRE(rows);
    CHECK(rows->rows.empty());
    CHECK(rows->columns.size() > 8);
  }
  CHECK((*history)->list({})->calls.front().findings.empty());
}

TEST_CASE("the view touched has a row for each access, also for those of denied calls") {
  const World world;
  const auto history = History::open(world.folder.file());
  REQUIRE(history);
  const auto rows = (*history)->sql(
      "select call || ' ' || client || ' ' || server || ' ' || tool || ' ' || kind || ' ' || name "
      "|| ' ' || op || ' ' || outcome from touched order by call, name",
      100);
  INFO((rows ? std::string() : rows.error().text()));
  REQUIRE(rows);
  REQUIRE(rows->rows.size() == 8);
  CHECK(rows->rows[0][0] == "1-1 claude-code fs read_file path /home/me/shop/a.ts read ok");
  CHECK(rows->rows[7][0] == "1-7 cursor fs read_file path /etc/passwd write denied");
  const auto sum = (*history)->sql(
      "select client, count(distinct name) from touched where outcome <> 'denied' group by 1", 9);
  REQUIRE(sum);
  CHECK(sum->rows[0][1] == "3");
  CHECK_FALSE((*history)->sql("select name from item", 1));
  CHECK_FALSE((*history)->sql("select touched_items(x'05')", 1));
  CHECK_FALSE((*history)->sql("select evidence from finding", 1));
}

TEST_CASE("a call has the findings that it caused and those that it is evidence of") {
  const Folder folder;
  Gate gate(folder.file());
  gate.recorder->append(session());
  for (CallNumber call = 1; call <= 4; ++call) gate.recorder->append(started(call));
  FindingRaised raised;
  raised.number = 1;
  raised.at = kBegin;
  raised.call = 3;
  raised.finding.rule = GuardRule::Guess;
  raised.finding.level = Level::Hard;
  raised.finding.session = 1;
  raised.finding.agent = "claude-code";
  raised.finding.summary = "3 guesses";
  raised.finding.evidence = {1, 3};
  raised.step = Step::Advise;
  gate.recorder->append(raised);
  raised.number = 2;
  raised.call = 4;
  gate.recorder->append(raised);
  REQUIRE(gate.settle());
  const auto history = History::open(folder.file());
  REQUIRE(history);
  const auto page = (*history)->list({});
  REQUIRE(page);
  using Ids = std::vector<std::string>;
  CHECK(page->calls[0].findings == Ids{"1-2"});
  CHECK(page->calls[1].findings == Ids{"1-1", "1-2"});
  CHECK(page->calls[2].findings.empty());
  CHECK(page->calls[3].findings == Ids{"1-1", "1-2"});
  CHECK((*history)->show("1-3")->findings == Ids{"1-1", "1-2"});
  const auto rows = (*history)->sql(
      "select id || ' ' || level || ' ' || rule || ' ' || session || ' ' || client || ' ' || "
      "summary || ' ' || step || ' ' || evidence || ' ' || coalesce(cleared, 'stands') from "
      "findings order by id",
      9);
  INFO((rows ? std::string() : rows.error().text()));
  REQUIRE(rows);
  CHECK(rows->rows[0][0] == R"(1-1 hard R3 1-1 claude-code 3 guesses advise ["1-1","1-3"] stands)");
}

TEST_CASE("the filter accounts separates the data of one server's accounts") {
  World world;
  world.account = "work";
  world.call(1, "hub", {{DataKind::Ticket, DataOp::Read, "firm/shop#1"}});
  world.account = "home";
  world.call(1, "hub", {{DataKind::Ticket, DataOp::Read, "me/garden#1"}});
  REQUIRE(world.gate.settle());
  TouchedFilter filter;
  filter.by = By::Path;
  filter.accounts = {"work"};
  CHECK(names(world.ask(filter)) == "firm/shop#1");
  filter.accounts = {"h*"};
  CHECK(names(world.ask(filter)) == "me/garden#1");
  filter.servers = {"fs"};
  CHECK(world.ask(filter).rows.empty());
  filter.accounts = {""};
  CHECK_FALSE(world.ask(filter).rows.empty());
}
