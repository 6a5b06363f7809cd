// The guard's part of the configuration file.
#include "config_test.h"

using namespace callgate;

namespace {

/// Parses a file that has this guard, and the servers `fs` and `ci`.
LoadedConfig with_guard(const std::string& guard) {
  return parsed(R"({"mcpServers": {"fs": {"command": "a"}, "ci": {"command": "b"}}, "guard": )" +
                guard + "}");
}

GuardConfig good(const std::string& guard) {
  const LoadedConfig loaded = with_guard(guard);
  CHECK(only_error(loaded) == "0 errors:");
  return loaded.config.guard;
}

}  // namespace

TEST_CASE("without a guard in the file, the guard only advises") {
  CHECK(parsed("{}").config.guard == GuardConfig{});
  CHECK(GuardConfig{}.ladder == std::vector<Step>{Step::Advise});
  CHECK(good("{}") == GuardConfig{});
}

TEST_CASE("the steps of a ladder are ordered from the weakest to the strongest") {
  CHECK(good(R"({"ladder": []})").ladder.empty());
  CHECK(good(R"({"ladder": ["observe", "advise", "delay", "ask", "block", "pause"]})").ladder ==
        std::vector<Step>{Step::Observe, Step::Advise, Step::Delay, Step::Ask, Step::Block,
                          Step::Pause});
  CHECK(has_error(with_guard(R"({"ladder": ["block", "advise"]})"),
                  "guard.ladder[1]: comes after a step that is not weaker"));
  CHECK(has_error(with_guard(R"({"ladder": ["advise", "advise"]})"), "guard.ladder[1]"));
  CHECK(has_error(with_guard(R"({"ladder": ["advice"]})"), "did you mean \"advise\""));
  CHECK(has_error(with_guard(R"({"ladder": "advise"})"), "guard.ladder: is a string"));
}

TEST_CASE("the older names of the guard's rules are accepted, but not next to the newer ones") {
  const GuardConfig config =
      good(R"({"rules": {"R1": {"soft": 4}, "R4": "off", "R6": {"soft": 0.2}, "R7": "off"},)"
           R"( "exempt": [{"tool": "fs__*", "rules": ["R1", "no-progress"]}]})");
  CHECK(config.rules[0].soft == 4);
  CHECK(config.rules[3].off);
  CHECK(config.rules[5].soft == 0.2);
  CHECK(config.rules[6].off);
  CHECK(config.exempt.at(0).rules == std::vector<GuardRule>{GuardRule::Repeat, GuardRule::Idle});
  CHECK(has_error(with_guard(R"({"rules": {"R1": "off", "repeated-call": "off"}})"),
                  "guard.rules.R1: is the same rule as \"repeated-call\""));
  CHECK(has_error(with_guard(R"({"rules": {"R9": "off"}})"), "guard.rules.R9"));
}

TEST_CASE("a rule is either off or has thresholds") {
  const GuardConfig guard = good(
      R"({"rules": {"repeated-call": {"soft": 4, "hard": 8}, "guessing": {"hard": 15.5}, "mutated-id": "off",)"
      R"( "no-progress": {"soft": 0.2, "hard": 0.1}, "budget": "off"}})");
  CHECK(guard.rules[0] == GuardConfig::Rule{.soft = 4, .hard = 8});
  CHECK(guard.rules[1] == GuardConfig::Rule{});
  CHECK(guard.rules[2] == GuardConfig::Rule{.hard = 15.5});
  CHECK(guard.rules[3] == GuardConfig::Rule{.off = true});
  CHECK(guard.rules[5] == GuardConfig::Rule{.soft = 0.2, .hard = 0.1});
  CHECK(guard.rules[6].off);
}

TEST_CASE("a threshold at its bound is accepted and one beyond is refused") {
  for (const char* value : {"1", "10000"})
    CHECK(good(R"({"rules": {"repeated-call": {"soft": )" + std::string(value) + "}}}")
              .rules[0]
              .soft);
  for (const char* value : {"0", "0.99", "10001", "1e999", "-3"})
    CHECK(has_error(
        with_guard(R"({"rules": {"repeated-call": {"soft": )" + std::string(value) + "}}}"),
        "is out of range; use a number from 1 to 10000"));
  CHECK(good(R"({"rules": {"no-progress": {"soft": 1, "hard": 0}}})").rules[5].hard == 0);
  CHECK(has_error(with_guard(R"({"rules": {"no-progress": {"soft": 1.01}}})"), "from 0 to 1"));
  CHECK(
      has_error(with_guard(R"({"rules": {"no-progress": {"soft": "0.3"}}})"), "must be a number"));
  CHECK(has_error(with_guard(R"({"rules": {"repeated-call": {"soft": 8, "hard": 4}}})"),
                  "guard.rules.repeated-call: reaches its hard threshold before its soft one"));
  CHECK(has_error(with_guard(R"({"rules": {"no-progress": {"soft": 0.1, "hard": 0.2}}})"),
                  "guard.rules.no-progress: reaches its hard threshold before its soft one"));
  CHECK(has_error(with_guard(R"({"rules": {"repeated-call": "on"}})"),
                  "must be \"off\" or an object"));
  CHECK(has_error(with_guard(R"({"rules": {"budget": {"soft": 1}}})"), "can only be \"off\""));
  CHECK(has_error(with_guard(R"({"rules": {"repeatedcall": "off"}})"),
                  "did you mean \"repeated-call\""));
}

TEST_CASE("a budget is an amount, off or null") {
  const GuardConfig::Budgets some =
      good(R"({"rules": {"budgets": {"calls": 100, "time": "2h", "bytes": "1GiB"}}})").budgets;
  CHECK(some.calls == 100);
  CHECK(some.time == Millis{7'200'000});
  CHECK(some.bytes == uint64_t{1} << 30);
  CHECK_FALSE(some.calls_a_day);
  const GuardConfig::Budgets none =
      good(R"({"rules": {"budgets": {"calls": "off", "time": null, "calls_a_day": "off"}}})")
          .budgets;
  CHECK(none.calls == 0);
  CHECK(none.time == Millis{0});
  CHECK(none.calls_a_day == 0);
  CHECK(
      good(R"({"rules": {"budgets": {"calls": 1, "time": "1m", "bytes": 1024}}})").budgets.calls ==
      1);
  CHECK(good(R"({"rules": {"budgets": {"calls": 1000000000, "time": "365d"}}})").budgets.time);
  CHECK(
      has_error(with_guard(R"({"rules": {"budgets": {"calls": 0}}})"), "budgets.calls: 0 is out"));
  CHECK(has_error(with_guard(R"({"rules": {"budgets": {"calls": 1000000001}}})"), "out of range"));
  CHECK(has_error(with_guard(R"({"rules": {"budgets": {"time": "59s"}}})"), "out of range"));
  CHECK(has_error(with_guard(R"({"rules": {"budgets": {"time": "366d"}}})"), "out of range"));
  CHECK(has_error(with_guard(R"({"rules": {"budgets": {"bytes": 1023}}})"), "out of range"));
  CHECK(has_error(with_guard(R"({"rules": {"budgets": {"call": 9}}})"), "did you mean \"calls\""));
}

TEST_CASE("an exemption names a tool, and exempts it from all rules or from some") {
  const GuardConfig guard = good(
      R"({"exempt": ["ci__wait_*", {"tool": "fs__*", "rules": ["repeated-call", "no-progress"]}]})");
  REQUIRE(guard.exempt.size() == 2);
  CHECK(guard.exempt[0] == GuardConfig::Exemption{.tool = "ci__wait_*", .rules = {}});
  CHECK(guard.exempt[1] ==
        GuardConfig::Exemption{.tool = "fs__*", .rules = {GuardRule::Repeat, GuardRule::Idle}});
  CHECK(has_error(with_guard(R"({"exempt": [{"rules": ["repeated-call"]}]})"),
                  "guard.exempt[0]: names no"));
  CHECK(has_error(with_guard(R"({"exempt": [{"tool": "fs__*", "rules": []}]})"), "rules is empty"));
  CHECK(has_error(with_guard(R"({"exempt": [{"tool": "fs__*", "rules": ["R8"]}]})"),
                  "is not one of"));
  CHECK(has_error(with_guard(R"({"exempt": [1]})"), "must be a name pattern or an object"));
  CHECK(has_error(with_guard(R"({"exempt": [""]})"), "the pattern is empty"));
}

TEST_CASE("the guard's patterns may name only configured servers, like those of rules") {
  CHECK(has_error(with_guard(R"({"exempt": ["fz__*"]})"),
                  "guard.exempt[0]: no server \"fz\" is configured; did you mean \"fs\"?"));
  CHECK(has_error(with_guard(R"({"exempt": [{"tool": "fz__*"}]})"), "guard.exempt[0] fz__*: no"));
  CHECK(has_error(with_guard(R"({"effects": {"cj__run": "read"}})"),
                  "guard.effects.cj__run: no server \"cj\" is configured; did you mean \"ci\"?"));
  CHECK(has_error(with_guard(R"({"exempt": ["ci"]})"), "for the whole server write \"ci__*\""));
  CHECK(good(R"({"exempt": ["*__wait", "mcp__ci__wait", "mcp__ci"]})").exempt.size() == 3);
}

TEST_CASE("a tool's effect is read or write") {
  const GuardConfig guard = good(R"({"effects": {"ci__run": "read", "fs__*": "write"}})");
  REQUIRE(guard.effects.size() == 2);
  CHECK(guard.effects[0] == GuardConfig::ToolEffect{.tool = "ci__run", .reads = true});
  CHECK(guard.effects[1] == GuardConfig::ToolEffect{.tool = "fs__*", .reads = false});
  CHECK(has_error(with_guard(R"({"effects": {"ci__run": "reads"}})"), "did you mean \"read\""));
  CHECK(has_error(with_guard(R"({"effects": {"": "read"}})"), "a pattern has 1 to 1024 bytes"));
  CHECK(good("{\"effects\": {\"" + std::string(1024, '*') + "\": \"read\"}}").effects.size() == 1);
  CHECK(has_error(with_guard("{\"effects\": {\"" + std::string(1025, '*') + "\": \"read\"}}"),
                  "a pattern has 1 to 1024 bytes"));
}

TEST_CASE("there are at most 1,000 exemptions") {
  const auto many = [](int count) {
    std::string all = "{\"exempt\": [";
    for (int i = 0; i < count; ++i) all += (i ? ",\"fs__" : "\"fs__") + std::to_string(i) + "\"";
    return with_guard(all + "]}");
  };
  CHECK(only_error(many(1000)) == "0 errors:");
  CHECK(has_error(many(1001), "holds 1001 patterns"));
}

TEST_CASE("dead ends have a number of days, and a known one can be blocked") {
  const GuardConfig guard = good(R"({"dead_ends": {"days": 30, "known": "block"}})");
  CHECK(guard.dead_end_days == 30);
  CHECK(guard.known == GuardConfig::KnownDeadEnd::Block);
  CHECK(good(R"({"dead_ends": {"days": 365}})").dead_end_days == 365);
  CHECK(has_error(with_guard(R"({"dead_ends": {"days": 0}})"), "out of range"));
  CHECK(has_error(with_guard(R"({"dead_ends": {"days": 366}})"), "out of range"));
  CHECK(has_error(with_guard(R"({"dead_ends": {"known": "blok"}})"), "did you mean \"block\""));
}

TEST_CASE("the error for an unknown key of the guard names the nearest key") {
  CHECK(has_error(with_guard(R"({"lader": []})"), "did you mean \"ladder\""));
  CHECK(has_error(with_guard("[]"), "guard: is a list, must be an object"));
}
