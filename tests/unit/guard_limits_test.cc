// Measures how much memory a session can take at most.
#include "guard_test.h"

// glibc's malloc reports how much it has allocated. Sanitizers replace it.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__GLIBC__) && !defined(SANITIZED) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#if __GLIBC_PREREQ(2, 33)
#include <malloc.h>
#define HAS_MALLINFO 1
#endif
#endif

using namespace callgate;

namespace {

/// Returns the allocated bytes, or 0 if malloc does not report them.
size_t live() {
#ifdef HAS_MALLINFO
  return mallinfo2().uordblks;
#else
  return 0;
#endif
}

/// Makes the call that needs the most memory: its tool, identifiers and answer are new each time.
void hostile_call(GuardWorld& w, uint32_t i) {
  const std::string n = std::to_string(i * 2654435761U);
  const std::string args =
      R"({"path": "/)" + n + std::string(300, 'p') + R"(", "id": "a1b2c3)" + n + "\"}";
  const bool missing_one = i % 3 == 0;
  w.call((missing_one ? "create_" : "list_") + n, args,
         missing_one ? "Error: not found " + n : n + std::string(5000, 'x'));
  w.findings.clear();
}

}  // namespace

TEST_CASE("a session needs at most 64 KiB") {
  // session.h checks the sum of the sizes of its tables. This measures the memory.
  GuardWorld w;
  w.guard.user_acted(1);
  const size_t before = live();
  for (uint32_t i = 1; i <= 20'000; ++i) hostile_call(w, i);
  MESSAGE("a session of 20,000 hostile calls takes ", live() - before, " bytes");
  CHECK(live() - before <= Guard::kSessionBytes);
  w.guard.session_gone(1);
  CHECK(live() - before <= 2048);  // the agent's daily budget
}

TEST_CASE("a session with few calls needs a tenth of that") {
  GuardWorld w;
  w.read("/a", "x");
  const size_t before = live();
  for (w.session = 2; w.session <= 101; ++w.session)
    for (int i = 0; i < 5; ++i) w.read("/a" + std::to_string(i), "x" + std::to_string(i));
  MESSAGE("a session of 5 calls takes ", (live() - before) / 100, " bytes");
  CHECK((live() - before) / 100 <= Guard::kSessionBytes / 10);
}

TEST_CASE("the number of sessions is bounded, and the one that is idle longest is dropped") {
  GuardWorld w;
  for (uint32_t s = 1; s <= Guard::kSessions; ++s) w.session = s, w.read("/a", "x");
  CHECK(w.guard.sessions() == Guard::kSessions);
  w.session = 1;
  w.read("/a", "x");
  w.session = Guard::kSessions + 1;
  w.read("/a", "x");
  CHECK(w.guard.sessions() == Guard::kSessions);
  w.session = 1;
  CHECK(w.read("/a", "x") == "repeated-call soft");
  w.session = 2;
  w.read("/a", "x");
  CHECK(w.read("/a", "x") == "");
}

TEST_CASE("the number of agents is bounded") {
  GuardWorld w;
  for (int i = 0; i < 1000; ++i) {
    w.agent = "agent " + std::to_string(i);
    w.session = 1;
    w.call("list_" + std::to_string(i), "{}", "x");
  }
  const size_t before = live();
  for (int i = 0; i < 1000; ++i) {
    w.agent = "other " + std::to_string(i);
    w.call("list_" + std::to_string(i), "{}", "x");
    w.findings.clear();
  }
  CHECK(live() <= before + 8192);
}
