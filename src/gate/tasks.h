// Calls that a server goes on with after its answer, in both forms: the core's of 2025-11-25, and
// the extension of the modern era. A task's call ends when the task does.
// Source: MCP 2025-11-25 "Tasks"; extension io.modelcontextprotocol/tasks.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "answers.h"
#include "callgate/wire/edits.h"
#include "callgate/wire/rpc.h"
#include "core.h"
#include "session.h"

namespace callgate {

struct Call;
struct Pending;

class Tasks {
 public:
  explicit Tasks(Core& core) : core_(core) {}

  /// tasks/get, tasks/result, tasks/list, tasks/update, tasks/cancel.
  void request(Session& session, const Rpc& rpc, const MessagePtr& message);
  /// The server's answer to one of them.
  void answered(Server& server, const Pending& pending, const Rpc& rpc, const MessagePtr& message);
  /// A status notification.
  void told(Server& server, const Rpc& rpc, const MessagePtr& message);
  /// The call's answer says that it is a task now: our id of it, and the answer with that id.
  std::string adopt(Call& call, const Rpc& rpc, Value id, Edits& edits);
  /// Our id in place of the child's in `_meta` of what a server says of a task.
  void rename_related(const Server& server, Value holder, Edits& edits) const;
  void call_gone(const std::string& task);
  /// That session has a task at that child.
  bool any(SessionNumber session, ChildIndex child) const;
  void child_gone(ChildIndex child);
  /// That number is another server's from now on.
  void forget(ChildIndex child);

 private:
  struct Task {
    ChildIndex child = 0;
    ServerIndex server = 0;
    std::string child_id;
    SessionNumber session = 0;
    CallNumber call = 0;  // 0: ended
    uint64_t ended = 0;   // the how-manieth end it was
    Era era = Era::Legacy;
    std::string last;      // the task as last heard of, JSON text with our id (legacy)
    AskedQuestions asked;  // that its client has not answered yet
    struct Input {
      size_t hash = 0;  // of the question's text
      bool refused = false;
    };
    std::map<std::string, Input> inputs;  // by the server's key
  };
  bool at_its_server(const Task& task) const;
  void forget_oldest();
  CallNumber mark_ended(Task& task);
  void pass(Session& session, const Rpc& rpc, const ClientRequest& asked);
  void update(Session& session, const Rpc& rpc, const MessagePtr& message, Task& task);
  void judge_inputs(Task& task, Value state, const MessagePtr& message, Edits& edits);
  void list(Session& session, const Rpc& rpc);
  void look_at(Task& task, const std::string& ours, Value state, const MessagePtr& message);
  void end(Task& task, std::string_view status, Value result, const MessagePtr& message);
  void renamed(const Rpc& rpc, const Task& task, const std::string& ours, Edits& edits) const;
  const std::string* ours(ChildIndex child, const std::string& child_id) const;

  Core& core_;
  std::map<std::string, Task> tasks_;
  uint64_t ends_ = 0;
  std::map<std::pair<ChildIndex, std::string>, std::string> by_child_;
};

}  // namespace callgate
