// The guard's rules except dead-end, and what happens when a person clears or approves a finding.
#include "guard_test.h"

using namespace callgate;

namespace {

const std::string kArgs = R"({"command": "make check"})";
std::string text(int i) {
  return "line " + std::string(1 + i % 40, 'x') + " of number " + std::to_string(i) + " and more";
}

}  // namespace

TEST_CASE("repeated-call: the same call with the same answer is soft at three and hard at five") {
  GuardWorld w;
  CHECK(w.times(9, "run_command", kArgs, "2 problems") ==
        "3: repeated-call soft; 5: repeated-call hard");
  CHECK(w.findings.back().evidence == std::vector<uint32_t>{1, 2, 3, 4, 5});
  CHECK(w.findings.back().summary ==
        "run_command was called 5 times with the same arguments and gave the same answer, every 10 "
        "s \xC2\xB1 0");
}

TEST_CASE("an answer that changes is progress, even with the same arguments") {
  GuardWorld w;
  for (int i = 0; i < 200; ++i) CHECK(w.call("browser_snapshot", "{}", text(i)) == "");
}

TEST_CASE("a tool that returns the time has a new answer each time") {
  GuardWorld w;
  for (int i = 10; i < 40; ++i)
    CHECK(w.call("get_current_time", "{}",
                 R"({"timezone": "Europe/Berlin", "datetime": "2026-07-28T10:00:)" +
                     std::to_string(i) + R"(+02:00"})") == "");
}

TEST_CASE("a counter in the arguments does not hide a repetition") {
  GuardWorld w;
  std::string last;
  for (int i = 0; i < 5; ++i)
    last = w.call("run_command", R"({"command": "make", "attempt": )" + std::to_string(i) + "}",
                  "a b c");
  CHECK(last == "repeated-call hard");
}

TEST_CASE("the same read after a write causes no finding") {
  GuardWorld w;
  for (int i = 0; i < 40; ++i) {
    CHECK(w.read("/a", "same") == "");
    CHECK(w.call("write_file", R"({"path": "/b)" + std::to_string(i) + R"(", "content": "x"})",
                 "ok") == "");
  }
}

TEST_CASE("a loop of edits and tests is never hard, however long it is") {
  GuardWorld w;
  std::string all;
  for (int i = 0; i < 45; ++i) {
    all += w.call("edit_file", R"({"path": "/a", "new": ")" + std::to_string(i) + "\"}",
                  "The file has been updated.");
    all += w.call("run_tests", "{}", "1 failed, 4 passed in 2." + std::to_string(i) + "s");
  }
  CHECK(all == "repeated-call soft");
}

TEST_CASE(
    "a repeated read during progress is never hard, and writes with equal answers cause no "
    "finding") {
  GuardWorld w;
  std::string all;
  for (int i = 0; i < 60; ++i) {
    all += w.call("get_alerts", "{}", "[]");
    all += w.call("browser_click", R"({"ref": "e9"})", "Clicked");
    all += w.read("/f" + std::to_string(i), text(i));
  }
  CHECK(all == "repeated-call soft");
}

TEST_CASE("a write that repeats an earlier write does not count as a change") {
  GuardWorld w;
  std::string all;
  for (int i = 0; i < 5; ++i) {
    all += w.call("write_file", R"({"path": "/a", "content": "x"})", "ok") + ";";
    all += w.call("run_tests", "{}", "1 failed") + ";";
  }
  CHECK(all.find("repeated-call hard") != std::string::npos);
}

TEST_CASE("polling and retries of a busy server are never hard") {
  GuardWorld w;
  CHECK(w.times(200, "get_deployment", R"({"id": "d"})", R"({"status": "pending"})") ==
        "21: repeated-call soft");
  w.session = 2;
  CHECK(w.times(6, "search", R"({"q": "x"})", "HTTP 503 Service Unavailable") == "");
  w.session = 3;
  CHECK(w.times(200, "sleep", R"({"seconds": 60})", "done").find("hard") == std::string::npos);
}

TEST_CASE("the same answer of a reading tool is never hard, however often it comes") {
  for (const char* tool : {"git_status", "browser_snapshot", "read_graph", "lint", "run_linter",
                           "get_diagnostics", "typecheck"}) {
    CAPTURE(tool);
    GuardWorld w;
    CHECK(w.times(200, tool, "{}", "nothing to report") == "3: repeated-call soft");
  }
  GuardWorld w;
  std::string all;
  for (int i = 0; i < 100; ++i)
    all += w.call("lint", "{}", "no problems") + w.call("git_status", "{}", "2 files changed");
  CHECK(all.find("hard") == std::string::npos);
}

TEST_CASE("the same failure of a reading tool becomes hard") {
  GuardWorld w;
  CHECK(w.times(9, "git_status", "{}", "Error: not a git repository").find("hard") !=
        std::string::npos);
}

TEST_CASE("cycle: a repeated sequence of calls is soft after three rounds and hard after five") {
  GuardWorld w;
  std::string found;
  int rounds = 0;
  for (; rounds < 9 && found.find("cycle hard") == std::string::npos; ++rounds) {
    found.clear();
    for (const char* path : {"/a", "/b", "/c"})
      found += w.read(path, std::string("text of ") + path) + ";";
    if (rounds == 2) CHECK(found.find("cycle soft") != std::string::npos);
  }
  CHECK(rounds == 5);
}

TEST_CASE("cycle: a single repeated call is not a cycle, and a changed answer ends one") {
  GuardWorld w;
  CHECK(w.times(12, "read_file", R"({"path": "/a"})", "same").find("cycle") == std::string::npos);
  w.session = 2;
  std::string all;
  for (int i = 0; i < 12; ++i) all += w.read("/a", "same") + w.read("/b", text(i));
  CHECK(all.find("cycle") == std::string::npos);
}

TEST_CASE("guessing: seven guesses in a row are hard") {
  GuardWorld w;
  w.call("list_directory", R"({"path": "/src"})", "[FILE] main.cc\n[FILE] mailer.cc\n[DIR] net\n");
  for (int i = 0; i < 4; ++i) w.read("/src/" + std::string(1, static_cast<char>('a' + i)), text(i));
  std::string all;
  for (const char* name : {"mail", "mails", "maill", "mailing", "mailman", "mailbox", "mailerr"})
    all += w.fails(std::string("/src/") + name + ".cc") + ";";
  CHECK(all == ";;;;;guessing soft;guessing hard;");
  CHECK(w.findings.back().evidence.size() == 7);
  CHECK(w.findings.back().instead == "The last listing has: mailer.cc, main.cc, net.");
  CHECK(w.findings.back().summary.substr(0, 57) ==
        "7 of 7 different new calls of read_file failed, the last ");
}

TEST_CASE("guessing: a repeated failing call is not a new guess") {
  GuardWorld w;
  std::string all;
  for (int i = 0; i < 20; ++i) all += w.fails("/a");
  CHECK(all.find("guessing") == std::string::npos);
}

TEST_CASE("guessing: different failing calls are counted for each tool") {
  GuardWorld w;
  std::string all;
  for (int i = 0; i < 12; ++i) {
    const std::string path = std::string("/p") + static_cast<char>('a' + i);
    all += w.call(i % 2 == 0 ? "read_file" : "get_file_info", R"({"path": ")" + path + "\"}",
                  missing(path));
  }
  CHECK(all == "guessing softguessing soft");
  w.session = 2;
  all.clear();
  for (int i = 0; i < 13; ++i)
    all += w.call("search", R"({"q": ")" + std::string(1, static_cast<char>('a' + i)) + "\"}",
                  "No matches found");
  CHECK(all == "guessing soft");
}

TEST_CASE(
    "guessing: empty answers or shell errors alone are only soft, and a sweep causes no finding") {
  GuardWorld w;
  std::string all;
  for (int i = 0; i < 30; ++i)
    all +=
        w.call("search", R"({"q": ")" + std::string(static_cast<size_t>(i + 1), 'q') + "\"}", "[]");
  CHECK(all == "guessing soft");
  all.clear();
  w.session = 2;
  for (int i = 0; i < 13; ++i)
    all += w.call("python", R"({"code": ")" + std::string(static_cast<size_t>(i + 1), 'q') + "\"}",
                  "NameError: name 'x' is not defined");
  CHECK(all == "guessing soft");
  all.clear();
  w.session = 3;
  for (int i = 0; i < 60; ++i)
    all += w.call("get_issue", "{\"n\": " + std::to_string(1000 + i) + "}",
                  i % 3 == 0 ? "Issue not found" : text(i));
  CHECK(all == "");
}

TEST_CASE("mutated-id: six mutated identifiers are hard, whatever succeeds between them") {
  GuardWorld w;
  const std::string real = "3f2a9bc1d4e5f60718293a4b5c6d7e8f90a1b2c3";
  const auto show = [&](const std::string& sha, const std::string& answer) {
    return w.call("git_show", R"({"revision": ")" + sha + "\"}", answer);
  };
  show(real, "commit");
  std::string all;
  for (int i = 0; i < 6; ++i) {
    std::string wrong = real;
    wrong[static_cast<size_t>(5 + i)] = wrong[static_cast<size_t>(5 + i)] == '0' ? '1' : '0';
    all += show(wrong, "fatal: bad object " + wrong) + ";";
    show(real, text(i));
  }
  CHECK(all == ";;;mutated-id soft;;guessing soft, mutated-id hard;");
  CHECK(w.findings.back().instead ==
        "It differs from " + real + ", which exists, in 1 of 40 characters.");
}

TEST_CASE("mutated-id: a list of numbers of which some are missing is not a mutation") {
  GuardWorld w;
  std::string all;
  for (int i = 0; i < 100; ++i)
    all += w.call("get_order", R"({"order": )" + std::to_string(1'234'500 + i * 7 % 100) + "}",
                  i % 5 == 4 ? "Order not found" : text(i));
  CHECK(all.find("mutated-id") == std::string::npos);
}

TEST_CASE("no-progress: a window of calls without anything new causes a finding") {
  GuardWorld w;
  std::string all;
  for (int i = 0; i < 20; ++i) w.read("/" + std::string(1, static_cast<char>('a' + i)), text(i));
  for (int i = 0; i < 60; ++i)
    all +=
        w.read("/" + std::string(1, static_cast<char>('a' + i * 7 % 20)), text(i * 7 % 20)) + ";";
  CHECK(all.find("no-progress soft") != std::string::npos);
  CHECK(all.find("no-progress hard") > all.find("no-progress soft"));
}

TEST_CASE("no-progress: a finding needs a full window of calls without progress") {
  GuardWorld w;
  std::string all;
  for (int i = 0; i < 49; ++i)
    all +=
        w.call("query", R"({"q": ")" + std::string(static_cast<size_t>(i + 1), 'q') + "\"}", "[]");
  CHECK(all.find("no-progress") == std::string::npos);
  CHECK(w.call("query", R"({"q": "last"})", "[]").find("no-progress hard") != std::string::npos);
}

TEST_CASE("budget: a finding is soft at four fifths of a budget and hard at its end") {
  Thresholds t;
  t.budget_calls = 10;
  GuardWorld w(t);
  std::string all;
  for (int i = 0; i < 10; ++i) all += std::to_string(i + 1) + w.read("/" + text(i), text(i)) + ";";
  CHECK(all.find("8budget soft;") != std::string::npos);
  CHECK(all.find("10budget hard;") != std::string::npos);
  CHECK(w.findings.back().summary ==
        "10 calls without a pause of half an hour, 100 % of the budget of calls");
}

TEST_CASE(
    "budget: a pause or a person's answer begins a new budget, and twelve hours without one are "
    "too long") {
  GuardWorld w;
  w.step = std::chrono::minutes(29);
  std::string all;
  for (int i = 0; i < 24; ++i) all += w.read("/" + text(i), text(i));
  CHECK(all == "budget soft");
  w.guard.user_acted(w.session);
  for (int i = 0; i < 24; ++i) all += w.read("/b" + text(i), text(i));
  CHECK(all == "budget soft");
  for (int i = 0; i < 3; ++i) all += w.read("/c" + text(i), text(i));
  CHECK(all == "budget softbudget hard");
  w.session = 2;
  w.step = std::chrono::minutes(30);
  for (int i = 0; i < 60; ++i) CHECK(w.read("/d" + text(i), text(i)) == "");
}

TEST_CASE(
    "budget: the day's budget belongs to the agent and begins again when a person clears the "
    "finding") {
  Thresholds t;
  t.budget_calls_a_day = 10;
  GuardWorld w(t);
  w.guard.spent(w.agent, std::chrono::duration_cast<Micros>(w.now), 4);
  const auto reads = [&w](int from, int to) {
    std::string all;
    for (int i = from; i < to; ++i) {
      const std::string found = w.read("/" + text(i), text(i));
      if (!found.empty()) all += text(i) + " " + found + ";";
    }
    return all;
  };
  CHECK(reads(1, 7) == text(4) + " budget soft;" + text(6) + " budget hard;");
  const uint64_t day = w.findings.back().key;
  const uint32_t first = w.session;
  w.session = 2;
  CHECK(reads(7, 8) == text(7) + " budget hard;");
  w.guard.clear(first, GuardRule::Budget, day);
  w.session = 3;
  CHECK(reads(8, 15) == "");
  CHECK(reads(15, 16) == text(15) + " budget soft;");
}

TEST_CASE("a finding occurs once until it is cleared") {
  GuardWorld w;
  CHECK(w.times(20, "run_command", kArgs, "x") == "3: repeated-call soft; 5: repeated-call hard");
  w.guard.clear(w.session, GuardRule::Repeat, w.findings.back().key);
  CHECK(w.active.level == Level::Hard);
  CHECK(w.times(20, "run_command", kArgs, "x") == "3: repeated-call soft; 5: repeated-call hard");
}

TEST_CASE("an approval doubles the thresholds of that key in that session only") {
  GuardWorld w;
  w.times(5, "run_command", kArgs, "x");
  w.guard.approve(w.session, GuardRule::Repeat, w.findings.back().key);
  CHECK(w.times(12, "run_command", kArgs, "x") == "6: repeated-call soft; 10: repeated-call hard");
  CHECK(w.times(5, "run_command", R"({"command": "other"})", "y").find("5: repeated-call hard") !=
        std::string::npos);
  w.session = 2;
  CHECK(w.times(5, "run_command", kArgs, "x") == "3: repeated-call soft; 5: repeated-call hard");
}

TEST_CASE("a finding is active before each call that it concerns, until it expires") {
  GuardWorld w;
  w.times(5, "run_command", kArgs, "x");
  w.call("run_command", kArgs, "x");
  CHECK(w.active.level == Level::Hard);
  CHECK(w.active.rule == GuardRule::Repeat);
  CHECK(w.active.calls == 2);
  w.call("run_command", R"({"command": "other"})", "y");
  CHECK(w.active.level == Level::None);
  w.call("run_command", kArgs, "something else");
  CHECK(w.active.calls == 3);
  w.call("run_command", kArgs, "x");
  CHECK(w.active.level == Level::None);
}

TEST_CASE("a finding about guesses concerns new calls of its tool, but not known ones") {
  GuardWorld w;
  w.read("/known", "text");
  for (int i = 0; i < 7; ++i) w.fails("/guess" + std::string(static_cast<size_t>(i + 1), 'x'));
  w.read("/known", "text");
  CHECK(w.active.level == Level::None);
  w.fails("/another");
  CHECK(w.active.level == Level::Hard);
  CHECK(w.active.rule == GuardRule::Guess);
}
