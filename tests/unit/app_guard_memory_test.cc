// The calls of the day that the record has for an agent.
#include "app/guard_memory.h"
#include "callgate/guard/guard.h"
#include "store_support.h"

using callgate::calls_of_day;
using callgate::memory_key;
using callgate::Micros;
using callgate::ObservedProcess;
using callgate::Permission;
using callgate::SessionOpened;

namespace {

constexpr Micros kNoon = std::chrono::hours(24 * 20'000 + 12);

SessionOpened known_as(const std::string& name, const std::string& token, ObservedProcess process) {
  return {.session = 0,
          .at = kNoon,
          .client_name = name,
          .process = std::move(process),
          .token = token};
}

/// Records a run in which each of these sessions has made two calls, the first of them yesterday,
/// and a third that was denied.
void run_of(const std::string& file, std::vector<SessionOpened> sessions) {
  store_test::Gate gate(file, callgate::Durability::Before, kNoon);
  for (uint32_t i = 0; i < sessions.size(); ++i) {
    sessions[i].session = i + 1;
    gate.recorder->append(sessions[i]);
  }
  uint32_t call = 0;
  for (const bool today : {false, true, true}) {
    for (uint32_t i = 0; i < sessions.size(); ++i) {
      auto started =
          store_test::started(++call, "{}", today ? kNoon : kNoon - std::chrono::hours(13));
      started.session = i + 1;
      started.permission =
          today && call > 2 * sessions.size() ? Permission::Deny : Permission::Allow;
      gate.recorder->append(started);
      gate.recorder->append(store_test::finished(call));
    }
  }
  REQUIRE(gate.settle());
}

}  // namespace

TEST_CASE("the calls of the day are counted by token or program, whatever name the client gives") {
  const store_test::Folder folder;
  const ObservedProcess codex{.pid = 8, .exe = "/usr/bin/codex"};
  const ObservedProcess by_shell{.pid = 9, .exe = "/bin/sh", .parents = {"8 /opt/bin/codex"}};
  const ObservedProcess node{.pid = 7, .exe = "/usr/bin/node"};
  const auto count = [&](const std::string& name, const std::string& token,
                         const std::string& program) {
    const auto calls = calls_of_day(folder.file(), memory_key(name, token, program), kNoon);
    REQUIRE(calls.ok());
    return *calls;
  };
  CHECK(count("one", "", "/usr/bin/codex") == 0);  // there is no record yet
  run_of(folder.file(),
         {known_as("one", "", codex), known_as("two", "", by_shell), known_as("one", "ci", {}),
          known_as("three", "ci", codex), known_as("one", "", node), known_as("two", "", node),
          known_as("one", "", {})});
  CHECK(count("one", "", "/usr/bin/codex") == 2);
  CHECK(count("another name", "", "/usr/bin/codex") == 2);
  CHECK(count("one", "", "/usr/bin/other") == 0);
  // If there is a token, it identifies the client, and the program does not.
  CHECK(count("another name", "ci", "") == 2);
  CHECK(count("one", "ci", "/usr/bin/other") == 2);
  CHECK(count("one", "other", "/usr/bin/codex") == 0);
  // An interpreter may run any program, so the name counts as well.
  CHECK(count("one", "", "/usr/bin/node") == 1);
  CHECK(count("two", "", "/usr/bin/node") == 1);
  CHECK(count("another name", "", "/usr/bin/node") == 0);
  // A client of which only the name is known.
  CHECK(count("one", "", "") == 1);
  CHECK(count("two", "", "") == 0);
  run_of(folder.file(), {known_as("four", "ci", node)});
  CHECK(count("one", "ci", "") == 3);  // the calls of all runs are counted
}
