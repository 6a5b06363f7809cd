// The answers of clients to questions: they are recorded, and then sent to the child that asked.
#include "callgate/base/log.h"
#include "callgate/protocol/text.h"
#include "callgate/wire/edits.h"
#include "gate/call/answers.h"
#include "gate/call/guard_adapter.h"
#include "gate/child/child.h"
#include "gate/session/session.h"
#include "gate/state/returned_number.h"
#include "questions.h"
#include "rounds.h"

namespace callgate {

void Questions::refuse_asker(const Open& open, const std::string& why, std::string_view code_word) {
  if (!open.key.empty()) return core_.rounds->collected(open.call, open.key, "", why);
  core_.pool[open.child].send(write_error(open.child_id, ErrorCode::Internal, why, code_word));
}

void Questions::keep_answer(const Open& open, Value answer, const MessagePtr& message,
                            const std::string& why) {
  QuestionAnswered event{.number = open.question,
                         .session = open.session,
                         .server = core_.pool[open.child].config().name,
                         .method = open.method,
                         .call = open.call,
                         .action = "kept",
                         .because = why};
  if (answer) {
    event.answer = {.owner = message, .bytes = answer.raw()};
    event.wire = answer.raw();
  }
  core_.answers->record(std::move(event), {});
  core_.calls->person(open.call, false, core_.now.monotonic);
  refuse_asker(open, why, "question.unusable");
}

void Questions::unusable(Session& session, std::string_view id_text, const std::string& why) {
  const Result<MessagePtr> id_value = core_.walker.walk(std::string(id_text));
  if (!id_value) return;
  const std::optional<int64_t> id = returned_number((*id_value)->root());
  const auto found = id ? open_.find(*id) : open_.end();
  if (found == open_.end() || found->second.session != session.number() || found->second.answer)
    return;
  const Open open = std::move(found->second);
  open_.erase(found);
  keep_answer(open, Value(), nullptr, why);
}

void Questions::answered(Session& session, const Rpc& rpc, const MessagePtr& message) {
  const std::optional<int64_t> id = returned_number(rpc.id);
  const auto found = id ? open_.find(*id) : open_.end();
  if (found == open_.end() || found->second.session != session.number() || found->second.answer) {
    log::debug("a client answered a question that is not open; callgate drops the answer");
    return;
  }
  Open& open = found->second;
  if (const auto paused = core_.clients.decision(session.number(), session.client.name())) {
    const Open kept = std::move(open);
    open_.erase(found);
    return keep_answer(kept, rpc.kind == RpcKind::Answer ? rpc.result : rpc.error, message,
                       "callgate did not forward the client's answer: " + paused->because);
  }
  core_.calls->person(open.call, false, core_.now.monotonic);
  if (open.roots && rpc.kind == RpcKind::Answer) session.client.remember_roots(rpc.result);
  if (open.to_person && rpc.kind == RpcKind::Answer) core_.guard->user_acted(open.session);
  record_answer(*id, open, rpc, message);
}

void Questions::record_answer(int64_t id, Open& open, const Rpc& rpc, const MessagePtr& message) {
  open.message = message;
  open.answer = rpc;
  const bool refused = rpc.kind == RpcKind::ErrorAnswer;
  const Value answer = refused ? rpc.error : rpc.result;
  core_.answers->record({.number = open.question,
                         .session = open.session,
                         .server = core_.pool[open.child].config().name,
                         .method = open.method,
                         .call = open.call,
                         .action = refused ? "error" : answer_word(answer),
                         .answer = {.owner = message, .bytes = answer.raw()},
                         .wire = answer.raw()},
                        [this, id](const Error* failure) { answer_recorded(id, failure); });
}

void Questions::answer_recorded(int64_t id, const Error* failure) {
  const auto found = open_.find(id);
  if (found == open_.end()) return;  // the child that asked is gone
  const Open open = std::move(found->second);
  open_.erase(found);
  if (failure)
    return refuse_asker(
        open,
        "the client's answer could not be recorded, so it was not forwarded: " + failure->text(),
        "record.failed");
  give_back(open, *open.answer);
  if (open.remembered) core_.rounds->roots_given(core_.pool[open.child]);
}

void Questions::give_back(const Open& open, const Rpc& rpc) {
  if (!open.key.empty()) {
    const bool refused = rpc.kind == RpcKind::ErrorAnswer;
    const std::string why =
        refused ? "the client refused the server's question: " + rpc.error.find("message").text()
                : "";
    return core_.rounds->collected(open.call, open.key, refused ? "" : rpc.result.raw(), why);
  }
  Edits edits;
  edits.replace(rpc.id, open.child_id);
  Child& child = core_.pool[open.child];
  if (const Call* call = core_.calls->find(open.call); call && call->persons.unanswered == 0)
    child.requests.release(call->child_request(), child.config().call_timeout);
  if (!child.send(edits.apply(rpc.root)))
    log::warn("server '{}' does not read its input; callgate drops the answer to its question",
              child.config().name);
}

void Questions::give_remembered(Child& child, const Rpc& rpc, Session& session,
                                QuestionNumber question) {
  const Result<MessagePtr> answer =
      core_.walker.walk(write_answer(rpc.id.raw(), session.client.roots()));
  if (!answer) return;
  Open open{.child = child.number(),
            .session = session.number(),
            .child_id = std::string(rpc.id.raw()),
            .question = question,
            .method = std::string(kListRoots),
            .remembered = true};
  Open& kept = open_.emplace(++last_id_, std::move(open)).first->second;
  record_answer(last_id_, kept, *classify((*answer)->root()), *answer);
}

}  // namespace callgate
