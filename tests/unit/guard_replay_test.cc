// The same calls in the same order have the same findings: live among other sessions, alone, from
// the record, and without the later calls.
#include <random>

#include "callgate/guard/effect.h"
#include "callgate/guard/trace.h"
#include "callgate/wire/writer.h"
#include "guard_test.h"

using namespace callgate;

namespace {

struct Made {
  uint32_t session = 0;
  std::string tool, path, text;
  int number = 0;
  bool is_error = false;
  Nanos at{};
};

/// The arguments as the client sent them, or as they may come back: with members in another order,
/// other escapes and a reason.
std::string args_of(const Made& made, bool again) {
  const std::string path =
      again ? "\"\\u002f" + made.path.substr(1) + "\"" : "\"" + made.path + "\"";
  const std::string number = std::to_string(made.number);
  return again ? "{ \"reason\" : \"again\", \"n\":" + number + ",\"path\":" + path + "}"
               : "{\"path\": " + path + ", \"n\": " + number + "}";
}

std::vector<Finding> observe(Guard& guard, const Made& made, uint32_t call, bool again) {
  const MessagePtr args = walked(args_of(made, again));
  const Now now{made.at, std::chrono::duration_cast<Micros>(made.at)};
  GuardAnswer answer = read_text(made.text, made.is_error);
  if (again) {
    std::string json = R"({"content": [{"type": "text", "text": )" + quote(made.text) + "}]";
    answer = read_answer(walked(json + (made.is_error ? ", \"isError\": true}" : "}"))->root());
  }
  return guard
      .observe({made.session, "agent", "server", made.tool, args->root(),
                effect_of(made.tool, args->root(), std::nullopt), call, now},
               answer)
      .findings;
}

/// Sessions that alternate. Each has phases, and is stuck in some of them.
std::vector<Made> random_trace(uint32_t seed) {
  std::mt19937 random(seed);
  const auto below = [&random](uint32_t most) { return static_cast<uint32_t>(random() % most); };
  const char* const tools[] = {"read_file", "write_file", "search", "git_show", "bash"};
  const char* const texts[] = {"ok",
                               "Error: not found",
                               "Access denied",
                               "No matches found",
                               "[]",
                               "done in 2.1s",
                               "HTTP 503 Service Unavailable",
                               "status: running",
                               ""};
  std::vector<Made> trace;
  uint32_t phase = 0;
  for (int i = 0; i < 400; ++i) {
    if (below(25) == 0) phase = below(4);
    Made made;
    made.session = 1 + below(3);
    made.tool = tools[phase == 1 ? 0 : below(5)];
    made.path = "/" + std::string(1, static_cast<char>('a' + below(phase == 2 ? 2 : 20))) + "/" +
                std::to_string(below(phase == 1 ? 100'000 : 3));
    made.number = phase == 3 ? static_cast<int>(below(1'000'000)) : static_cast<int>(below(2));
    made.text = phase == 1 ? "Error: ENOENT: no such file or directory" : texts[below(9)];
    if (below(3) == 0) made.text += " " + std::to_string(below(1000));
    made.is_error = below(10) == 0;
    made.at =
        std::chrono::hours(400'000) + std::chrono::seconds(30 * i + static_cast<int>(below(20)));
    trace.push_back(made);
  }
  return trace;
}

std::vector<Finding> replay(const std::vector<Made>& trace, bool again, size_t count = SIZE_MAX) {
  Guard guard;
  std::vector<Finding> all;
  for (uint32_t i = 0; i < std::min(count, trace.size()); ++i)
    for (Finding& finding : observe(guard, trace[i], i, again)) all.push_back(std::move(finding));
  return all;
}

}  // namespace

TEST_CASE("live findings are the same as those of a replay from the record") {
  size_t found = 0;
  for (uint32_t seed = 0; seed < 40; ++seed) {
    const std::vector<Made> trace = random_trace(seed);
    const std::vector<Finding> live = replay(trace, false);
    CHECK(live == replay(trace, true));
    found += live.size();
  }
  CHECK(found > 100);
}

TEST_CASE("findings do not depend on later calls") {
  const std::vector<Made> trace = random_trace(99);
  const std::vector<Finding> all = replay(trace, false);
  for (size_t count = 0; count < trace.size(); count += 37) {
    const std::vector<Finding> part = replay(trace, false, count);
    REQUIRE(part.size() <= all.size());
    CHECK(std::equal(part.begin(), part.end(), all.begin()));
  }
}

TEST_CASE("sessions of other agents matter only for dead ends") {
  for (uint32_t seed = 0; seed < 10; ++seed) {
    const std::vector<Made> trace = random_trace(seed);
    const std::vector<Finding> all = replay(trace, false);
    for (uint32_t session = 1; session <= 3; ++session) {
      std::vector<Finding> among, alone;
      for (const Finding& finding : all)
        if (finding.session == session && finding.rule != GuardRule::DeadEnd)
          among.push_back(finding);
      Guard guard;
      for (uint32_t i = 0; i < trace.size(); ++i)
        if (trace[i].session == session)
          for (Finding& finding : observe(guard, trace[i], i, false))
            alone.push_back(std::move(finding));
      CHECK(among == alone);
    }
  }
}

TEST_CASE("evaluating a call before it is made changes no finding") {
  const std::vector<Made> trace = random_trace(5);
  Guard guard;
  std::vector<Finding> all;
  for (uint32_t i = 0; i < trace.size(); ++i) {
    const MessagePtr args = walked(args_of(trace[i], false));
    guard.before(
        {trace[i].session, "agent", "server", trace[i].tool, args->root(), Effect::Read, i, {}});
    for (Finding& finding : observe(guard, trace[i], i, false)) all.push_back(std::move(finding));
  }
  CHECK(all == replay(trace, false));
}

TEST_CASE("the sessions of a trace are replayed, and missing members get defaults") {
  std::string calls;
  for (int i = 0; i < 7; ++i)
    calls += std::string(i > 0 ? "," : "") + R"({"tool": "read_file", "args": {"path": "/)" +
             static_cast<char>('a' + i) + R"("}, "result": "Error: not found"})";
  const std::string trace = R"({"source": "x", "name": "one", "calls": [)" + calls + "]}";
  Guard guard;
  const ReplayedSession first = replay(guard, walked(trace)->root(), 1);
  CHECK(
      to_json({first}) ==
      R"({"sessions":[{"name":"one","alarms":[{"level":"soft","rule":"R3","call":5},{"level":"hard","rule":"R3","call":6}]}]})");
  std::vector<std::string> told;
  const ReplayedSession second =
      replay(guard, walked(trace)->root(), 2,
             [&](const Finding& finding) { told.push_back(name(finding.rule)); });
  REQUIRE(second.alarms.size() == told.size());
  CHECK(second.alarms[0].call == 0);
  CHECK(told[0] == "dead-end");
  CHECK(guard.sessions() == 0);
}

TEST_CASE("a malformed trace has no findings") {
  Guard guard;
  for (const char* json :
       {"{}", "[]", "7", R"({"calls": 7})",
        R"({"name": 7, "calls": [1, {"tool": 7}, {"tool": "x", "t": null, "result": null}]})"})
    CHECK(replay(guard, walked(json)->root(), 1).alarms.empty());
}

TEST_CASE("impossible times in a trace are harmless") {
  Guard guard;
  const std::string calls =
      R"({"tool": "x", "t": -1e99}, {"tool": "y", "t": 1e99}, {"tool": "z", "t": 1e999})";
  CHECK(replay(guard, walked("{\"calls\": [" + calls + "]}")->root(), 1).alarms.size() <= 3);
}
