// Refused calls: a client can make them as quickly as it writes, so a session has a bounded number
// of rows for them, and the rest is counted.
#include "call.h"
#include "call_kinds.h"
#include "callgate/base/log.h"
#include "session.h"

namespace callgate {

namespace {
constexpr size_t kMethodShown = 256;  // of a method that nobody knows
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

bool Calls::keeps_refusal(Call& call) {
  Session* session = core_.session(call.session);
  if (!session || session->keeps_refusal()) return true;
  call.unkept = true;
  if (session->unkept_refusals() == 1) {
    log::warn("{} calls of the client '{}' were refused in one session; more are only counted",
              kKeptRefusals, session->client_name());
    append_unkept(call.session, call.client.era,
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
