#include <random>

#include "../bench/week.h"
#include "store/filed/filed.h"
#include "store/filed/text_blocks.h"
#include "store_support.h"

using namespace store_test;

namespace {

using Random = std::mt19937;

bool file_all(Gate& gate, const std::string& path, const std::string& stretches) {
  return gate.turn_until([&] { return count(path, "filed") == stretches; });
}

const char* const kServers[] = {"fs", "github", "git", "web"};
const char* const kTools[] = {"read_file", "write_file", "search"};
const char* const kClients[] = {"claude-code", "cursor", "codex"};
const char* const kPlaces[] = {"/home/me/a", "/home/me/b", "/home/me/ab", "/etc", "/home/me/a/c"};
const Outcome kEnds[] = {Outcome::Ok,        Outcome::Ok,        Outcome::Ok,
                         Outcome::ToolError, Outcome::Denied,    Outcome::RpcError,
                         Outcome::Timeout,   Outcome::Cancelled, Outcome::Repeated};

template <size_t size>
const char* one_of(Random& random, const char* const (&all)[size]) {
  return all[random() % size];
}

DataItem touch(Random& random) {
  if (random() % 4 == 0)
    return {DataKind::Url, DataOp::Read, "https://host/" + std::to_string(random() % 9)};
  return {DataKind::Path, static_cast<DataOp>(random() % 3),
          std::string(one_of(random, kPlaces)) + "/" + std::to_string(random() % 20)};
}

// A text with words that several calls have; in some calls it is longer than a text block collects.
std::string json_text(Random& random) {
  static const char* const kWords[] = {"alpha", "BETA", "gamma", "Stra\u00dfe", "x"};
  std::string text = one_of(random, kWords);
  if (random() % 10 == 0) text += "-" + std::to_string(random() % 40);
  if (random() % 50 == 0) text.insert(0, TextBlocks::kLongestText - random() % 20, '.');
  return R"({"text":")" + text + R"("})";
}

// Adds calls one after the other. Some have no end, and some ends come late.
void add_calls(Gate& gate, Random& random, CallNumber calls, Micros from) {
  for (SessionNumber number = 1; number <= 3; ++number) {
    SessionOpened e = session(number);
    e.client_name = one_of(random, kClients);
    e.profile = random() % 2 == 0 ? "" : "reviewer";
    gate.recorder->append(e);
  }
  std::vector<CallFinished> later;
  Micros at = from;
  for (CallNumber call = 1; call <= calls; ++call) {
    at += Micros(random() % 2'000'000);
    CallStarted start = started(call, json_text(random), at);
    start.session = SessionNumber(1 + random() % 3);
    start.server = one_of(random, kServers);
    start.tool = one_of(random, kTools);
    start.exposed = start.server + "__" + start.tool;
    for (auto i = random() % 3; i > 0; --i) start.touches.push_back(touch(random));
    gate.recorder->append(start);
    CallFinished end =
        finished(call, kEnds[random() % std::size(kEnds)], json_text(random), at + Micros(500));
    if (random() % 30 == 0) end.error = "no such DELTA";
    end.duration = Nanos(random() % 9'000'000);
    if (random() % 3 == 0) end.touches.push_back(touch(random));
    if (random() % 200 == 0) continue;  // the call never ends
    if (random() % 20 == 0) {
      later.push_back(end);
    } else {
      gate.recorder->append(end);
    }
    if (call % 50 == 0) REQUIRE(gate.settle());
  }
  for (const CallFinished& end : later) gate.recorder->append(end);
  REQUIRE(gate.settle());
}

HistoryFilter random_filter(Random& random, const std::vector<std::string>& ids) {
  HistoryFilter f;
  const auto some = [&] { return random() % 3 == 0; };
  if (some())
    f.servers = {std::vector<std::string>{"fs", "git*", "none", "?s", "github"}[random() % 5]};
  if (some())
    f.tools = {std::vector<std::string>{"read_file", "*_file", "web__*", "x"}[random() % 4]};
  if (some()) f.clients = {one_of(random, kClients), "c*x"};
  if (some()) f.profiles = {random() % 2 == 0 ? "reviewer" : ""};
  if (some()) f.sessions = {"2-" + std::to_string(1 + random() % 4), "1-*"};
  if (some()) f.outcomes = {static_cast<Outcome>(random() % 9), static_cast<Outcome>(random() % 9)};
  if (some()) f.since = kBegin + std::chrono::seconds(random() % 3000);
  if (some()) f.until = kBegin + std::chrono::seconds(random() % 4000);
  if (some()) f.before = ids[random() % ids.size()];
  if (some()) f.after = ids[random() % ids.size()];
  static const char* const kTexts[] = {"ALPHA", "beta-7", "gamma-3", "delta", "stra\u00dfe-",
                                       "ta",    "...x",   "zeta",    "a-1"};
  if (some()) f.grep = one_of(random, kTexts);
  f.limit = random() % 2 == 0 ? 0 : 1 + random() % 60;
  f.oldest_first = random() % 2 == 0;
  return f;
}

std::string text_of(const Result<History::Page>& page) {
  REQUIRE(page);
  std::string text = page->next + ":";
  for (const CallRow& row : page->calls)
    text += " " + row.id + "/" + row.server + "/" + name(row.outcome);
  return text;
}

std::string text_of(const Result<std::vector<ToolStats>>& stats) {
  REQUIRE(stats);
  std::string text;
  for (const ToolStats& s : *stats)
    for (const uint64_t each :
         {s.calls, s.failed, s.denied, static_cast<uint64_t>(s.p50.count()),
          static_cast<uint64_t>(s.p95.count()), static_cast<uint64_t>(s.longest.count()),
          s.args_bytes, s.result_bytes})
      text += s.server + s.tool + std::to_string(each) + " ";
  return text;
}

TouchedFilter random_touched(Random& random) {
  TouchedFilter f;
  f.by = static_cast<TouchedFilter::By>(random() % 3);
  const auto some = [&] { return random() % 3 == 0; };
  if (some()) f.since = kBegin + std::chrono::seconds(random() % 3000);
  if (some()) f.until = kBegin + std::chrono::seconds(random() % 4000);
  if (some()) f.clients = {"c*"};
  if (some()) f.servers = {"git*", "fs"};
  if (some()) f.op = static_cast<DataOp>(random() % 3);
  if (some()) f.under = one_of(random, kPlaces);
  if (some()) f.limit = 1 + random() % 20;
  return f;
}

}  // namespace

TEST_CASE("packed calls are unpacked unchanged, with gaps, many sessions and accessed data") {
  Random random(7);
  for (const uint32_t kinds : {1u, 5u, 400u}) {
    std::vector<FiledCall> calls;
    for (CallNumber call = 512; call < 1024; ++call) {
      if (random() % 5 == 0) continue;
      calls.push_back({.id = started_id(3, call),
                       .at = kBegin.count() + static_cast<int64_t>(random() % 1000) - 500,
                       .session = static_cast<uint32_t>(random() % kinds),
                       .target = static_cast<int64_t>(random() % kinds) << 20,
                       .outcome = static_cast<Outcome>(random() % 8),
                       .busy = static_cast<int64_t>(random()) - 1000,
                       .args_bytes = random(),
                       .result_bytes = random() % 300,
                       .touched = random() % 2 == 0 ? "\x05" : ""});
    }
    const FiledRow row = pack(calls);
    CHECK(row.id == started_id(3, 512));
    CHECK(row.last == call_of(calls.back().id));
    FiledKinds read;
    std::vector<FiledCall> back;
    REQUIRE(unpack(row.id, row.last, row.calls, row.figures, row.touched, read, back));
    REQUIRE(back.size() == calls.size());
    for (size_t i = 0; i < back.size(); ++i) {
      CHECK(back[i].id == calls[i].id);
      CHECK(back[i].at == calls[i].at);
      CHECK(back[i].session == calls[i].session);
      CHECK(back[i].target == calls[i].target);
      CHECK(back[i].outcome == calls[i].outcome);
      CHECK(back[i].busy == calls[i].busy);
      CHECK(back[i].args_bytes == calls[i].args_bytes);
      CHECK(back[i].result_bytes == calls[i].result_bytes);
      CHECK(back[i].touched == calls[i].touched);
    }
  }
}

TEST_CASE("damaged columns are refused, whatever their content") {
  Random random(11);
  std::vector<FiledCall> calls;
  for (CallNumber call = 1; call < 40; ++call)
    calls.push_back(
        {.id = started_id(1, call), .at = call, .session = call % 3, .touched = "\x05"});
  const FiledRow row = pack(calls);
  FiledKinds read;
  std::vector<FiledCall> back;
  for (const std::string FiledRow::*column :
       {&FiledRow::calls, &FiledRow::figures, &FiledRow::touched}) {
    for (size_t size = 0; size < (row.*column).size(); ++size) {
      FiledRow cut = row;
      (cut.*const_cast<std::string FiledRow::*>(column)).resize(size);
      CHECK_FALSE(unpack(cut.id, cut.last, cut.calls, cut.figures, cut.touched, read, back));
    }
  }
  CHECK_FALSE(unpack(row.id, row.last + 1, row.calls, row.figures, row.touched, read, back));
  CHECK_FALSE(unpack(row.id, 512, row.calls, row.figures, row.touched, read, back));
  for (int i = 0; i < 20'000; ++i) {  // each may be refused or not, but must not crash
    FiledRow wrong = row;
    for (std::string* column : {&wrong.calls, &wrong.figures, &wrong.touched})
      if (random() % 2 == 0) (*column)[random() % column->size()] = static_cast<char>(random());
    unpack(wrong.id, wrong.last, wrong.calls, wrong.figures, wrong.touched, read, back);
  }
}

TEST_CASE("a gate files the calls of a stretch when all of them have ended, and not earlier") {
  const Folder folder;
  Gate gate(folder.file());
  gate.recorder->append(session());
  for (CallNumber call = 1; call <= 600; ++call) {
    gate.recorder->append(started(call));
    if (call != 17) gate.recorder->append(finished(call));
  }
  REQUIRE(gate.settle());
  REQUIRE(gate.turn_until([&, turns = 0]() mutable { return ++turns > 5; }));
  CHECK(count(folder.file(), "filed") == "0");
  gate.recorder->append(finished(17, Outcome::Timeout));
  REQUIRE(file_all(gate, folder.file(), "1"));
  CHECK(look(folder.file(), "select last from filed") == "511");
  HistoryFilter filter;
  filter.outcomes = {Outcome::Timeout};
  CHECK(text_of(reader(folder.file())->list(filter)) == ": 1-17/fs/timeout");
}

TEST_CASE("filing does not wake an idle gate") {
  const Folder folder;
  Gate gate(folder.file());
  for (CallNumber call = 1; call <= 511; ++call) {
    gate.recorder->append(started(call));
    gate.recorder->append(finished(call));
  }
  REQUIRE(file_all(gate, folder.file(), "1"));
  REQUIRE(gate.settle());
  int woken = 0;
  for (bool more = true; more && woken < 100; woken += more) {
    const Millis wait = gate.flush();
    more = gate.posts.run_one(wait == Millis{0} ? Millis{100} : wait) || wait != Millis{0};
  }
  CHECK(woken < 10);  // only for work that had begun
}

TEST_CASE("the next gate files all calls of ended runs, also in older records") {
  const Folder folder;
  {
    Gate first(folder.file(), Durability::Before, kBegin);
    Random random(1);
    add_calls(first, random, 1200, kBegin);
  }
  make_older(folder.file(), 5);
  const std::string before = text_of(reader(folder.file())->stats({}));
  Gate next(folder.file());
  REQUIRE(next.turn_until([&] { return count(folder.file(), "run where filed = 1") == "1"; }));
  CHECK(count(folder.file(), "filed") == "3");
  CHECK(look(folder.file(), "select max(last) from filed") == "1200");
  CHECK(text_of(reader(folder.file())->stats({})) == before);
}

TEST_CASE("calls of a run that only seemed dead are filed again with its later calls") {
  const Folder folder;
  Gate gate(folder.file());
  gate.recorder->append(session());
  for (CallNumber call = 1; call <= 100; ++call) {
    gate.recorder->append(started(call));
    gate.recorder->append(finished(call));
  }
  REQUIRE(gate.settle());
  look(folder.file(), "update run set ended = 1, how = 'dead'");
  {
    Gate other(folder.file());
    REQUIRE(file_all(other, folder.file(), "1"));
  }
  CHECK(look(folder.file(), "select last from filed") == "100");
  for (CallNumber call = 101; call <= 511; ++call) {
    gate.recorder->append(started(call));
    gate.recorder->append(finished(call, Outcome::Denied));
  }
  HistoryFilter filter;
  filter.outcomes = {Outcome::Denied};
  filter.limit = 0;
  REQUIRE(
      gate.turn_until([&] { return look(folder.file(), "select max(last) from filed") == "511"; }));
  CHECK(reader(folder.file())->list(filter)->calls.size() == 411);
}

TEST_CASE("filed calls give the same answers as rows, with open and lost calls and several runs") {
  const Folder folder;
  const std::string path = folder.file();
  Random random(42);
  {
    Gate first(path, Durability::Before, kBegin);
    add_calls(first, random, 1200, kBegin);
  }
  Gate second(path, Durability::Before, kBegin), third(path, Durability::Before, kBegin);
  add_calls(second, random, 620, kBegin + std::chrono::seconds(300));
  add_calls(third, random, 540, kBegin + std::chrono::seconds(100));
  REQUIRE(second.turn_until([&] { return count(path, "run where filed = 1") == "1"; }));
  REQUIRE(count(path, "filed") != "0");

  std::vector<std::string> ids;
  HistoryFilter everything;
  everything.limit = 0;
  const auto all = reader(path)->list(everything);
  REQUIRE(all);
  for (const CallRow& row : all->calls) ids.push_back(row.id);
  REQUIRE(ids.size() == 2360);

  std::vector<HistoryFilter> filters;
  std::vector<TouchedFilter> touched_filters;
  std::vector<std::string> pages, sums;
  std::vector<Touched> touched;
  const auto filed = reader(path);
  for (int i = 0; i < 400; ++i) {
    filters.push_back(random_filter(random, ids));
    pages.push_back(text_of(filed->list(filters.back())));
    sums.push_back(text_of(filed->stats(filters.back())));
    touched_filters.push_back(random_touched(random));
    const auto one = filed->touched(touched_filters.back());
    REQUIRE(one);
    touched.push_back(*one);
  }
  look(path, "update filed set figures = x'ff' where id % 4096 = 0");  // damaged stretches
  const auto damaged = reader(path);
  for (size_t i = 0; i < filters.size(); i += 10) {
    CHECK(text_of(damaged->stats(filters[i])) == sums[i]);
    CHECK(damaged->touched(touched_filters[i])->rows == touched[i].rows);
  }
  CHECK(std::stoi(count(path, "text_block")) >= 3);
  look(path, "delete from filed; delete from text_block");
  const auto rows = reader(path);
  for (size_t i = 0; i < filters.size(); ++i) {
    INFO(i);
    CHECK(text_of(rows->list(filters[i])) == pages[i]);
    CHECK(text_of(rows->stats(filters[i])) == sums[i]);
    const auto one = rows->touched(touched_filters[i]);
    REQUIRE(one);
    CHECK(one->rows == touched[i].rows);
    CHECK(one->more == touched[i].more);
  }
}

TEST_CASE("the filed calls of a week give the same answers as rows") {
  const Folder folder;
  const std::string path = folder.file();
  REQUIRE(bench::fill_week(path, 20'000, wall()));
  {
    Gate last(path, Durability::Before, wall());  // it files the rest
    REQUIRE(last.turn_until(
        [&] { return count(path, "run where filed is null and ended is not null") == "0"; }));
  }
  CHECK(count(path, "finding") >= "60");
  std::vector<std::string> answers;
  for (int round = 0; round < 2; ++round) {
    std::string text;
    const auto history = reader(path);
    HistoryFilter filter;
    text += text_of(history->stats(filter));
    filter.clients = {"goose"};
    filter.outcomes = {Outcome::Cancelled};
    text += text_of(history->list(filter));
    filter.servers = {"figma"};
    filter.limit = 0;
    text += text_of(history->list(filter));
    filter.tools = {"none"};
    text += text_of(history->list(filter));
    for (const auto by :
         {TouchedFilter::By::Agent, TouchedFilter::By::Server, TouchedFilter::By::Path}) {
      TouchedFilter wanted;
      wanted.by = by;
      const auto touched = history->touched(wanted);
      REQUIRE(touched);
      for (const TouchedRow& row : touched->rows)
        text += row.name + std::to_string(row.items) + "/" + std::to_string(row.calls) + "/" +
                std::to_string(row.touches.all()) + "/" + row.last_call + " ";
    }
    answers.push_back(std::move(text));
    look(path, "delete from filed");
  }
  CHECK(answers[0].size() > 40'000);
  CHECK((answers[0] == answers[1]));
}
