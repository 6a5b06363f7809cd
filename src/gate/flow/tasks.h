// Tasks: calls on which a server still works after its answer. They exist in two forms: in the core
// of 2025-11-25, and as an extension of the modern era. The call of a task ends when the task ends.
// Source: MCP 2025-11-25 "Tasks"; extension io.modelcontextprotocol/tasks.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "callgate/wire/edits.h"
#include "callgate/wire/rpc.h"
#include "gate/call/answers.h"
#include "gate/call/core.h"
#include "gate/session/session.h"

namespace callgate {

struct Call;
struct TaskRequest;

class Tasks {
 public:
  explicit Tasks(Core& core) : core_(core) {}

  /// Handles the requests tasks/get, tasks/result, tasks/list, tasks/update and tasks/cancel.
  void request(Session& session, const Rpc& rpc, const MessagePtr& message);
  /// The server's answer to a request that request() has passed on.
  void answered(Child& child, const TaskRequest& request, const Rpc& rpc,
                const MessagePtr& message);
  /// A status notification of the server.
  void status_changed(Child& child, const Rpc& rpc, const MessagePtr& message);
  /// The call has become a task, according to its answer. Returns our id for the task, and edits
  /// the answer to contain it.
  std::string adopt(Call& call, const Rpc& rpc, Value id, Edits& edits);
  /// Replaces the child's task id in the `_meta` of `holder` by our id.
  void rename_related(const Child& child, Value holder, Edits& edits) const;
  void call_gone(const std::string& task);
  /// True if the session has a task at the child.
  bool any(SessionNumber session, ChildIndex child) const;
  void child_gone(ChildIndex child);
  /// Forgets the child's tasks, because its number will belong to another server.
  void forget(ChildIndex child);

 private:
  struct Task {
    ChildIndex child = 0;
    ServerIndex server = 0;
    std::string child_id;
    SessionNumber session = 0;
    CallNumber call = 0;  // 0 if the task has ended
    uint64_t ended = 0;   // larger than the value of any task that ended before this task
    Era era = Era::Legacy;
    std::string last;      // the last known state of the task, as JSON text with our id (legacy)
    AskedQuestions asked;  // questions that its client has not answered
    struct Input {
      size_t hash = 0;  // the hash of the question's text
      bool refused = false;
    };
    std::map<std::string, Input> inputs;  // by the server's key
  };
  bool at_its_server(const Task& task) const;
  void forget_oldest();
  CallNumber mark_ended(Task& task);
  void pass(Session& session, const Rpc& rpc, const ClientRequest& asked);
  void update(Session& session, const Rpc& rpc, const MessagePtr& message, Task& task);
  void evaluate_inputs(Task& task, Value state, const MessagePtr& message, Edits& edits);
  void list(Session& session, const Rpc& rpc);
  void take_state(Task& task, const std::string& ours, Value state, const MessagePtr& message);
  void end(Task& task, std::string_view status, Value result, const MessagePtr& message);
  void renamed(const Rpc& rpc, const Task& task, const std::string& ours, Edits& edits) const;
  const std::string* ours(ChildIndex child, const std::string& child_id) const;

  Core& core_;
  std::map<std::string, Task> tasks_;
  uint64_t ends_ = 0;
  std::map<std::pair<ChildIndex, std::string>, std::string> by_child_;
};

}  // namespace callgate
