#include "refusals.h"

#include "callgate/base/log.h"

namespace callgate {

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
  RefusalRows& rows = session.refusals.rows();
  if (rows.take(core_.now)) return true;
  if (rows.left_out() == 1)
    core_.deadlines.add(
        {.at = rows.sum_due(), .kind = Deadline::Kind::RefusedCalls, .owner = session.number()});
  if (rows.all_left_out() == 1) {
    log::warn(
        "the client '{}' makes too many refused calls to record each of them; callgate records the "
        "number of the others in one row",
        session.client.name());
    append_sum(
        session,
        "this session has too many refused calls to record each of them; after a minute, or when "
        "the session ends, callgate records the number of the others in one row");
  }
  return false;
}

void Refusals::sum_up(Session& session) {
  RefusalRows& rows = session.refusals.rows();
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
      .era = name(session.client.initialized() ? Era::Legacy : Era::Modern),
      .permission = Permission::Deny,
      .rule = "built-in: rows of refused calls",
      .because = "a session gets 1,000 rows of refused calls at once, then 20 a minute"});
  core_.record.append(CallFinished{
      .call = number, .at = core_.now.wall, .outcome = Outcome::Denied, .error = text});
}

}  // namespace callgate
