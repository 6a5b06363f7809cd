// Times in the fields of answers.
#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "callgate/wire/web.h"

using namespace callgate;
using std::chrono::seconds;

namespace {

std::optional<seconds> waits(const std::string& field, const std::string& date = "") {
  WebAnswer answer{.status = 429, .fields = {{"Retry-After", field}}, .body = ""};
  if (!date.empty()) answer.fields.emplace_back("DATE", date);
  return retry_after(answer, seconds(784111777));
}

}  // namespace

TEST_CASE("a time in the format of HTTP is read, and nothing else is taken for one") {
  CHECK(read_http_time("Sun, 06 Nov 1994 08:49:37 GMT") == seconds(784111777));
  CHECK(read_http_time("Thu, 01 Jan 1970 00:00:00 GMT") == seconds(0));
  CHECK(read_http_time("Sat, 29 Feb 2020 23:59:60 GMT") == seconds(1583020800));
  for (const char* bad : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                          "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 nov 1994 08:49:37 GMT",
                          "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
                          "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
                          "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Nov -994 08:49:37 GMT",
                          "Sun, 06 Nov 1994 08.49:37 GMT", "Sun, +6 Nov 1994 08:49:37 GMT",
                          "Sun, 06 Nov 1994 08:49:-7 GMT", "Sun,  6 Nov 1994 08:49:37 GMT"})
    CHECK_FALSE(read_http_time(bad));
}

TEST_CASE("Retry-After is a number of seconds or a time, and at most a day") {
  CHECK(waits("0") == seconds(0));
  CHECK(waits("120") == seconds(120));
  CHECK(waits("86400") == seconds(86400));
  CHECK(waits("86401") == seconds(86400));
  CHECK(waits("99999999999999999999") == seconds(86400));
  CHECK(waits("Sun, 06 Nov 1994 08:50:37 GMT") == seconds(60));
  CHECK(waits("Sun, 06 Nov 1994 08:48:37 GMT") == seconds(0));
  CHECK(waits("Sun, 06 Nov 2094 08:48:37 GMT") == seconds(86400));
  for (const char* bad : {"", "-1", "1.5", "soon", "1 "}) CHECK_FALSE(waits(bad));
  CHECK_FALSE(retry_after({}, seconds(0)));
}

TEST_CASE("a time in Retry-After is compared with the server's own time") {
  CHECK(waits("Sun, 06 Nov 1994 09:00:07 GMT", "Sun, 06 Nov 1994 08:59:37 GMT") == seconds(30));
  CHECK(waits("Sun, 06 Nov 1994 08:50:37 GMT", "yesterday") == seconds(60));
}
