// Answers that came after the end of their call, and calls that repeated an earlier one.
#include "callgate/store/findings.h"
#include "callgate/store/prune.h"
#include "store_support.h"

using namespace store_test;

namespace {

LateAnswer late_answer(CallNumber call, const std::string& result = R"({"content":["late"]})",
                       Micros at = wall()) {
  LateAnswer e;
  e.call = call;
  e.at = at;
  e.outcome = Outcome::Ok;
  if (!result.empty()) e.result = body(result);
  e.wire = e.result.bytes;
  return e;
}

// A call that its client cancelled.
void add_cancelled(Gate& gate, CallNumber call, Micros at = wall()) {
  gate.recorder->append(started(call, R"({"path":"/a"})", at));
  gate.recorder->append(finished(call, Outcome::Cancelled, "", at));
}

CallFinished repeated(CallNumber call, uint64_t earlier) {
  CallFinished e = finished(call, Outcome::Repeated);
  e.earlier = earlier;
  return e;
}

CallRow call_row(const std::string& path, const std::string& id) {
  const auto row = reader(path)->show(id);
  INFO((row ? std::string() : row.error().text()));
  REQUIRE(row);
  return *row;
}

std::string sql_row(const std::string& path, const std::string& statement) {
  const auto table = reader(path)->sql(statement, 1);
  INFO((table ? std::string() : table.error().text()));
  REQUIRE(table);
  std::string text;
  for (const auto& value : table->rows.at(0)) text += value.value_or("null") + " ";
  return text;
}

std::string listed(const std::string& path, HistoryFilter filter) {
  filter.limit = 0;
  filter.oldest_first = true;
  const auto page = reader(path)->list(filter);
  REQUIRE(page);
  std::string ids;
  for (const CallRow& row : page->calls) ids += row.id + (row.late ? "+late " : " ");
  return ids;
}

std::string found(const std::string& path, const std::string& text) {
  HistoryFilter filter;
  filter.grep = text;
  return listed(path, filter);
}

constexpr const char* kLateColumns =
    "select late_outcome, late_at, earlier, masked from calls where id = '1-1'";

}  // namespace

TEST_CASE("a late answer is read with its call, whose end stays as it was") {
  const Folder folder;
  {
    Gate gate(folder.file());
    add_cancelled(gate, 1, kBegin);
    gate.recorder->append(
        late_answer(1, R"({"content":["late"]})", kBegin + std::chrono::seconds(5)));
    LateAnswer second = late_answer(1, "{}");
    second.outcome = Outcome::ToolError;
    gate.recorder->append(second);
    gate.recorder->append(started(2));
    gate.recorder->append(finished(2, Outcome::Timeout, ""));
    LateAnswer error = late_answer(2, R"({"code":-1})");
    error.outcome = Outcome::RpcError;
    error.error_code = -1;
    error.error = "too busy";
    gate.recorder->append(error);
    gate.recorder->append(started(3));
    gate.recorder->append(finished(3));
  }
  const CallRow row = call_row(folder.file(), "1-1");
  CHECK(row.outcome == Outcome::Cancelled);
  CHECK(row.result.empty());
  CHECK(row.ended == kBegin);
  REQUIRE(row.late);
  CHECK(row.late->at == kBegin + std::chrono::seconds(5));
  CHECK(row.late->outcome == Outcome::Ok);  // of two answers, the first counts
  CHECK(row.late->result == R"({"content":["late"]})");
  CHECK(row.late->result_bytes == 20);
  CHECK(row.late->error.empty());
  CHECK_FALSE(row.late->error_code);
  const CallRow failed = call_row(folder.file(), "1-2");
  CHECK(failed.outcome == Outcome::Timeout);
  REQUIRE(failed.late);
  CHECK(failed.late->outcome == Outcome::RpcError);
  CHECK(failed.late->error == "too busy");
  CHECK(failed.late->error_code == -1);
  CHECK_FALSE(call_row(folder.file(), "1-3").late);
  CHECK(listed(folder.file(), {}) == "1-1+late 1-2+late 1-3 ");
  CHECK(sql_row(folder.file(), kLateColumns) == "ok 2023-11-14T22:13:25.000000Z null 0 ");
  CHECK(sql_row(folder.file(), "select group_concat(outcome) from calls") ==
        "cancelled,timeout,ok ");
  CHECK(look(folder.file(),
             "select count(*) from late_answer where length(digest) = 32 and "
             "length(wire) = 32") == "2");
}

TEST_CASE("late answers are listed in their order, from a time on, and by the filter of calls") {
  const Folder folder;
  const std::string path = folder.file();
  const auto late = [&](HistoryFilter filter, Micros since) {
    const auto rows = reader(path)->late_answers(filter, since);
    REQUIRE(rows);
    std::string ids;
    for (const CallRow& row : *rows) ids += row.id + (row.late ? " " : " without ");
    return ids;
  };
  {
    Gate gate(path);
    for (CallNumber call = 1; call <= 3; ++call) add_cancelled(gate, call, kBegin + Micros(call));
    gate.recorder->append(late_answer(1, "{}", kBegin + Micros(30)));
    gate.recorder->append(late_answer(2, R"("needle")", kBegin + Micros(20)));
    gate.recorder->append(late_answer(9, "{}", kBegin + Micros(20)));  // there is no such call
  }
  CHECK(late({}, {}) == "1-2 1-1 ");
  CHECK(late({}, kBegin + Micros(20)) == "1-2 1-1 ");
  CHECK(late({}, kBegin + Micros(21)) == "1-1 ");
  HistoryFilter filter;
  filter.grep = "needle";
  CHECK(late(filter, {}) == "1-2 ");
  filter = {};
  filter.since = kBegin + Micros(2);
  CHECK(late(filter, {}) == "1-2 ");
  filter = {};
  filter.until = kBegin + Micros(1);
  CHECK(late(filter, {}) == "1-1 ");
  filter = {};
  filter.outcomes = {Outcome::Ok};
  CHECK(late(filter, {}).empty());
  make_older(path, 8);
  CHECK(late({}, {}).empty());
}

TEST_CASE("a list without bodies has the outcome of a late answer, but not its text") {
  const Folder folder;
  {
    Gate gate(folder.file());
    add_cancelled(gate, 1);
    gate.recorder->append(late_answer(1));
  }
  const auto page = reader(folder.file())->list({});
  REQUIRE(page);
  REQUIRE(page->calls.at(0).late);
  CHECK(page->calls.at(0).late->result.empty());
  CHECK(page->calls.at(0).late->result_kept);
  HistoryFilter filter;
  filter.bodies = true;
  CHECK_FALSE(reader(folder.file())->list(filter)->calls.at(0).late->result.empty());
}

TEST_CASE("a late answer is masked, and cut at the limit of bodies") {
  const Folder folder;
  RecorderOptions options;
  options.path = folder.file();
  options.body_limit = 100;
  options.masker = [](std::string_view json, size_t) {
    MaskedText text{std::string(json), 0};
    for (size_t at; (at = text.text.find("hunter2")) != std::string::npos; ++text.masked)
      text.text.replace(at, 7, "[masked]");
    return text;
  };
  {
    Gate gate(options);
    for (CallNumber call = 1; call <= 3; ++call) add_cancelled(gate, call);
    LateAnswer secret = late_answer(1, R"({"password":"hunter2"})");
    secret.error = "login hunter2 refused";
    gate.recorder->append(secret);
    gate.recorder->append(late_answer(2, '"' + std::string(98, 'a') + '"'));
    gate.recorder->append(late_answer(3, '"' + std::string(99, 'a') + '"'));
  }
  const CallRow masked = call_row(folder.file(), "1-1");
  CHECK(masked.late->result == R"({"password":"[masked]"})");
  CHECK(masked.late->error == "login [masked] refused");
  CHECK(masked.late->masked == 2);
  CHECK(masked.masked == 2);
  CHECK(sql_row(folder.file(), "select masked from calls where id = '1-1'") == "2 ");
  const CallRow whole = call_row(folder.file(), "1-2"), cut = call_row(folder.file(), "1-3");
  CHECK(whole.late->result == '"' + std::string(98, 'a') + '"');
  CHECK(whole.late->result_bytes == 100);
  CHECK(cut.late->result.size() <= 100);
  CHECK(cut.late->result != '"' + std::string(98, 'a') + '"');
  CHECK(cut.late->result_bytes == 101);
}

TEST_CASE("a late answer is written after a large result of its call's end, and may be large too") {
  const Folder folder;
  {
    Gate gate(folder.file());
    gate.recorder->append(started(1));
    gate.recorder->append(finished(1, Outcome::Timeout, '"' + std::string(40'000, 'x') + '"'));
    gate.recorder->append(late_answer(1));
    add_cancelled(gate, 2);
    gate.recorder->append(late_answer(2, '"' + std::string(50'000, 'y') + '"'));
    CHECK(gate.settle());
    CHECK(count(folder.file(), "late_answer") == "2");
  }
  CHECK(call_row(folder.file(), "1-1").outcome == Outcome::Timeout);
  CHECK(call_row(folder.file(), "1-1").late);
  CHECK(call_row(folder.file(), "1-2").late->result.size() == 50'002);
}

TEST_CASE("a late answer may come after its call was filed and its texts were dropped") {
  const Folder folder;
  const std::string path = folder.file();
  {
    Gate gate(path);
    for (CallNumber call = 1; call <= 600; ++call) add_cancelled(gate, call);
    REQUIRE(gate.turn_until([&] { return count(path, "filed") == "1"; }));
    REQUIRE(prune(path, wall() + std::chrono::hours(1), PruneMode::Delete)->bodies == 1);
    gate.recorder->append(late_answer(7));
    REQUIRE(gate.settle());
    HistoryFilter filter;
    filter.outcomes = {Outcome::Cancelled};
    filter.after = "1-5";
    filter.before = "1-9";
    CHECK(listed(path, filter) == "1-6 1-7+late 1-8 ");
    CHECK(count(path, "filed") == "1");
  }
  const CallRow row = call_row(path, "1-7");
  CHECK_FALSE(row.args_kept);
  CHECK(row.late->result_kept);
  CHECK(row.late->result == R"({"content":["late"]})");
}

TEST_CASE("retention drops the text of a late answer, and keeps its row, size and digest") {
  const Folder folder;
  const Micros old = wall() - std::chrono::hours(24 * 10);
  {
    Gate gate(folder.file());
    add_cancelled(gate, 1, old);
    gate.recorder->append(late_answer(1, R"({"old":"late"})", old + Micros(1)));
    add_cancelled(gate, 2);
  }
  const auto dry = prune(folder.file(), wall() - std::chrono::hours(24), PruneMode::DryRun);
  REQUIRE(dry);
  CHECK(dry->bodies == 2);
  CHECK(dry->calls == 1);
  // A late answer alone makes its call one whose texts are dropped.
  look(folder.file(), "update event set body = null");
  const auto done = prune(folder.file(), wall() - std::chrono::hours(24), PruneMode::Delete);
  REQUIRE(done);
  CHECK(done->bodies == 2);
  CHECK(done->calls == 1);
  const CallRow row = call_row(folder.file(), "1-1");
  REQUIRE(row.late);
  CHECK(row.late->result.empty());
  CHECK_FALSE(row.late->result_kept);
  CHECK(row.late->result_bytes == 14);
  CHECK(look(folder.file(), "select length(digest) from late_answer") == "32");
  CHECK(found(folder.file(), R"("late")").empty());
}

TEST_CASE("the late answer of a call that the record does not have does no harm") {
  const Folder folder;
  {
    Gate gate(folder.file());
    gate.recorder->append(late_answer(9, R"({"content":["needle"]})"));
    gate.recorder->append(late_answer(0));
    add_cancelled(gate, 1);
  }
  CHECK(listed(folder.file(), {}) == "1-1 ");
  CHECK(found(folder.file(), "needle").empty());
  CHECK(reader(folder.file())->show("1-9").error().code == "history.no_call");
  CHECK(sql_row(folder.file(), "select count(*) from calls") == "1 ");
}

TEST_CASE("a search finds the text of a late answer, also if its call's block was written before") {
  const Folder folder;
  const std::string path = folder.file();
  Gate gate(path);
  for (CallNumber call = 1; call <= 1100; ++call) add_cancelled(gate, call);
  REQUIRE(gate.settle());
  REQUIRE(count(path, "text_block") == "2");
  CHECK(found(path, "needle").empty());
  LateAnswer error = late_answer(600, "");
  error.error = "a needle broke";
  for (const CallNumber call : {1U, 512U, 513U, 1100U})
    gate.recorder->append(late_answer(call, R"({"text":"Needle"})"));
  gate.recorder->append(error);
  REQUIRE(gate.settle());
  CHECK(found(path, "needle") == "1-1+late 1-512+late 1-513+late 1-600+late 1-1100+late ");
  CHECK(found(path, "nothing").empty());
}

TEST_CASE("a record of version 8 is read without late answers, and is migrated") {
  const Folder folder;
  const std::string path = folder.file();
  {
    Gate gate(path);
    add_cancelled(gate, 1, kBegin);
  }
  make_older(path, 8);
  CHECK(listed(path, {}) == "1-1 ");
  CHECK(call_row(path, "1-1").earlier.empty());
  CHECK(found(path, "/a") == "1-1 ");
  CHECK(sql_row(path, kLateColumns) == "null null null 0 ");
  CHECK(prune(path, wall(), PruneMode::DryRun)->calls == 1);
  CHECK(look(path, "pragma user_version") == "8");
  {
    Gate gate(path);
    CHECK(look(path, "pragma user_version") == "11");
    add_cancelled(gate, 1);
    gate.recorder->append(late_answer(1));
    REQUIRE(gate.settle());
    // A gate process of version 8 may still write its rows.
    look(path, "insert into event(id, at, session, target, ruling, size) values (" +
                   std::to_string(uint64_t{1} << 33 | 2 << 1) + ", 1, 1, 1, 1, 0)");
  }
  CHECK(call_row(path, "1-2").outcome == Outcome::Lost);
  CHECK_FALSE(call_row(path, "1-1").late);
  CHECK(call_row(path, "2-1").late);
}

TEST_CASE("a repeated call names the earlier call, and no sum has it") {
  const Folder folder;
  const std::string path = folder.file();
  const auto add_calls = [](Gate& gate) {
    gate.recorder->append(session());
    CallStarted start = started(1);
    start.touches = {{DataKind::Path, DataOp::Read, "/a"}};
    gate.recorder->append(start);
    gate.recorder->append(finished(1, Outcome::Timeout, ""));
    gate.recorder->append(late_answer(1));
    start.call = 2;
    gate.recorder->append(start);
    gate.recorder->append(repeated(2, uint64_t{1} << 32 | 1));
    gate.recorder->append(started(3));
    gate.recorder->append(finished(3));
  };
  {
    Gate gate(path);
    add_calls(gate);
    REQUIRE(gate.settle());
  }
  SUBCASE("from rows") { CHECK(count(path, "filed") == "0"); }
  SUBCASE("from filed calls") {
    Gate next(path);
    REQUIRE(next.turn_until([&] { return count(path, "filed") == "1"; }));
  }
  const CallRow row = call_row(path, "1-2");
  CHECK(row.outcome == Outcome::Repeated);
  CHECK(row.earlier == "1-1");
  CHECK(row.result == R"({"content":[]})");
  CHECK(call_row(path, "1-1").earlier.empty());
  HistoryFilter filter;
  filter.outcomes = {Outcome::Repeated};
  CHECK(listed(path, filter) == "1-2 ");
  CHECK(sql_row(path, "select outcome, earlier from calls where id = '1-2'") == "repeated 1-1 ");
  CHECK(sql_row(path, "select group_concat(outcome) from touched") == "timeout,repeated ");
  const auto stats = reader(path)->stats({});
  REQUIRE(stats);
  REQUIRE(stats->size() == 1);
  CHECK(stats->front().calls == 2);
  CHECK(stats->front().failed == 1);
  CHECK(stats->front().result_bytes == 14);
  CHECK(reader(path)->stats(filter)->empty());
  const auto touched = reader(path)->touched({});
  REQUIRE(touched);
  REQUIRE(touched->rows.size() == 1);
  CHECK(touched->rows[0].calls == 1);
  CHECK(touched->rows[0].last_call == "1-1");
  const auto report = reader(path)->report({});
  REQUIRE(report);
  CHECK(report->calls == OutcomeCounts{.ok = 1, .failed = 1, .denied = 0, .open = 0});
  REQUIRE(report->pairs.size() == 1);
  CHECK(report->pairs[0].touches.all() == 1);
  CHECK(report->tools.at(0).calls == 2);
}

TEST_CASE("the unanswered calls of a client in runs that are over") {
  const Folder folder;
  const std::string path = folder.file();
  const auto unanswered = [&](Micros since = Micros(0), uint64_t looked = 1000, size_t most = 10) {
    const auto is_theirs = [](const SessionOpened& one) { return one.client_name == "cursor"; };
    const auto calls = unanswered_calls(path, is_theirs, since, looked, most);
    REQUIRE(calls.ok());
    std::string ids;
    for (const UnansweredRow& each : *calls) {
      CHECK(each.session.profile == "reviewer");
      CHECK(each.session.process.cwd == "/home/me");
      ids += std::to_string(each.id >> 32) + "-" + std::to_string(each.id & UINT32_MAX) + " ";
    }
    return ids;
  };
  CHECK(unanswered().empty());  // there is no record
  const auto start = [](uint32_t call, CallKind kind = CallKind::Tool) {
    CallStarted e = started(call, R"({"n":1})", Micros(100 * call));
    e.session = call == 6 ? 2 : 1;
    e.kind = kind;
    e.permission = call == 5 ? Permission::Deny : Permission::Allow;
    return e;
  };
  const auto end = [](uint32_t call, Outcome outcome) {
    return finished(call, outcome, "", Micros(100 * call + 1));
  };
  {
    Gate gate(path);
    SessionOpened theirs{.session = 1, .at = Micros(1), .client_name = "cursor"};
    theirs.profile = "reviewer";
    theirs.process.cwd = "/home/me";
    gate.recorder->append(theirs);
    gate.recorder->append(SessionOpened{.session = 2, .at = Micros(1), .client_name = "codex"});
    for (uint32_t call = 1; call <= 9; ++call)
      gate.recorder->append(start(call, call == 7 ? CallKind::Prompt : CallKind::Tool));
    gate.recorder->append(end(1, Outcome::Lost));
    gate.recorder->append(end(2, Outcome::Timeout));
    gate.recorder->append(end(3, Outcome::Ok));
    for (uint32_t call = 4; call <= 7; ++call)
      gate.recorder->append(end(call, call == 5 ? Outcome::Denied : Outcome::Cancelled));
    CallFinished again = end(8, Outcome::Repeated);  // it repeats call 4, and 9 has no end
    again.earlier = uint64_t{1} << 32 | 4;
    gate.recorder->append(again);
    REQUIRE(gate.settle());
    CHECK(unanswered().empty());  // the run is not over
  }
  CHECK(unanswered() == "1-9 1-2 1-1 ");
  CHECK(unanswered(Micros(150)) == "1-9 1-2 ");
  CHECK(unanswered(Micros(0), 1000, 2) == "1-9 1-2 ");
  CHECK(unanswered(Micros(0), 3) == "1-9 ");
  {
    Gate next(path);
    next.recorder->append(RetriesEnded{.call = uint64_t{1} << 32 | 9, .at = wall()});
    next.recorder->append(RetriesEnded{.call = uint64_t{1} << 32 | 9, .at = wall()});
  }
  CHECK(unanswered() == "1-2 1-1 ");
  make_older(path, 9);
  CHECK(unanswered().empty());  // this version has not opened the record
  { const Gate next(path); }
  CHECK(unanswered() == "1-9 1-2 1-1 ");
}
