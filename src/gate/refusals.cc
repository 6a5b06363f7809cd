// Records refused calls and questions. A peer can cause refusals as fast as it can write. So each
// session and each server gets only a limited number of rows of refusals in a given time, and all
// other refusals are only counted.
#include "refusals.h"

#include "answers.h"
#include "call_endings.h"
#include "call_flow.h"
#include "call_kinds.h"
#include "callgate/base/fold.h"
#include "callgate/base/log.h"
#include "callgate/protocol/methods.h"
#include "callgate/protocol/modern.h"
#include "child.h"
#include "questions.h"
#include "session.h"

namespace callgate {

namespace {
constexpr size_t kMethodShown = 256;  // bytes of an unknown method
constexpr std::string_view kNoSession = "built-in: requests without a session";

CallKind asked_kind(Value method) {
  for (int i = 0; i < static_cast<int>(CallKind::Method); ++i)
    if (method.text_is(name(static_cast<CallKind>(i)))) return static_cast<CallKind>(i);
  return CallKind::Method;
}

/// Returns the member with this key, or else a member whose key some readers treat as the same.
Value any_spelling(Value object, std::string_view key) {
  if (!object.is_object()) return {};
  if (const Value exact = object.find(key)) return exact;
  for (const Value member : object)
    if (equal_folded(member.key(), key)) return member;
  return {};
}

/// True if some reader could take the message for a request that asks a server for something.
bool may_ask_a_server(Value root) {
  if (!root.is_object()) return false;
  for (const Value member : root)
    if (equal_folded(member.key(), "method") && member.is_string() && asks_a_server(member.text()))
      return true;
  return false;
}

/// Returns the name, URI or method that a refused request asks for, or "(no name)" if it can't be
/// read.
std::string wanted_name(CallKind kind, Value params, Value method) {
  Value wanted = any_spelling(params, "name");
  if (kind == CallKind::Resource || kind == CallKind::Subscribe || kind == CallKind::Unsubscribe)
    wanted = any_spelling(params, "uri");
  if (kind == CallKind::Complete) {
    const Value ref = any_spelling(params, "ref");
    wanted = ref.find("name") ? ref.find("name") : ref.find("uri");
  }
  if (kind == CallKind::Method) wanted = method;
  return wanted.is_string() ? wanted.text() : "(no name)";
}

RefusedRequest read_refused(Value root, Value method, const MessagePtr& message) {
  const Value params = any_spelling(root, "params");
  const std::string_view id = any_spelling(root, "id").raw();
  const CallKind kind = asked_kind(method);
  return {.kind = kind,
          .wanted = wanted_name(kind, params, method),
          .id = std::string(id.size() <= kLongestId ? id : std::string_view()),
          .params = params,
          .message = message,
          .era = is_modern(params) ? Era::Modern : Era::Legacy};
}

}  // namespace

// Each request of a batch that may ask a server for something gets a row.
void Session::record_refused(Value root, const MessagePtr& message, ErrorCode code,
                             const std::string& why) {
  if (!root.is_array()) {
    if (opened_ || may_ask_a_server(root)) record_item(root, message, code, why);
    return;
  }
  for (const Value item : root)
    if (may_ask_a_server(item)) record_item(item, message, code, why);
}

// A notification asks for nothing, and a message without a method may be an answer: neither gets a
// row.
void Session::record_item(Value root, const MessagePtr& message, ErrorCode code,
                          const std::string& why, std::string_view rule) {
  const Value method = any_spelling(root, "method");
  if (!method.is_string() || !any_spelling(root, "id")) return;
  RefusedRequest request = read_refused(root, method, message);
  if (!rule.empty())
    request.rule = rule;
  else if (!opened_)
    request.rule = kNoSession;
  if (!recorded_) append_opened("", "");
  core_.refusals->record(*this, request, code, why);
}

void Session::turn_away(const Rpc& rpc, const MessagePtr& message, ErrorCode code,
                        const std::string& why, std::string_view code_word, std::string_view rule) {
  if (may_ask_a_server(rpc.root)) record_item(rpc.root, message, code, why, rule);
  fail(now_asked(rpc), code, why, code_word);
}

void Session::record_refused(const std::string& name, ErrorCode code, const std::string& why) {
  if (!recorded_) append_opened("", "");
  core_.refusals->record(*this, {.wanted = name, .rule = std::string(kNoSession)}, code, why);
}

void Refusals::refuse_method(Session& session, const Rpc& rpc, const MessagePtr& message) {
  const std::string method = rpc.method.text();
  Call& call =
      core_.calls->add(session.number(), CallKind::Method, RuleSpec::Subject::Method, core_.now);
  call.exposed = method;
  core_.flow->read(call, rpc, message, session);
  call.decision = {.permission = Permission::Deny,
                   .rule = "built-in: names of methods",
                   .because =
                       "MCP defines no such request for clients, or only in another era or with "
                       "another spelling"};
  core_.endings->fail(call, Outcome::Denied, ErrorCode::MethodNotFound,
                      "method not found: " + method.substr(0, kMethodShown), "rpc.unknown_method");
}

void Refusals::record(Session& session, const RefusedRequest& request, ErrorCode code,
                      const std::string& why) {
  if (!gets_row(session)) return;
  const CallNumber number = core_.calls->next_number();
  CallStarted event{.call = number,
                    .session = session.number(),
                    .at = core_.now.wall,
                    .kind = request.kind,
                    .server = "",
                    .tool = request.wanted,
                    .exposed = request.wanted,
                    .era = name(request.era),
                    .client_id = request.id,
                    .permission = Permission::Deny,
                    .rule = request.rule,
                    .because = why};
  if (request.params) {
    event.args = {.owner = request.message, .bytes = request.params.raw()};
    event.wire = request.params.raw();
  }
  core_.record.append(std::move(event));
  core_.record.append(CallFinished{.call = number,
                                   .at = core_.now.wall,
                                   .outcome = Outcome::Denied,
                                   .error_code = static_cast<int64_t>(code),
                                   .error = why});
}

bool Refusals::gets_row(Call& call) {
  Session* session = core_.session(call.session);
  if (!session || gets_row(*session)) return true;
  call.rows.left_out = true;
  return false;
}

bool Refusals::gets_row(Session& session) {
  RefusalRows& rows = session.refusal_rows();
  if (rows.take(core_.now)) return true;
  if (rows.left_out() == 1)
    core_.deadlines.add(
        {.at = rows.sum_due(), .kind = Deadline::Kind::RefusedCalls, .owner = session.number()});
  if (rows.all_left_out() == 1) {
    log::warn(
        "the client '{}' makes too many refused calls to record each of them; callgate records the "
        "number of the others in one row",
        session.client_name());
    append_sum(
        session,
        "this session has too many refused calls to record each of them; after a minute, or when "
        "the session ends, callgate records the number of the others in one row");
  }
  return false;
}

void Refusals::sum_up(Session& session) {
  RefusalRows& rows = session.refusal_rows();
  if (rows.left_out() == 0) return;
  core_.deadlines.remove(
      {.at = rows.sum_due(), .kind = Deadline::Kind::RefusedCalls, .owner = session.number()});
  append_sum(session, rows.take_sum("calls of this session were refused"));
}

void Refusals::append_sum(const Session& session, const std::string& text) {
  const CallNumber number = core_.calls->next_number();
  core_.record.append(CallStarted{
      .call = number,
      .session = session.number(),
      .at = core_.now.wall,
      .kind = CallKind::Method,
      .server = "",
      .tool = "(refused calls)",
      .exposed = "(refused calls)",
      .era = name(session.initialized() ? Era::Legacy : Era::Modern),
      .permission = Permission::Deny,
      .rule = "built-in: rows of refused calls",
      .because = "a session gets 1,000 rows of refused calls at once, then 20 a minute"});
  core_.record.append(CallFinished{
      .call = number, .at = core_.now.wall, .outcome = Outcome::Denied, .error = text});
}

bool Questions::keeps_refusal(const Child& child) {
  const ServerIndex whose = child.configured();
  RefusalRows& rows = refusal_rows_[whose];
  if (rows.take(core_.now)) return true;
  if (rows.left_out() == 1)
    core_.deadlines.add(
        {.at = rows.sum_due(), .kind = Deadline::Kind::RefusedQuestions, .owner = whose});
  if (rows.all_left_out() == 1)
    log::warn(
        "server '{}' asks too many refused questions to record each of them; callgate records the "
        "number of the others in one row",
        child.config().name);
  return false;
}

void Questions::sum_refused(ServerIndex server) {
  RefusalRows& rows = refusal_rows_[server];
  if (rows.left_out() == 0) return;
  core_.deadlines.remove(
      {.at = rows.sum_due(), .kind = Deadline::Kind::RefusedQuestions, .owner = server});
  core_.record.append(Question{.number = core_.answers->next(),
                               .session = 0,
                               .at = core_.now.wall,
                               .server = core_.registry[server].name,
                               .method = "(refused questions)",
                               .permission = Permission::Deny,
                               .rule = "built-in: rows of refused questions",
                               .because = rows.take_sum("questions of this server were refused")});
}

void Questions::shut_down() {
  for (const auto& [server, rows] : refusal_rows_) sum_refused(server);
}

}  // namespace callgate
