// What a session can take at most, measured.
#include <cstdlib>
#include <new>

#include "guard_test.h"

namespace {

/// Live bytes that this program has asked for.
size_t live = 0;
constexpr size_t kHeader = alignof(std::max_align_t);

}  // namespace

void* operator new(size_t size) {
  auto* block = static_cast<char*>(std::malloc(size + kHeader));
  if (block == nullptr) std::abort();
  *reinterpret_cast<size_t*>(block) = size;
  live += size;
  return block + kHeader;
}
void operator delete(void* at) noexcept {
  if (at == nullptr) return;
  auto* block = static_cast<char*>(at) - kHeader;
  live -= *reinterpret_cast<size_t*>(block);
  std::free(block);
}
void operator delete(void* at, size_t) noexcept { operator delete(at); }

using namespace callgate;

namespace {

/// The worst: new tools, calls, identifiers, answers and listings, without end.
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

TEST_CASE("a session takes 64 KiB at most") {
  CHECK(Guard::session_bytes() <= Guard::kSessionBytes);
  GuardWorld w;
  w.guard.user_acted(1);
  const size_t before = live;
  for (uint32_t i = 1; i <= 20'000; ++i) hostile_call(w, i);
  MESSAGE("a session of 20,000 hostile calls takes ", live - before, " bytes");
  CHECK(live - before <= Guard::kSessionBytes);
  w.guard.session_gone(1);
  CHECK(live - before <= 2048);  // the agent's day
}

TEST_CASE("sessions are bounded: the one longest silent makes room") {
  GuardWorld w;
  for (uint32_t s = 1; s <= Guard::kSessions; ++s) w.session = s, w.read("/a", "x");
  CHECK(w.guard.sessions() == Guard::kSessions);
  w.session = 1;
  w.read("/a", "x");
  w.session = Guard::kSessions + 1;
  w.read("/a", "x");
  CHECK(w.guard.sessions() == Guard::kSessions);
  w.session = 1;
  CHECK(w.read("/a", "x") == "R1 soft");
  w.session = 2;
  w.read("/a", "x");
  CHECK(w.read("/a", "x") == "");
}

TEST_CASE("agents are bounded") {
  GuardWorld w;
  for (int i = 0; i < 1000; ++i) {
    w.agent = "agent " + std::to_string(i);
    w.session = 1;
    w.call("list_" + std::to_string(i), "{}", "x");
  }
  const size_t before = live;
  for (int i = 0; i < 1000; ++i) {
    w.agent = "other " + std::to_string(i);
    w.call("list_" + std::to_string(i), "{}", "x");
    w.findings.clear();
  }
  CHECK(live <= before + 4096);
}
