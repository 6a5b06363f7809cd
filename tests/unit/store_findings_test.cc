// The guard's findings and dead ends in the record, and how a call's accessed data and facts are
// packed.
#include "callgate/store/finding_ends.h"
#include "callgate/store/findings.h"
#include "store/filed/packed_columns.h"
#include "store_support.h"

using namespace store_test;

namespace {

FindingRaised raised(uint32_t number, Micros at, SessionNumber session = 1) {
  return {.number = number,
          .at = at,
          .call = 9,
          .finding = {.rule = GuardRule::Guess,
                      .level = Level::Hard,
                      .key = 0xfedcba9876543210,
                      .session = session,
                      .agent = "cursor",
                      .server = "fs",
                      .tool = "read_file",
                      .summary = "7 different guesses failed",
                      .instead = "there are: a.cc, b.cc",
                      .evidence = {3, 5, 9},
                      .value = 12.5,
                      .limit = 12,
                      .at = at},
          .step = Step::Advise};
}

DeadEndChanged dead_end(const std::string& agent, const std::string& resource, Micros expires,
                        DeadEndChange::What what = DeadEndChange::What::Keep) {
  return {.at = Micros(5),
          .change = {.what = what,
                     .dead_end = {.agent = agent,
                                  .server = "fs",
                                  .tool = "read_file",
                                  .subject = resource,
                                  .kind = AnswerKind::Denied,
                                  .tries = 4,
                                  .sessions = 2,
                                  .first = Micros(1),
                                  .last = Micros(5),
                                  .expires = expires}}};
}

std::vector<FindingRow> rows(const std::string& path, const FindingFilter& filter = {}) {
  auto found = read_findings(path, filter);
  REQUIRE(found.ok());
  return *found;
}

std::vector<DeadEnd> dead_ends(const std::string& path, const std::string& agent, int64_t now,
                               size_t limit = 100) {
  const auto found = read_dead_ends(path, agent, Micros(now), limit);
  REQUIRE(found.ok());
  return *found;
}

/// Options for a record in which "hunter2" is masked.
RecorderOptions masks_hunter2(const Folder& folder) {
  RecorderOptions options;
  options.path = folder.file();
  options.masker = [](std::string_view json, size_t) {
    MaskedText text{.text = std::string(json)};
    for (size_t at = 0; (at = text.text.find("hunter2")) != std::string::npos; ++text.masked)
      text.text.replace(at, 7, "[masked]");
    return text;
  };
  return options;
}

}  // namespace

TEST_CASE("a finding is read as it was recorded") {
  const Folder folder;
  CHECK(rows(folder.file()).empty());
  Gate gate(folder.file());
  const FindingRaised one = raised(1, Micros(1000)), two = raised(2, Micros(2000), 2);
  gate.recorder->append(one);
  gate.recorder->append(two);
  REQUIRE(gate.settle());
  const auto found = rows(folder.file());
  REQUIRE(found.size() == 2);
  CHECK(found[0].id == "1-2");
  CHECK(found[1].id == "1-1");
  CHECK(found[1].session == "1-1");
  CHECK(found[1].call == "1-9");
  CHECK(found[1].finding == one.finding);
  CHECK(found[1].evidence == std::vector<std::string>{"1-3", "1-5", "1-9"});
  CHECK(found[1].step == "advise");
  CHECK_FALSE(found[1].ended.has_value());
  CHECK(rows(folder.file(), {.since = Micros(1001)}).size() == 1);
  CHECK(rows(folder.file(), {.session = "1-1"}).size() == 1);
  CHECK(rows(folder.file(), {.call = "1-5"}).size() == 2);
  CHECK(rows(folder.file(), {.call = "1-4"}).empty());
  CHECK(rows(folder.file(), {.limit = 1}).size() == 1);
  CHECK(read_finding(folder.file(), "@last")->id == "1-2");
  CHECK(read_finding(folder.file(), "1-1")->finding.summary == one.finding.summary);
}

TEST_CASE("an agent's calls are counted over all runs, newest first, up to a limit") {
  const Folder folder;
  const auto count = [&](const char* agent, int64_t since, uint64_t most = 1000) {
    const auto is_theirs = [&](const SessionOpened& one) { return one.client_name == agent; };
    const auto calls = count_calls(folder.file(), is_theirs, Micros(since), most);
    REQUIRE(calls.ok());
    return *calls;
  };
  CHECK(count("cursor", 0) == 0);  // there is no record
  for (int run = 0; run < 2; ++run) {
    Gate gate(folder.file());
    gate.recorder->append(SessionOpened{.session = 1, .at = Micros(1), .client_name = "cursor"});
    gate.recorder->append(SessionOpened{.session = 2, .at = Micros(1), .client_name = "codex"});
    for (uint32_t call = 1; call <= 6; ++call) {
      gate.recorder->append(
          CallStarted{.call = call,
                      .session = call <= 4 ? 1U : 2U,
                      .at = Micros(100 * call),
                      .permission = call == 4 ? Permission::Deny : Permission::Allow});
      gate.recorder->append(CallFinished{.call = call,
                                         .at = Micros(100 * call + 1),
                                         .outcome = call == 6 ? Outcome::Repeated : Outcome::Ok});
    }
    REQUIRE(gate.settle());
  }
  CHECK(count("cursor", 0) == 6);  // one of each run's four calls was denied
  CHECK(count("codex", 0) == 2);   // one of each run's two calls was not made
  CHECK(count("nobody", 0) == 0);
  CHECK(count("cursor", 200) == 4);
  CHECK(count("codex", 0, 3) == 1);  // the limit is three calls
}

TEST_CASE("an id that belongs to no finding is an error") {
  const Folder folder;
  for (const char* id : {"1-1", "@last", "", "-", "1-", "-1", "1-1x", "99999999999-1", "x"}) {
    CAPTURE(id);
    CHECK(read_finding(folder.file(), id).error().code == "findings.none");
  }
  const Gate gate(folder.file());
  CHECK(read_finding(folder.file(), "1-1").error().code == "findings.none");
}

TEST_CASE("a person can end a finding, and the gate that found it is notified once") {
  const Folder folder;
  Gate gate(folder.file());
  gate.recorder->append(raised(1, Micros(1000)));
  gate.recorder->append(raised(2, Micros(2000)));
  REQUIRE(gate.settle());
  const auto by_me = [&](const char* id, FindingEnd how) {
    return end_finding(folder.file(), id, how, Micros(3000), "by me").ok();
  };
  REQUIRE(by_me("1-1", FindingEnd::Cleared));
  const auto found = rows(folder.file());
  CHECK(found[1].ended == Micros(3000));
  CHECK(found[1].how == "cleared");
  CHECK(found[1].because == "by me");
  CHECK(rows(folder.file(), {.active = true}).size() == 1);
  int64_t after = 0;
  CHECK(read_ended(folder.file(), 1, after)->size() == 1);
  CHECK(read_ended(folder.file(), 1, after)->empty());
  REQUIRE(by_me("1-2", FindingEnd::Approved));
  CHECK(read_ended(folder.file(), 2, after)->empty());
  after = 1;
  const auto ended = read_ended(folder.file(), 1, after);
  REQUIRE(ended->size() == 1);
  CHECK(ended->front().number == 2);
  CHECK(ended->front().how == FindingEnd::Approved);
  CHECK(ended->front().at == Micros(3000));
}

TEST_CASE("a dead end is one row, which is deleted when it is forgotten or expires") {
  const Folder folder;
  CHECK(dead_ends(folder.file(), "", 0).empty());
  Gate gate(folder.file());
  gate.recorder->append(dead_end("cursor", "/a", Micros(100)));
  gate.recorder->append(dead_end("cursor", "/a", Micros(200)));
  gate.recorder->append(dead_end("cursor", "/b", Micros(200)));
  gate.recorder->append(dead_end("zed", "/a", Micros(200)));
  REQUIRE(gate.settle());
  CHECK(dead_ends(folder.file(), "", 150).size() == 3);
  CHECK(dead_ends(folder.file(), "cursor", 199).size() == 2);
  CHECK(dead_ends(folder.file(), "cursor", 200).empty());
  CHECK(dead_ends(folder.file(), "", 0, 2).size() == 2);
  CHECK(dead_ends(folder.file(), "zed", 0).front() ==
        dead_end("zed", "/a", Micros(200)).change.dead_end);
  gate.recorder->append(dead_end("cursor", "/a", Micros(0), DeadEndChange::What::Forget));
  REQUIRE(gate.settle());
  CHECK(dead_ends(folder.file(), "cursor", 0).size() == 1);
}

TEST_CASE("secrets are masked in findings, dead ends and accessed data") {
  const Folder folder;
  Gate gate(masks_hunter2(folder));
  FindingRaised found = raised(1, Micros(1));
  found.finding.summary = "guessed hunter2";
  gate.recorder->append(found);
  gate.recorder->append(dead_end("cursor", "/hunter2", Micros(9)));
  CallStarted call = started(1);
  call.touches = {{DataKind::Path, DataOp::Read, "/x/hunter2"}};
  gate.recorder->append(call);
  REQUIRE(gate.settle());
  CHECK(rows(folder.file())[0].finding.summary == "guessed [masked]");
  CHECK(dead_ends(folder.file(), "", 0)[0].subject == "/[masked]");
  CHECK(look(folder.file(), "select name from item") == "/x/[masked]");
}

TEST_CASE("a long name is masked before it is cut") {
  const Folder folder;
  Gate gate(masks_hunter2(folder));
  const std::string secret = "/" + std::string(kDataItemBytes - 5, 'a') + "hunter2";
  const std::string whole = "/" + std::string(kDataItemBytes - 1, 'b');
  CallStarted call = started(1);
  for (const std::string& what : {secret, whole, whole + "b"})
    call.touches.push_back({DataKind::Path, DataOp::Read, what});
  gate.recorder->append(call);
  REQUIRE(gate.settle());
  const auto name = [&folder](int at) {
    return look(folder.file(),
                "select name from item order by id limit 1 offset " + std::to_string(at));
  };
  CHECK(name(0) == "/" + std::string(kDataItemBytes - 5, 'a') + "[\u2026");
  CHECK(name(1) == whole);
  CHECK(name(2) == "/" + std::string(kDataItemBytes - 4, 'b') + "\u2026");
}

TEST_CASE("a call's accessed data are numbers of items, and each writer stores an item once") {
  const Folder folder;
  Gate gate(folder.file());
  for (const CallNumber number : {1U, 2U}) {
    CallStarted call = started(number);
    call.touches = {{DataKind::Path, DataOp::Read, "/a"}, {DataKind::Url, DataOp::Write, "/a"}};
    gate.recorder->append(call);
  }
  REQUIRE(gate.settle());
  CHECK(look(folder.file(), "select count(*) from item") == "2");
  CHECK(look(folder.file(), "select hex(touched) from event where id % 2 = 0 limit 1") == "050A");
  CHECK(look(folder.file(), "select count(*) from event where touched is null") == "0");
}

static std::vector<TouchedItem> touched_items(std::string_view bytes) {
  std::vector<TouchedItem> items;
  each_touched(bytes, [&items](TouchedItem item) { items.push_back(item); });
  return items;
}

TEST_CASE("packed accessed data is read up to the first damage") {
  std::string bytes;
  std::vector<TouchedItem> all;
  for (const int64_t item :
       {int64_t{1}, int64_t{31}, int64_t{32}, int64_t{1} << 20, int64_t{1} << 60})
    for (const DataOp op : {DataOp::Unknown, DataOp::Read, DataOp::Write}) {
      all.push_back({.item = item, .op = op});
      append_touched(bytes, all.back());
    }
  CHECK(touched_items(bytes) == all);
  CHECK(touched_items(bytes.substr(0, bytes.size() - 1)).size() == all.size() - 1);
  CHECK(touched_items("").empty());
  CHECK(touched_items("\xff\xff").empty());
  CHECK(touched_items("\x07").empty());  // this operation does not exist
}

TEST_CASE(
    "the guard's observation of an answer is stored if it does not follow from the stored body") {
  const AnswerFacts facts{.kind = AnswerKind::NotFound,
                          .pending = true,
                          .hash = 0x0123456789abcdef,
                          .exact = ~uint64_t{0},
                          .shape = 1,
                          .bytes = 300};
  CHECK(unpacked_facts(packed(facts)) == facts);
  CHECK_FALSE(unpacked_facts(packed(facts).substr(1)).has_value());
  CHECK_FALSE(unpacked_facts("").has_value());
  CHECK_FALSE(unpacked_facts(std::string(40, '\x7f')).has_value());

  const Folder folder;
  RecorderOptions options;
  options.path = folder.file();
  options.body_limit = 20;
  Gate gate(options);
  for (const CallNumber number : {1U, 2U, 3U}) gate.recorder->append(started(number));
  CallFinished whole = finished(1), cut = finished(2, Outcome::Ok, R"({"content":[1,2,3,4,5]})");
  whole.facts = cut.facts = facts;
  gate.recorder->append(whole);
  gate.recorder->append(cut);
  gate.recorder->append(finished(3, Outcome::Denied));
  REQUIRE(gate.settle());
  const auto seen = [&](int number) {
    return look(folder.file(),
                "select typeof(seen) || coalesce(length(seen), '') from event where id % 2 = 1 "
                "order by id limit 1 offset " +
                    std::to_string(number - 1));
  };
  CHECK(seen(1) == "integer1");
  CHECK(seen(2) == "blob" + std::to_string(packed(facts).size()));
  CHECK(seen(3) == "integer1");
  const auto history = History::open(folder.file());
  REQUIRE(history);
  CHECK((*history)->show("1-1")->observed == true);
  CHECK_FALSE((*history)->show("1-1")->facts.has_value());
  CHECK((*history)->show("1-2")->facts == facts);
  CHECK((*history)->show("1-3")->observed == false);
}
