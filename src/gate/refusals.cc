// Refused calls: a client can make them as quickly as it writes, so a session has a bounded number
// of rows for them, and the rest is counted.
#include "call.h"
#include "call_kinds.h"
#include "callgate/base/log.h"
#include "callgate/protocol/modern.h"
#include "session.h"

namespace callgate {

namespace {
constexpr size_t kMethodShown = 256;  // of a method that nobody knows

CallKind asked_kind(Value method) {
  for (int i = 0; i < static_cast<int>(CallKind::Method); ++i)
    if (method.text_is(name(static_cast<CallKind>(i)))) return static_cast<CallKind>(i);
  return CallKind::Method;
}

/// What a request of any form asks for, as far as that can be read.
std::string wanted_name(CallKind kind, Value root) {
  const Value params = root.find("params");
  Value wanted = params.find("name");
  if (kind == CallKind::Resource || kind == CallKind::Subscribe || kind == CallKind::Unsubscribe)
    wanted = params.find("uri");
  if (kind == CallKind::Complete) {
    const Value ref = params.find("ref");
    wanted = ref.find("name") ? ref.find("name") : ref.find("uri");
  }
  if (kind == CallKind::Method) wanted = root.find("method");
  return wanted.is_string() ? wanted.text() : "(no name)";
}

}  // namespace

void Calls::refuse_method(Session& session, const Rpc& rpc, const MessagePtr& message) {
  const std::string method = rpc.method.text();
  Call& call = made(session, rpc, message, CallKind::Method,
                    {.subject = RuleSpec::Subject::Method, .name = method, .fault = ""});
  call.decision = {.verdict = Verdict::Deny,
                   .rule = "built-in: names of methods",
                   .because =
                       "MCP has no such request of a client, or has it in another era or "
                       "under another spelling"};
  fail(call, Outcome::Denied, ErrorCode::MethodNotFound,
       "method not found: " + method.substr(0, kMethodShown), "rpc.unknown_method");
}

void Calls::record_refused(Session& session, Value root, const MessagePtr& message, ErrorCode code,
                           const std::string& why) {
  const Era era = is_modern(root.find("params")) ? Era::Modern : Era::Legacy;
  if (!keeps_refusal(session, era)) return;
  const CallKind kind = asked_kind(root.find("method"));
  const std::string wanted = wanted_name(kind, root);
  const std::string_view id = root.find("id").raw();
  const Value params = root.find("params");
  CallStarted event{.call = ++last_,
                    .session = session.number(),
                    .at = core_.now.wall,
                    .kind = kind,
                    .server = "",
                    .tool = wanted,
                    .exposed = wanted,
                    .era = name(era),
                    .client_id = std::string(id.size() <= kLongestId ? id : std::string_view()),
                    .verdict = Verdict::Deny,
                    .rule = "built-in: form of requests",
                    .because = why};
  if (params) {
    event.args = {.owner = message, .bytes = params.raw()};
    event.wire = params.raw();
  }
  core_.record.append(std::move(event));
  core_.record.append(CallFinished{.call = last_,
                                   .at = core_.now.wall,
                                   .outcome = Outcome::Denied,
                                   .error_code = static_cast<int64_t>(code),
                                   .error = why});
}

bool Calls::keeps_refusal(Call& call) {
  Session* session = core_.session(call.session);
  if (!session || keeps_refusal(*session, call.client.era)) return true;
  call.unkept = true;
  return false;
}

bool Calls::keeps_refusal(Session& session, Era era) {
  if (session.keeps_refusal()) return true;
  if (session.unkept_refusals() == 1) {
    log::warn("{} calls of the client '{}' were refused in one session; more are only counted",
              kKeptRefusals, session.client_name());
    append_unkept(session.number(), era,
                  "refused calls of this session have no rows from here on; how many there were is "
                  "said at its end");
  }
  return false;
}

void Calls::report_unkept(const Session& session) {
  append_unkept(session.number(), session.initialized() ? Era::Legacy : Era::Modern,
                std::to_string(session.unkept_refusals()) +
                    " more calls of this session were refused; they have no rows of their own");
}

void Calls::append_unkept(SessionNumber session, Era era, const std::string& text) {
  const CallNumber number = ++last_;
  core_.record.append(CallStarted{.call = number,
                                  .session = session,
                                  .at = core_.now.wall,
                                  .kind = CallKind::Method,
                                  .server = "",
                                  .tool = "(refused calls)",
                                  .exposed = "(refused calls)",
                                  .era = name(era),
                                  .verdict = Verdict::Deny,
                                  .rule = "built-in: rows of refused calls",
                                  .because = "a session has " + std::to_string(kKeptRefusals)});
  core_.record.append(CallFinished{
      .call = number, .at = core_.now.wall, .outcome = Outcome::Denied, .error = text});
}

}  // namespace callgate
