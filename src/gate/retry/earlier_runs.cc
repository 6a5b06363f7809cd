#include "earlier_runs.h"

#include "callgate/protocol/text.h"

namespace callgate {

std::optional<LeftCall> left_in_earlier_run(const UnansweredCall& call,
                                            const std::string& memory_key, const RetryRules& rules,
                                            Walker& walker) {
  using State = LeftCall::State;
  const Result<MessagePtr> args = walker.walk(call.args.empty() ? "{}" : call.args);
  if (!args || !rules.can_be_retried(call, (*args)->root())) return std::nullopt;
  const Value given = call.args.empty() ? Value() : (*args)->root();
  LeftCall left{.id = call.id,
                .client = client_identity(memory_key, call.profile, call.folder),
                .last_session = 0,
                .key = retry_key(call.server, call.tool, given),
                .at = call.at,
                .state = call.late ? State::Answered : State::Unknown,
                .server = call.server,
                .tool = call.tool};
  if (call.result.empty()) return left;
  Result<MessagePtr> answer = walker.walk(write_answer("0", call.result));
  if (!answer) return std::nullopt;
  // Only results of modern servers have the member `resultType`.
  left.era = (*answer)->root().find("result").find("resultType") ? Era::Modern : Era::Legacy;
  left.answer = *answer;
  return left;
}

}  // namespace callgate
