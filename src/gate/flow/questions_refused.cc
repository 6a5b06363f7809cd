// Records refused questions, up to a limit: a server can cause refusals as fast as it can write.
#include "callgate/base/log.h"
#include "gate/call/answers.h"
#include "questions.h"

namespace callgate {

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
