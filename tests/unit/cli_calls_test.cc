// How lists of calls show a call's time.
#include "cli/history/call_line.h"
#include "cli_test.h"

using namespace callgate;
using namespace std::chrono_literals;

namespace {

CallRow call(Nanos duration, Nanos waited) {
  CallRow row;
  row.id = "1-1";
  row.server = "fs";
  row.tool = "read";
  row.outcome = Outcome::Ok;
  row.duration = duration;
  row.waited = waited;
  return row;
}

bool shows(const CallRow& row, std::string_view text) {
  JsonReader reader;
  return call_table({}, {row}, Micros{}, "").find(text) != std::string::npos &&
         call_line({}, row, reader).find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("a wait of a second or more is shown after the server's time") {
  CHECK(shows(call(41'200ms, 40s), "1.2 s"));
  CHECK(shows(call(41'200ms, 40s), " + 40.0 s waiting"));
  CHECK(shows(call(1500ms, 1s), "500 ms"));
  CHECK(shows(call(1500ms, 1s), " + 1.0 s waiting"));
  CHECK_FALSE(shows(call(1500ms, 999ms), "waiting"));
}
