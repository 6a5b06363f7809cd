// Input that a server needs from the client while a task runs. The gate treats this input like any
// other question. Source: extension io.modelcontextprotocol/tasks, `inputRequests` and
// tasks/update.
#include <functional>
#include <memory>

#include "gate/call/answers.h"
#include "gate/call/calls.h"
#include "gate/call/guard_adapter.h"
#include "gate/child/child.h"
#include "gate/session/session.h"
#include "questions.h"
#include "tasks.h"

namespace callgate {

namespace {
constexpr size_t kMostInputs = 256;  // per task; the client does not see more
}  // namespace

// Decides on each question and removes the refused questions from the answer. A client that polls
// the task gets the same questions again and again, so each question is decided only once.
void Tasks::evaluate_inputs(Task& task, Value state, const MessagePtr& message, Edits& edits) {
  const Value requests = state.find("inputRequests");
  if (!requests.is_object()) return;
  for (const Value request : requests) {
    const std::string key = request.key();
    const size_t hash = std::hash<std::string_view>()(request.raw());
    const auto known = task.inputs.find(key);
    if (known == task.inputs.end() || known->second.hash != hash) {
      Call* call = core_.calls->find(task.call);
      const bool room = known != task.inputs.end() || task.inputs.size() < kMostInputs;
      if (!call || !room) {
        edits.drop(request);
        continue;
      }
      const QuestionDecision decision = core_.questions->evaluate_for(*call, request, message);
      task.inputs[key] = {.hash = hash, .refused = !decision.why.empty()};
      if (decision.why.empty())
        task.asked[key] = {.number = decision.question, .method = request.find("method").text()};
    }
    if (task.inputs[key].refused) edits.drop(request);
  }
}

// Records the client's answers, and then passes the request on to the server.
void Tasks::update(Session& session, const Rpc& rpc, const MessagePtr& message, Task& task) {
  struct Update {
    int rows = 0;
    std::string failure;
  };
  const Value responses = rpc.params.find("inputResponses");
  for (const Value response : responses) {
    if (response.find("action")) core_.guard->user_acted(session.number());
  }
  const auto waiting = std::make_shared<Update>();
  const auto then = [this, waiting, rpc, message, asked = session.now_asked(rpc),
                     number = session.number()](const Error* failure) {
    if (failure) waiting->failure = failure->text();
    Session* client = --waiting->rows == 0 ? core_.session(number) : nullptr;
    if (!client) return;
    if (waiting->failure.empty()) return pass(*client, rpc, asked);
    client->output.fail(
        asked, ErrorCode::Internal,
        "the answer could not be recorded, so the server did not get it: " + waiting->failure,
        "record.failed");
  };
  waiting->rows = core_.answers->brought({.session = session.number(),
                                          .server = core_.pool[task.child].config().name,
                                          .call = task.call,
                                          .message = message,
                                          .responses = responses},
                                         task.asked, then);
  if (waiting->rows == 0) pass(session, rpc, session.now_asked(rpc));  // there is nothing to record
}

}  // namespace callgate
