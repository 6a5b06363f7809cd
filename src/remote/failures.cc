#include "failures.h"

#include <algorithm>
#include <utility>

#include "callgate/base/ascii.h"
#include "callgate/base/text.h"
#include "callgate/wire/http.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

constexpr size_t kLongestText = 300;
constexpr int kMethodNotFound = -32601;

bool begins_session(const GateMessage& message) {
  return message.method == "server/discover" || message.method == "initialize";
}

std::string one_line(std::string_view text) {
  text = trimmed(text);
  size_t most = std::min(text.size(), kLongestText);
  // A character of UTF-8 is not cut.
  while (most < text.size() && most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80)
    --most;
  std::string line(text.substr(0, most));
  std::replace_if(line.begin(), line.end(), is_control, ' ');
  return line;
}

/// Returns the first text of these members that the JSON object has.
std::string text_in_json(Value root) {
  const Value error = root.find("error");
  for (const Value text : {error.find("message"), root.find("error_description"),
                           root.find("message"), root.find("detail"), error}) {
    if (text.is_string()) return text.text();
  }
  return "";
}

std::string status_text(int status) {
  const std::string_view reason = http_reason(status);
  return std::to_string(status) + (reason.empty() ? "" : " " + std::string(reason));
}

struct StatusMeaning {
  int status;
  const char* word;
  const char* next;
};

constexpr StatusMeaning kMeanings[] = {
    {400, "remote.status", "see what the server says"},
    {401, "remote.sign_in",
     "correct the header Authorization in the server's entry, or remove it so that callgate can "
     "sign in"},
    {403, "remote.denied", "ask the server's operator for the permission"},
    {404, "remote.status", "check the server's url"},
    {405, "remote.status", "check the server's url and transport"},
    {406, "remote.status", "check the server's url and transport"},
    {413, "remote.too_large", "send less in one request"},
    {415, "remote.status", "check the server's url and transport"},
    {429, "remote.busy", "try again later"},
    {431, "remote.too_large", "send shorter fields or arguments"},
};

StatusMeaning meaning_of(int status) {
  for (const StatusMeaning& meaning : kMeanings) {
    if (meaning.status == status) return meaning;
  }
  return {status, "remote.status", status >= 500 ? "try again later" : "check the server's url"};
}

RemoteErrorCode code_of(const GateMessage& message, int status) {
  if (status == 401 || status == 408 || status == 425 || status == 429)
    return RemoteErrorCode::Unavailable;
  if (status < 500)
    return begins_session(message) && (status == 403 || status < 400) ? RemoteErrorCode::Unavailable
                                                                      : RemoteErrorCode::Refused;
  return message.repeatable() ? RemoteErrorCode::Unavailable : RemoteErrorCode::OutcomeUnknown;
}

/// The code from which the gate learns whether the server knows the revision.
int64_t rpc_code(const GateMessage& request, const RequestFailure& failure) {
  if (failure.server_code) return *failure.server_code;
  const bool says_unknown = failure.status >= 400 && failure.code == RemoteErrorCode::Refused;
  return begins_session(request) && says_unknown ? kMethodNotFound : static_cast<int>(failure.code);
}

}  // namespace

RequestFailure outcome_unknown(const std::string& what) {
  return {.error = {"remote.outcome_unknown",
                    what + ", so it is unknown whether the server executed the request",
                    "check the result before you repeat the request"},
          .code = RemoteErrorCode::OutcomeUnknown};
}

RequestFailure refused_by_status(const GateMessage& message, const WebAnswer& answer,
                                 const std::string& moved_to) {
  const StatusMeaning meaning = meaning_of(answer.status);
  const std::string text = text_of_body(answer);
  RequestFailure failure{.error = {meaning.word,
                                   "the server answered with status " + status_text(answer.status) +
                                       (text.empty() ? "" : ": " + text),
                                   meaning.next},
                         .code = code_of(message, answer.status),
                         .status = answer.status};
  if (!moved_to.empty())
    failure.error = {"remote.moved", "the server has moved to " + one_line(moved_to),
                     "if you trust that address, change the server's url"};
  if (failure.code == RemoteErrorCode::OutcomeUnknown)
    failure.error.message += "; it is unknown whether the server executed the request";
  return failure;
}

std::string failure_line(const GateMessage& request, const RequestFailure& failure) {
  const Error& error = failure.error;
  JsonWriter out;
  out.begin_object().key("jsonrpc").string("2.0").key("id").raw(request.id());
  out.key("error").begin_object().key("code").integer(rpc_code(request, failure));
  out.key("message").string(error.message + (error.next.empty() ? "" : "; " + error.next));
  out.key("data").begin_object().key("code").string(error.code);
  if (failure.status != 0) out.key("status").integer(failure.status);
  out.key("outcome").string(failure.code == RemoteErrorCode::OutcomeUnknown ? "unknown"
                                                                            : "not executed");
  if (failure.retry_after) out.key("retryAfterSeconds").integer(failure.retry_after->count());
  return out.end_object().end_object().end_object().take();
}

std::optional<std::string> server_error_line(Walker& walker, const GateMessage& request,
                                             const std::string& body, bool own_only) {
  const auto walked = walker.walk(body);
  if (!walked) return std::nullopt;
  const Value root = (*walked)->root();
  const Value error = root.find("error"), id = root.find("id");
  if (!error.find("code").integer() || !error.find("message").is_string()) return std::nullopt;
  if (same_id(id, request.rpc.id)) return std::string((*walked)->bytes());
  if (own_only || (id && !id.is(NodeKind::Null))) return std::nullopt;
  JsonWriter out;
  out.begin_object().key("jsonrpc").string("2.0").key("id").raw(request.id());
  return out.key("error").raw(error.raw()).end_object().take();
}

std::string text_of_body(const WebAnswer& answer) {
  const std::string type = lowered(answer.field("Content-Type").value_or(""));
  if (type.starts_with("text/html")) return "";
  Walker walker;
  if (const auto walked = walker.walk(answer.body)) {
    const std::string text = text_in_json((*walked)->root());
    if (!text.empty()) return one_line(text);
  }
  return answer.body.starts_with('<') ? "" : one_line(answer.body);
}

}  // namespace callgate
