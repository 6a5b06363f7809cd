#include <sys/stat.h>
#include <sys/wait.h>

#include "callgate/store/prune.h"
#include "store_support.h"

using namespace store_test;

namespace {

History::Page list(const std::string& path, const HistoryFilter& filter = {}) {
  auto page = reader(path)->list(filter);
  INFO((page ? std::string() : page.error().text()));
  REQUIRE(page);
  return *page;
}

std::string ids(const History::Page& page) {
  std::string text;
  for (const CallRow& row : page.calls) text += (text.empty() ? "" : " ") + row.id;
  return text;
}

// Two runs whose calls alternate in time: run 1 at 10, 30, 50 …, run 2 at 20, 40, 60 … seconds.
void two_runs(const std::string& path, CallNumber calls = 3) {
  Gate first(path, Durability::Before, kBegin), second(path, Durability::Before, kBegin);
  REQUIRE(first.recorder->run() == 1);
  REQUIRE(second.recorder->run() == 2);
  for (CallNumber call = 1; call <= calls; ++call) {
    for (Gate* gate : {&first, &second}) {
      const Micros at = std::chrono::seconds(20 * call - (gate == &first ? 10 : 0)) + kBegin;
      gate->recorder->append(started(call, "{\"n\":" + std::to_string(call) + "}", at));
      gate->recorder->append(finished(call, Outcome::Ok, "{}", at));
      REQUIRE(gate->settle());
    }
  }
}

}  // namespace

TEST_CASE("reading without a record is an error") {
  const Folder folder;
  CHECK(History::open(folder.file()).error().code == "history.none");
}

TEST_CASE("calls of all runs are listed newest first by time") {
  const Folder folder;
  two_runs(folder.file());
  CHECK(ids(list(folder.file())) == "2-3 1-3 2-2 1-2 2-1 1-1");
  HistoryFilter up;
  up.oldest_first = true;
  CHECK(ids(list(folder.file(), up)) == "1-1 2-1 1-2 2-2 1-3 2-3");
}

TEST_CASE("pages of calls have no gap and no duplicate in both directions") {
  const Folder folder;
  two_runs(folder.file(), 5);
  for (const bool up : {false, true}) {
    std::string all;
    HistoryFilter filter;
    filter.limit = 3;
    filter.oldest_first = up;
    for (;;) {
      const auto page = list(folder.file(), filter);
      all += (all.empty() ? "" : " ") + ids(page);
      if (page.next.empty()) break;
      (up ? filter.after : filter.before) = page.next;
    }
    CHECK(all == (up ? "1-1 2-1 1-2 2-2 1-3 2-3 1-4 2-4 1-5 2-5"
                     : "2-5 1-5 2-4 1-4 2-3 1-3 2-2 1-2 2-1 1-1"));
  }
}

TEST_CASE("pages of calls with the same time have no gap") {
  const Folder folder;
  const Micros at = kBegin;
  {
    Gate first(folder.file(), Durability::Before, kBegin),
        second(folder.file(), Durability::Before, kBegin);
    for (CallNumber call = 1; call <= 3; ++call) {
      first.recorder->append(started(call, "{}", at));
      second.recorder->append(started(call, "{}", at));
    }
  }
  HistoryFilter filter;
  filter.limit = 1;
  std::string all;
  do {
    const auto page = list(folder.file(), filter);
    all += ids(page) + " ";
    filter.before = page.next;
  } while (!filter.before.empty());
  CHECK(all == "2-3 2-2 2-1 1-3 1-2 1-1 ");
}

TEST_CASE("since and until include calls at exactly these times") {
  const Folder folder;
  two_runs(folder.file());
  HistoryFilter filter;
  filter.since = kBegin + std::chrono::seconds(20);
  filter.until = kBegin + std::chrono::seconds(50);
  CHECK(ids(list(folder.file(), filter)) == "1-3 2-2 1-2 2-1");
}

TEST_CASE("the filter after returns only calls that are newer than an id") {
  const Folder folder;
  two_runs(folder.file());
  HistoryFilter filter;
  filter.after = "1-2";
  filter.oldest_first = true;
  CHECK(ids(list(folder.file(), filter)) == "2-2 1-3 2-3");
}

TEST_CASE("filters take globs, and a call must match all filters") {
  const Folder folder;
  {
    Gate gate(folder.file());
    gate.recorder->append(session(1));
    SessionOpened other = session(2);
    other.client_name = "cursör";
    other.profile = "";
    gate.recorder->append(other);
    CallStarted write = started(1);
    write.tool = "write_file";
    write.exposed = "fs__write_file";
    gate.recorder->append(write);
    CallStarted search = started(2, R"({"query":"Needle in hay"})");
    search.server = "github";
    search.tool = "search";
    search.exposed = "github__search";
    search.session = 2;
    gate.recorder->append(search);
    gate.recorder->append(finished(2, Outcome::ToolError));
    gate.recorder->append(started(3));
    gate.recorder->append(finished(3, Outcome::Ok, R"({"text":"a needle"})"));
  }
  const auto filtered = [&](auto set) {
    HistoryFilter filter;
    set(filter);
    return ids(list(folder.file(), filter));
  };
  CHECK(filtered([](auto& f) { f.servers = {"f*"}; }) == "1-3 1-1");
  CHECK(filtered([](auto& f) { f.servers = {"g?thub", "none"}; }) == "1-2");
  CHECK(filtered([](auto& f) { f.tools = {"*_file"}; }) == "1-3 1-1");
  CHECK(filtered([](auto& f) { f.tools = {"fs__read_file"}; }) == "1-3");  // the exposed name
  CHECK(filtered([](auto& f) { f.clients = {"cursör"}; }) == "1-2");
  CHECK(filtered([](auto& f) { f.clients = {"curs?r"}; }) == "1-2");
  CHECK(filtered([](auto& f) { f.clients = {"curs??r"}; }).empty());
  CHECK(filtered([](auto& f) { f.profiles = {"rev*"}; }) == "1-3 1-1");
  CHECK(filtered([](auto& f) { f.sessions = {"1-2"}; }) == "1-2");
  CHECK(filtered([](auto& f) { f.outcomes = {Outcome::ToolError, Outcome::Lost}; }) == "1-2 1-1");
  CHECK(filtered([](auto& f) { f.grep = "NEEDLE"; }) == "1-3 1-2");
  CHECK(filtered([](auto& f) {
          f.grep = "needle";
          f.servers = {"fs"};
        }) == "1-3");
  CHECK(filtered([](auto& f) {
          f.grep = "needle";
          f.before = "@last";
        }) == "1-2");
}

TEST_CASE("errors of transport, protocol, tool and policy are different outcomes") {
  const Folder folder;
  const Outcome all[] = {Outcome::Ok,     Outcome::ToolError, Outcome::RpcError,
                         Outcome::Denied, Outcome::Timeout,   Outcome::Cancelled};
  {
    Gate gate(folder.file());
    CallNumber call = 0;
    for (const Outcome outcome : all) {
      gate.recorder->append(started(++call));
      CallFinished end = finished(call, outcome);
      if (outcome == Outcome::RpcError) end.error_code = -32602;
      if (outcome != Outcome::Ok) end.error = name(outcome);
      gate.recorder->append(end);
    }
    gate.recorder->append(started(++call));
    CHECK(gate.settle());
    CHECK(reader(folder.file())->show("@last")->outcome == Outcome::Pending);
  }
  HistoryFilter filter;
  filter.oldest_first = true;
  const auto page = list(folder.file(), filter);
  REQUIRE(page.calls.size() == 7);
  for (size_t i = 0; i < 6; ++i) CHECK(page.calls[i].outcome == all[i]);
  CHECK(page.calls[2].error_code == -32602);
  CHECK(page.calls[6].outcome == Outcome::Lost);  // its run has ended
  const auto words = reader(folder.file())->sql("select group_concat(outcome) from calls", 10);
  INFO((words ? std::string() : words.error().text()));
  REQUIRE(words);
  CHECK(words->rows[0][0] == "ok,tool_error,rpc_error,denied,timeout,cancelled,lost");
}

TEST_CASE("a call is shown completely, by its id or by its position from the end") {
  const Folder folder;
  {
    Gate gate(folder.file());
    gate.recorder->append(session());
    CallStarted start = started(1, R"({"path":"/x"})");
    start.permission = Permission::Ask;
    start.rule = "ask[0] github__create_*";
    start.because = "look first";
    gate.recorder->append(start);
    CallFinished end = finished(1, Outcome::RpcError, R"({"code":-1})");
    end.error = "no";
    end.error_code = -1;
    end.waited = std::chrono::milliseconds(2);
    gate.recorder->append(end);
    gate.recorder->append(started(2));
  }
  const auto history = reader(folder.file());
  const auto row = history->show("1-1");
  REQUIRE(row);
  CHECK(row->client_name == "claude-code");
  CHECK(row->client_pid == 77);
  CHECK(row->profile == "reviewer");
  CHECK(row->server == "fs");
  CHECK(row->tool == "read_file");
  CHECK(row->exposed == "fs__read_file");
  CHECK(row->method == "tools/call");
  CHECK(row->era == "legacy");
  CHECK(row->session == "1-1");
  CHECK(row->decision == Permission::Ask);
  CHECK(row->rule == "ask[0] github__create_*");
  CHECK(row->because == "look first");
  CHECK(row->args == R"({"path":"/x"})");
  CHECK(row->result == R"({"code":-1})");
  CHECK(row->args_bytes == 13);
  CHECK(row->error == "no");
  CHECK(row->error_code == -1);
  CHECK(row->duration == std::chrono::microseconds(1500));
  CHECK(row->waited == std::chrono::milliseconds(2));
  CHECK(history->show("@last")->id == "1-2");
  CHECK(history->show("@-2")->id == "1-1");
  for (const std::string& id : std::vector<std::string>{"@-3", "@-0", "@", "1-3", "2-1", "1", "-",
                                                        "1-", "x-1", "1-1x", "4294967296-1", ""}) {
    INFO(id);
    CHECK(history->show(id).error().code == "history.no_call");
  }
}

TEST_CASE("questions are found by their call") {
  const Folder folder;
  {
    Gate gate(folder.file());
    gate.recorder->append(started(1));
    Question question;
    question.session = 1;
    question.at = wall();
    question.server = "fs";
    question.method = "elicitation/create";
    question.call = 1;
    question.permission = Permission::Deny;
    question.rule = "deny[1]";
    question.number = 1;
    gate.recorder->append(question);
    question.number = 2;
    question.call = 0;
    gate.recorder->append(question);
  }
  const auto history = reader(folder.file());
  const auto questions = history->questions("1-1");
  REQUIRE(questions);
  REQUIRE(questions->size() == 1);
  CHECK(questions->front().method == "elicitation/create");
  CHECK(questions->front().decision == Permission::Deny);
  const auto rows = history->sql("select count(*) from decisions", 10);
  INFO((rows ? std::string() : rows.error().text()));
  REQUIRE(rows);
  CHECK(rows->rows[0][0] == "3");
}

TEST_CASE("the answer to a question is stored masked and reported when it is durable") {
  const Folder folder;
  {
    RecorderOptions options;
    options.path = folder.file();
    options.masker = [](std::string_view text, size_t) {
      std::string out(text);
      const size_t at = out.find("s3cret");
      if (at == std::string::npos) return MaskedText{out, 0};
      return MaskedText{out.replace(at, 6, "[masked]"), 1};
    };
    Gate gate(std::move(options));
    gate.recorder->append(session());
    gate.recorder->append(started(1));
    gate.recorder->append(Question{.number = 1,
                                   .session = 1,
                                   .at = wall(),
                                   .server = "fs",
                                   .method = "elicitation/create",
                                   .call = 1,
                                   .permission = Permission::Allow,
                                   .params = body(R"({"message":"key?"})")});
    QuestionAnswered answered{.number = 1,
                              .session = 1,
                              .at = wall(),
                              .server = "fs",
                              .method = "elicitation/create",
                              .call = 1,
                              .action = "accept",
                              .answer = body(R"({"action":"accept","content":{"k":"s3cret"}})")};
    answered.wire = answered.answer.bytes;
    gate.recorder->append(answered);
    answered = {.number = 2,
                .session = 1,
                .at = wall(),
                .server = "fs",
                .method = "",
                .call = 1,
                .action = "unasked",
                .answer = body("{}")};
    gate.recorder->append(answered);
    gate.turn_until([&] { return gate.answers.size() == 2; });
    CHECK(gate.answers == std::vector<QuestionNumber>{1, 2});
    CHECK(gate.failed_answers.empty());
  }
  CHECK(look(folder.file(), "select count(*) from payload where bytes like '%s3cret%'") == "0");
  const auto history = reader(folder.file());
  const auto questions = history->questions("1-1");
  REQUIRE(questions);
  REQUIRE(questions->size() == 2);
  CHECK(questions->front().params == R"({"message":"key?"})");
  CHECK(questions->front().answer == "accept");
  CHECK(questions->front().response == R"({"action":"accept","content":{"k":"[masked]"}})");
  CHECK_FALSE(questions->back().decision);
  CHECK(questions->back().answer == "unasked");
  const auto rows = history->sql(
      "select client, method, decision, answer, response, response_masked, length(response_digest) "
      "from questions where call = '1-1' order by id",
      10);
  INFO((rows ? std::string() : rows.error().text()));
  REQUIRE(rows);
  REQUIRE(rows->rows.size() == 2);
  using Row = std::vector<std::optional<std::string>>;
  CHECK(rows->rows[0] == Row{"claude-code", "elicitation/create", "allow", "accept",
                             R"({"action":"accept","content":{"k":"[masked]"}})", "1", "64"});
  const auto decisions = history->sql("select count(*) from decisions", 10);
  REQUIRE(decisions);
  CHECK(decisions->rows[0][0] == "2");
}

TEST_CASE("stats have each tool's percentiles without the time that a person took to answer") {
  const Folder folder;
  {
    Gate gate(folder.file());
    for (CallNumber call = 1; call <= 100; ++call) {
      gate.recorder->append(started(call));
      CallFinished end = finished(call, call == 7 ? Outcome::ToolError : Outcome::Ok);
      end.duration = std::chrono::milliseconds(call + 5);
      end.waited = std::chrono::milliseconds(5);
      gate.recorder->append(end);
    }
    gate.recorder->append(started(101));
    gate.recorder->append(finished(101, Outcome::Denied));
    gate.recorder->append(started(102));
    gate.recorder->append(finished(102, Outcome::Cancelled));
    gate.recorder->append(started(103));  // gets no end, so it is lost when the run has ended
  }
  const auto stats = reader(folder.file())->stats({});
  REQUIRE(stats);
  REQUIRE(stats->size() == 1);
  CHECK(stats->front().calls == 103);
  CHECK(stats->front().failed == 2);
  CHECK(stats->front().denied == 1);
  CHECK(stats->front().p50 == std::chrono::milliseconds(50));
  CHECK(stats->front().p95 == std::chrono::milliseconds(95));
  CHECK(stats->front().longest == std::chrono::milliseconds(100));
}

TEST_CASE("a call has its rounds and waiting time, and one round in an older record") {
  const Folder folder;
  {
    Gate gate(folder.file());
    gate.recorder->append(started(1));
    CallFinished end = finished(1);
    end.rounds = 3;
    end.waited = std::chrono::seconds(40);
    gate.recorder->append(end);
    gate.recorder->append(started(2));
    gate.recorder->append(finished(2));
    gate.recorder->append(started(3));
    REQUIRE(gate.settle());
  }
  const std::string sql =
      "select group_concat(rounds) as r from (select rounds from calls order by id)";
  CHECK(reader(folder.file())->show("1-1")->rounds == 3);
  CHECK(reader(folder.file())->show("1-1")->waited == std::chrono::seconds(40));
  CHECK(reader(folder.file())->show("1-2")->rounds == 1);
  CHECK(reader(folder.file())->show("1-3")->rounds == 1);
  CHECK(reader(folder.file())->sql(sql, 1)->rows.at(0).at(0) == "3,1,1");
  make_older(folder.file(), 2);
  CHECK(reader(folder.file())->show("1-1")->rounds == 1);
  CHECK(reader(folder.file())->sql(sql, 1)->rows.at(0).at(0) == "1,1,1");
  CHECK(look(folder.file(), "pragma user_version") == "2");
  { const Gate gate(folder.file()); }
  CHECK(look(folder.file(), "pragma user_version") == "11");
  CHECK(reader(folder.file())->show("1-1")->rounds == 1);
}

TEST_CASE("a call has the account of its server, and none in an older record") {
  const Folder folder;
  {
    Gate gate(folder.file());
    gate.recorder->append(session());
    for (const auto& [call, account] : {std::pair(1U, "work"), {2U, "home"}, {3U, ""}}) {
      CallStarted start = started(call);
      start.account = account;
      gate.recorder->append(start);
      gate.recorder->append(finished(call));
    }
    REQUIRE(gate.settle());
  }
  const auto with_account = [&](const std::string& glob) {
    HistoryFilter filter;
    filter.accounts = {glob};
    std::string ids;
    const auto page = reader(folder.file())->list(filter);
    REQUIRE(page);
    for (const CallRow& row : page->calls) ids += row.id + row.account + " ";
    return ids;
  };
  CHECK(with_account("work") == "1-1work ");
  CHECK(with_account("*o*") == "1-2home 1-1work ");
  CHECK(with_account("") == "1-3 ");
  const std::string sql = "select group_concat(coalesce(account, 'none')) from calls";
  CHECK(reader(folder.file())->sql(sql, 1)->rows.at(0).at(0) == "work,home,none");
  make_older(folder.file(), 10);
  CHECK(reader(folder.file())->show("1-1")->account.empty());
  CHECK(reader(folder.file())->sql(sql, 1)->rows.at(0).at(0) == "none,none,none");
  // A gate process of version 10 may still add targets while a newer one has migrated the record.
  { const Gate gate(folder.file()); }
  look(folder.file(),
       "insert into target(kind, server, tool, exposed, era) values (0, 'a', 'b', 'c', 'legacy')");
  CHECK(look(folder.file(), "select count(*) from target where account = ''") != "0");
  CHECK(reader(folder.file())->show("1-2")->account.empty());
}

TEST_CASE("a session has what was observed of its client, and nothing in an older record") {
  const Folder folder;
  {
    Gate gate(folder.file());
    SessionOpened opened = session(1);
    opened.peer = "127.0.0.1:5000";
    opened.token = "ci";
    gate.recorder->append(opened);
    gate.recorder->append(started(1));
    REQUIRE(gate.settle());
  }
  const std::string sql =
      "select client_start, client_cwd, client_user, client_parents, peer, token from sessions";
  const auto row = reader(folder.file())->sql(sql, 1)->rows.at(0);
  CHECK(row.at(0) == "4711");
  CHECK(row.at(1) == "/home/me/shop");
  CHECK(row.at(2) == "me");
  CHECK(row.at(3) == "70 /usr/bin/bash\n1 /sbin/init");
  CHECK(row.at(4) == "127.0.0.1:5000");
  CHECK(row.at(5) == "ci");
  make_older(folder.file(), 3);
  CHECK_FALSE(reader(folder.file())->sql(sql, 1)->rows.at(0).at(1).has_value());
}

TEST_CASE("a session whose client is known later has the client's name and its own start time") {
  const Folder folder;
  const SessionOpened whole = session(1);
  {
    Gate gate(folder.file());
    SessionOpened opened = whole;
    opened.client_name = opened.client_version = opened.protocol = opened.era = "";
    gate.recorder->append(opened);
    gate.recorder->append(started(1));
    REQUIRE(gate.settle());
    opened = whole;
    opened.at += Micros(5);
    opened.client_name = "zed";
    gate.recorder->append(opened);
    REQUIRE(gate.settle());
  }
  const auto rows = reader(folder.file())->sql("select client, at, client_exe from sessions", 2);
  REQUIRE(rows->rows.size() == 1);
  CHECK(rows->rows[0].at(0) == "zed");
  CHECK(rows->rows[0].at(1) == format_wall(whole.at));
  CHECK(rows->rows[0].at(2) == whole.process.exe);
  CHECK(reader(folder.file())->show("1-1")->client_name == "zed");
}

TEST_CASE("sql answers one SELECT over the views and nothing else") {
  const Folder folder;
  two_runs(folder.file());
  const auto history = reader(folder.file());
  const auto good =
      history->sql("select id, tool, args_bytes, at from calls order by at desc, id desc ;  ", 2);
  INFO((good ? std::string() : good.error().text()));
  REQUIRE(good);
  CHECK(good->columns.size() == 4);
  REQUIRE(good->rows.size() == 2);
  CHECK(good->rows[0][0] == "2-3");
  CHECK(good->rows[0][2] == "7");
  CHECK(good->rows[0][3] == "2023-11-14T22:14:20.000000Z");
  for (const char* view : {"calls", "sessions", "servers", "questions", "decisions"}) {
    INFO(view);
    CHECK(history->sql(
        std::string("select count(*), max(rowid is null) from (select 1 as rowid from ") + view +
            ")",
        1));
    CHECK(history->sql(std::string("select * from ") + view, 10));
  }
  CHECK(history
            ->sql("select json_extract(args, '$.n') from calls where outcome glob 'o*' group by 1",
                  10)
            ->rows.size() == 3);
  const char* const refused[] = {
      "",
      ";",
      "select 1; select 2",
      "select * from event",
      "select * from payload",
      "select * from main.meta",
      "select * from sqlite_schema",
      "delete from event",
      "insert into run(id) values (9)",
      "create table x(a)",
      "create temp table x(a)",
      "attach ':memory:' as x",
      "pragma journal_mode = delete",
      "pragma table_list",
      "select load_extension('x')",
      "select randomblob(9)",
      "select zeroblob(9)",
      "select \"nothing\" from calls",
      "with recursive r(n) as (select 1 union all select n + 1 from r) select n from r",
      "vacuum",
      "begin",
      "select * from calls where id = (select value from meta)",
      "with calls as (select * from meta) select * from calls",
      "with calls as (select * from main.meta) select * from calls",
      "with calls(a, b) as (select name, value from meta) select b from calls, sessions",
      "with touched as (select * from event) select * from touched",
      "with decisions as (select bytes from payload) select * from decisions",
      "with findings as (select touched_items(touched) from event) select * from findings",
      "with calls as (select 1), x as (select * from event) select * from x",
      "select * from (select * from meta) as calls",
      "select (select value from meta) as calls from calls as sessions",
      "select * from calls as meta join meta as calls",
      "with event as (select * from calls), calls as (select * from meta) select * from calls",
      "select * from temp.sqlite_schema",
      "select * from sqlite_temp_master",
      "drop view calls",
      "select readfile('/etc/passwd')",
      "select * from pragma_table_info('event')",
      "select wire from calls"};
  for (const std::string bad : refused) {
    INFO(bad);
    const auto answer = history->sql(bad, 10);
    CHECK((!answer && answer.error().code == "history.sql"));
  }
}

TEST_CASE("an SQL statement ends at its time limit, even within a single slow function") {
  const Folder folder;
  {
    Gate gate(folder.file());
    gate.recorder->append(started(1));
    gate.flush();
  }
  const char* const slow[] = {
      "select length(format('%.*c', 40000000, 'x'))",
      ("select instr(replace(hex(format('%300000s', '')), '2', '0'), "
       "replace(hex(format('%100000s', '')), '2', '0') || '1')"),
      "select count(*) from calls a, calls b, (select 1 union all select 2)"};
  // Each statement runs in its own process, because a slow function goes on for a while.
  for (const char* const statement : slow) {
    CAPTURE(statement);
    const pid_t pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
      auto history = History::open(folder.file());
      if (!history) ::_exit(2);
      const auto answer = (*history)->sql(statement, 10, Millis{200});
      ::_exit(answer.ok() || answer.error().code == "history.sql" ? 0 : 1);
    }
    CHECK(exit_of(pid) == 0);
  }
  auto opened = History::open(folder.file());
  REQUIRE(opened.ok());
  // A query may give its own table the name of a view.
  const auto own = (*opened)->sql("with calls as (select 7 as n) select n from calls", 10);
  REQUIRE(own.ok());
  CHECK(own->rows[0][0] == "7");
}

TEST_CASE("a reader works during and after a writer's life, and in a folder that it cannot write") {
  const Folder folder;
  {
    Gate gate(folder.file());
    gate.recorder->append(started(1));
    gate.flush();
    CHECK(ids(list(folder.file())) == "1-1");
  }
  CHECK(ids(list(folder.file())) == "1-1");
  if (::getuid() != 0) return;
  // The same as a user who can read but not write.
  REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
  REQUIRE(::chmod(folder.file().c_str(), 0644) == 0);
  std::filesystem::remove(folder.file() + "-shm");
  std::filesystem::remove(folder.file() + "-wal");
  const auto as_nobody = [&] {
    const pid_t pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
      if (::setuid(65534) != 0) ::_exit(9);
      auto history = History::open(folder.file());
      if (!history) ::_exit(history.error().code == "record.read_only" ? 2 : 3);
      const auto page = (*history)->list({});
      const auto rows = (*history)->sql("select id from calls", 1);
      ::_exit(page && page->calls.size() == 1 && rows && rows->rows.size() == 1 ? 0 : 4);
    }
    return exit_of(pid);
  };
  CHECK(as_nobody() == 0);
  std::FILE* log = std::fopen((folder.file() + "-wal").c_str(), "w");
  std::fputs("something to replay", log);
  std::fclose(log);
  CHECK(as_nobody() == 2);
}

TEST_CASE("prune deletes old bodies, marks them as deleted, and keeps rows, sizes and digests") {
  const Folder folder;
  const Micros old = wall() - std::chrono::hours(24 * 10);
  {
    Gate gate(folder.file());
    gate.recorder->append(started(1, R"({"old":"secret-one"})", old));
    gate.recorder->append(finished(1, Outcome::Ok, R"({"old":"secret-two"})", old));
    gate.recorder->append(started(2, R"({"new":1})"));
  }
  const Micros border = wall() - std::chrono::hours(24);
  const auto dry = prune(folder.file(), border, PruneMode::DryRun);
  REQUIRE(dry);
  CHECK(dry->calls == 1);
  CHECK(dry->bodies == 2);
  CHECK(dry->bytes == 40);
  CHECK(reader(folder.file())->show("1-1")->args_kept);
  const auto done = prune(folder.file(), border, PruneMode::Delete);
  REQUIRE(done);
  CHECK(done->calls == 1);
  CHECK(done->bodies == 2);
  const auto row = reader(folder.file())->show("1-1");
  REQUIRE(row);
  CHECK_FALSE(row->args_kept);
  CHECK_FALSE(row->result_kept);
  CHECK(row->args.empty());
  CHECK(row->args_bytes == 20);
  CHECK(reader(folder.file())->show("1-2")->args == R"({"new":1})");
  CHECK(look(folder.file(), "select count || kind from tombstone") == "2bodies");
  CHECK(look(folder.file(), "select count(digest) from event") == "3");
  for (const char* end : {"", "-wal"}) {
    std::FILE* in = std::fopen((folder.file() + end).c_str(), "rb");
    if (in == nullptr) continue;
    std::string bytes(std::filesystem::file_size(folder.file() + end), '\0');
    bytes.resize(std::fread(bytes.data(), 1, bytes.size(), in));
    std::fclose(in);
    CHECK(bytes.find("secret-") == std::string::npos);
  }
  CHECK(prune(folder.file(), border, PruneMode::Delete)->bodies == 0);
}

TEST_CASE("a body that another process deleted is stored again under a new number") {
  const Folder folder;
  Gate gate(folder.file());
  gate.recorder->append(started(1, R"({"same":1})"));
  gate.flush();
  REQUIRE(prune(folder.file(), wall() + std::chrono::hours(1), PruneMode::Delete)->bodies == 1);
  gate.recorder->append(started(2, R"({"same":1})"));
  gate.recorder->append(started(3, R"({"other":1})"));
  gate.flush();
  const auto history = reader(folder.file());
  CHECK_FALSE(history->show("1-1")->args_kept);
  CHECK(history->show("1-2")->args == R"({"same":1})");
  CHECK(history->show("1-3")->args == R"({"other":1})");
}

TEST_CASE("unknown names from clients are cut and get a digest, and a skipped call leaves no gap") {
  const Folder folder;
  {
    Gate gate(folder.file());
    for (CallNumber call = 1; call <= 600; ++call) {
      if (call % 2 == 0) {
        gate.recorder->append(CallSkipped{.call = call, .at = wall()});
        continue;
      }
      CallStarted event = started(call);
      event.server = call % 3 == 0 ? "" : "fs";
      event.kind = CallKind::Resource;
      event.tool = event.exposed = "x://" + std::to_string(call) + std::string(8000, 'n');
      gate.recorder->append(event);
      CallFinished end = finished(call, Outcome::RpcError, "");
      end.error = "none has " + event.tool;
      gate.recorder->append(end);
      gate.flush();
    }
    // The first stretch is filed although it has a gap.
    CHECK(
        gate.turn_until([&] { return look(folder.file(), "select count(*) from filed") != "0"; }));
  }
  const std::string longest =
      "select max(length(tool) + length(exposed)) from target where server ";
  CHECK(std::stoul(look(folder.file(), longest + "= ''")) <= 2 * 512);
  CHECK(std::stoul(look(folder.file(), longest + "<> ''")) <= 2 * 2048);
  CHECK(std::stoul(look(folder.file(), "select max(length(error)) from event")) <= 2048);
  CHECK(look(folder.file(), "select count(distinct tool) from target") == "300");
}

TEST_CASE("retain deletes by age, then by size, oldest first, while calls are recorded") {
  const Folder folder;
  Gate gate(folder.file());
  const Micros old = wall() - std::chrono::hours(24 * 10);
  for (CallNumber call = 1; call <= 200; ++call) {
    const std::string text = std::to_string(call) + std::string(20'000, 'x');
    gate.recorder->append(started(call, text, call <= 50 ? old : wall()));
    gate.flush();
  }
  gate.recorder->retain(5, 0);
  CHECK(gate.turn_until(
      [&] { return look(folder.file(), "select count(bytes) from payload") == "150"; }));
  gate.recorder->retain(0, 1 << 20);
  CHECK(gate.turn_until([&] {
    return std::stoul(look(folder.file(), "select page_count from pragma_page_count()")) * 4096 <=
           (2u << 20);
  }));
  gate.recorder->append(started(201, "{}"));
  CHECK(gate.turn_until([&] { return gate.durable.size() == 201; }));
  const auto history = reader(folder.file());
  CHECK_FALSE(history->show("1-1")->args_kept);
  CHECK(history->show("1-201")->args == "{}");
  CHECK(std::stoul(look(folder.file(), "select count(*) from tombstone")) >= 2);
}

TEST_CASE("many calls between two checks of the size do not make the files larger than the bound") {
  const Folder folder;
  Gate gate(folder.file());
  gate.recorder->retain(0, 1 << 20);
  uintmax_t largest = 0;
  for (CallNumber call = 1; call <= 2500; ++call) {
    gate.recorder->append(started(call, std::to_string(call) + std::string(30'000, 'x')));
    REQUIRE(gate.turn_until([&] { return gate.durable.size() == call; }));
    if (call % 100 != 0) continue;
    uintmax_t all = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder.path()))
      all += file.file_size();
    largest = std::max(largest, all);
  }
  // The bound, the calls before the next check, and the log.
  CHECK(largest <= (uintmax_t{1 + 4 + 32} << 20));
  CHECK(count(folder.file(), "event") == "2500");
}

TEST_CASE("retain gives all free space back to the file system") {
  const Folder folder;
  Gate gate(folder.file());
  for (CallNumber call = 1; call <= 160; ++call)
    gate.recorder->append(started(call, std::to_string(call) + std::string(200'000, 'x')));
  REQUIRE(gate.turn_until([&] { return gate.durable.size() == 160; }));
  gate.recorder->retain(0, 1 << 20);
  CHECK(gate.turn_until([&] {
    return std::stoul(look(folder.file(), "select page_count from pragma_page_count()")) * 4096 <=
           (2u << 20);
  }));
}
