// How lists of calls show a call.
#include "cli/history/call_json.h"
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

TEST_CASE("a repeated call and a late answer are marked") {
  CallRow row = call(1ms, {});
  CHECK_FALSE(shows(row, "= repeated"));
  row.outcome = Outcome::Repeated;
  CHECK(shows(row, "= repeated"));
  CHECK(call_table({}, {row}, Micros{}, "").find("late") == std::string::npos);
  row.late = LateAnswerRow{.at = Micros(1), .outcome = Outcome::Ok, .result = R"({"n":"Needle"})"};
  CHECK(call_table({}, {row}, Micros{}, "").ends_with(" late\n"));
  row.masked = 2;
  CHECK(call_table({}, {row}, Micros{}, "").ends_with(" ~2 late\n"));
  CHECK(call_table({}, {row}, Micros{}, "needle").find("late result: ") != std::string::npos);
}

TEST_CASE("the line of a late answer has its outcome, and the time since the call began") {
  JsonReader reader;
  CallRow row = call(1ms, {});
  row.outcome = Outcome::Cancelled;
  row.late = LateAnswerRow{.at = row.at + Micros(2'500'000), .outcome = Outcome::ToolError};
  const std::string line = late_answer_line({}, row, reader);
  for (const char* part : {"1-1 ", "✗ tool error", "2.5 s", "fs.read (late answer)"})
    CHECK(line.find(part) != std::string::npos);
  CHECK(line.find("cancelled") == std::string::npos);
}

TEST_CASE("the JSON of a call has its late answer, or null") {
  JsonReader reader;
  CallRow row = call(1ms, {});
  CHECK(call_json(row).ends_with(
      R"("late_outcome":null,"late_at":null,"earlier":null,"account":null})"));
  CHECK(call_detail_json(row, {}, reader).find(R"("late":null)") != std::string::npos);
  row.earlier = "1-9";
  row.late = LateAnswerRow{.at = Micros(1'700'000'000'000'000),
                           .outcome = Outcome::RpcError,
                           .error_code = -32603,
                           .error = "no",
                           .result_bytes = 2,
                           .result = "{}"};
  CHECK(call_json(row).ends_with(
      R"("late_outcome":"rpc_error","late_at":"2023-11-14T22:13:20.000000Z","earlier":"1-9","account":null})"));
  const std::string late =
      R"("late":{"at":"2023-11-14T22:13:20.000000Z","outcome":"rpc_error","error_code":-32603,)"
      R"("error":"no","result":{},"result_kept":true,"result_bytes":2})";
  CHECK(call_detail_json(row, {}, reader).find(late) != std::string::npos);
}
