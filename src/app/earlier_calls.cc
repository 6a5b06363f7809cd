#include "earlier_calls.h"

#include <fmt/core.h>

#include <memory>
#include <utility>

#include "callgate/io/work.h"
#include "callgate/protocol/text.h"
#include "callgate/protocol/translate.h"
#include "callgate/store/history.h"

namespace callgate {

namespace {

constexpr Millis kLookLimit{5'000};
using Request = SessionRemains::Request;

/// Tells the client in words, because the client's model decides what to do next.
EarlierCall answer_in_words(const Request& request, bool tool, Era era, const std::string& text) {
  if (tool) return {.answer = write_answer(request.id, write_tool_error(text, era))};
  return {.answer = write_error(request.id, ErrorCode::Internal, text, "gate.died"),
          .error = static_cast<int>(ErrorCode::Internal)};
}

std::string record_id(const Request& request) {
  return fmt::format("{}-{}", request.run, request.call);
}

EarlierCall answer_unknown(const Request& request, bool tool, Era era) {
  const std::string call = request.run == 0 ? "the call" : "call " + record_id(request);
  return answer_in_words(
      request, tool, era,
      fmt::format("It is unknown whether {} was carried out, because callgate's gate process died. "
                  "Check whether it has had its effect before you repeat it.",
                  call));
}

/// True if the record shows how the call ended. A retry has the answer to the earlier call, or no
/// answer if the client was told that the outcome is unknown.
bool has_ended(const CallRow& row) {
  if (row.outcome == Outcome::Repeated) return row.result_bytes > 0 || row.error_code;
  return row.outcome != Outcome::Pending && row.outcome != Outcome::Lost;
}

/// True if the record has the whole result as the server sent it.
bool is_whole(const CallRow& row) {
  return row.masked == 0 && !row.result.empty() && row.result.size() == row.result_bytes;
}

EarlierCall answer_ended(const Request& request, const CallRow& row, bool tool, Era era) {
  const bool has_result = row.outcome == Outcome::Ok || row.outcome == Outcome::ToolError ||
                          (row.outcome == Outcome::Repeated && !row.error_code);
  if (has_result && is_whole(row)) {
    std::string result = row.result;
    if (era == Era::Modern && result.find("\"resultType\"") == std::string::npos &&
        result.starts_with('{'))
      result.insert(1,
                    result == "{}" ? R"("resultType":"complete")" : R"("resultType":"complete",)");
    return {.answer = write_answer(request.id, result)};
  }
  if (!has_result && row.error_code)
    return {.answer = write_error(request.id, static_cast<ErrorCode>(*row.error_code), row.error,
                                  "gate.died"),
            .error = static_cast<int>(*row.error_code)};
  return answer_in_words(
      request, tool, era,
      fmt::format("Call {} has ended ({}), but callgate's gate process died before the "
                  "client got the result, and the record does not have the whole result. Do "
                  "not repeat the call only to see the result. `callgate history show {}` "
                  "has what was recorded.",
                  row.id, name(row.outcome), row.id));
}

EarlierCall look_up(History& history, const Request& request, Era era) {
  if (request.run == 0) return unknown_outcome(request);
  const Result<CallRow> row = history.show(record_id(request));
  if (!row) {
    if (row.error().code == "history.no_call") return {.state = EarlierCall::State::NotBegun};
    return unknown_outcome(request);
  }
  const bool tool = row->method == name(CallKind::Tool);
  EarlierCall call =
      has_ended(*row) ? answer_ended(request, *row, tool, era) : answer_unknown(request, tool, era);
  call.only_reads = row->method == name(CallKind::Resource) ||
                    row->method == name(CallKind::Prompt) ||
                    row->method == name(CallKind::Complete);
  return call;
}

std::vector<EarlierCall> look_up_all(const std::string& record,
                                     const std::vector<Request>& requests, Era era) {
  const Result<std::unique_ptr<History>> history = History::open(record);
  std::vector<EarlierCall> calls;
  for (const Request& request : requests)
    calls.push_back(history ? look_up(**history, request, era) : unknown_outcome(request));
  return calls;
}

}  // namespace

EarlierCall unknown_outcome(const Request& request) {
  return answer_unknown(request, false, Era::Legacy);
}

void find_earlier_calls(Loop& loop, const std::string& record, std::vector<Request> requests,
                        bool modern, std::function<void(std::vector<EarlierCall>)> done) {
  const Era era = modern ? Era::Modern : Era::Legacy;
  const auto found = std::make_shared<std::vector<EarlierCall>>();
  run_blocking(
      loop, Work::Short, kLookLimit,
      [found, record, requests, era] { *found = look_up_all(record, requests, era); },
      [found, requests, done = std::move(done)](bool finished) {
        if (finished) return done(std::move(*found));
        std::vector<EarlierCall> calls;
        for (const Request& request : requests) calls.push_back(unknown_outcome(request));
        done(std::move(calls));
      });
}

}  // namespace callgate
