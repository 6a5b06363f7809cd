// What all sessions know of an origin: its pauses and its outages.
#include <doctest/doctest.h>

#include "remote/web/origins.h"

using namespace callgate;

namespace {

WebUrl at(const std::string& host) {
  return {.text = "https://" + host + "/mcp", .scheme = "https", .host = host, .port = "443"};
}

}  // namespace

TEST_CASE("the longest pause of an origin counts, and ends") {
  Origins origins;
  const WebUrl a = at("a.test"), b = at("b.test");
  CHECK(origins.empty());
  origins.pause(a, Millis{100});
  origins.pause(a, Millis{50});
  CHECK_FALSE(origins.empty());
  CHECK(origins.pause_left(a, Millis{20}) == Millis{80});
  CHECK(origins.pause_left(b, Millis{20}) == Nanos{0});
  CHECK(origins.pause_left(a, Millis{100}) == Nanos{0});
  CHECK(origins.empty());
}

TEST_CASE("an origin is down after some failures in a row, and no other origin") {
  Origins origins;
  const WebUrl a = at("a.test"), b = at("b.test");
  for (int i = 1; i < Origins::kMostFailures; ++i) origins.failed(a, "it broke", Millis{i});
  CHECK(origins.outage(a, Millis{100}) == nullptr);
  origins.failed(a, "it broke again", Millis{100});
  const Origins::Outage* outage = origins.outage(a, Millis{101});
  REQUIRE(outage != nullptr);
  CHECK(outage->failures == Origins::kMostFailures);
  CHECK(outage->why == "it broke again");
  CHECK(outage->until == Millis{100} + Origins::kFirstWait);
  CHECK(origins.outage(b, Millis{101}) == nullptr);
  CHECK(origins.outage(a, outage->until - Nanos{1}) != nullptr);
  CHECK(origins.outage(a, outage->until) == nullptr);
}

TEST_CASE("an outage lasts twice as long after each failure, up to a limit") {
  Origins origins;
  const WebUrl a = at("a.test");
  Nanos now{};
  for (int i = 1; i < Origins::kMostFailures; ++i) origins.failed(a, "", now);
  for (const int seconds2 : {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
    CHECK(origins.outage(a, now) == nullptr);
    origins.failed(a, "", now);
    // Others that began before tell nothing new.
    origins.failed(a, "", now);
    REQUIRE(origins.outage(a, now) != nullptr);
    CHECK(origins.outage(a, now)->until == now + Millis{500} * seconds2);
    now = origins.outage(a, now)->until;
  }
}

TEST_CASE("an answer ends an outage and the count of failures") {
  Origins origins;
  const WebUrl a = at("a.test"), b = at("b.test");
  for (int i = 0; i < Origins::kMostFailures; ++i) {
    origins.failed(a, "", Nanos{1});
    origins.failed(b, "", Nanos{1});
  }
  origins.answered(a);
  CHECK(origins.outage(a, Nanos{1}) == nullptr);
  CHECK(origins.outage(b, Nanos{1}) != nullptr);
  for (int i = 1; i < Origins::kMostFailures; ++i) origins.failed(a, "", Nanos{1});
  CHECK(origins.outage(a, Nanos{1}) == nullptr);
  origins.answered(a);
  origins.answered(b);
  CHECK(origins.empty());
}
