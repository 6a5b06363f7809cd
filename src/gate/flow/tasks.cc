#include "tasks.h"

#include <algorithm>

#include "call_forwarding.h"
#include "callgate/protocol/modern.h"
#include "callgate/protocol/text.h"
#include "callgate/wire/writer.h"
#include "change_streams.h"
#include "gate/child/child.h"
#include "gate/state/returned_number.h"

namespace callgate {

namespace {

constexpr std::string_view kRelated = "io.modelcontextprotocol/related-task";
constexpr size_t kLongestTaskId = 1024;
constexpr size_t kTasks = 4096;  // beyond this number, the task that ended first is forgotten

bool terminal(std::string_view status) {
  return status == "completed" || status == "failed" || status == "cancelled";
}

// Returns the part of an answer or notification that holds the task's state: its member `task`, or
// the whole `holder` if there is no such member.
Value state_in(Value holder) {
  const Value inner = holder.find("task");
  return inner.is_object() ? inner : holder;
}

}  // namespace

const std::string* Tasks::ours(ChildIndex child, const std::string& child_id) const {
  const auto found = by_child_.find({child, child_id});
  return found == by_child_.end() ? nullptr : &found->second;
}

Value CallForwarding::task_id(const Call& call, const Rpc& rpc) {
  if (rpc.kind != RpcKind::Answer) return Value();
  const bool extension = rpc.result.find("resultType").text_is("task");
  const Value id = state_in(rpc.result).find("taskId");
  if (!id.is_string() || id.raw().size() > kLongestTaskId) return Value();
  if (!extension && (!call.params.find("task") || !rpc.result.find("task"))) return Value();
  return id;
}

std::string Tasks::adopt(Call& call, const Rpc& rpc, Value id, Edits& edits) {
  // A task is protected only by its id, so the gate's id must be as hard to guess as the child's
  // id. Its 32 hexadecimal digits are 128 bits.
  const std::string name =
      "task-" +
      core_.signature("task\n" + std::to_string(call.number) + "\n" + id.text()).substr(0, 32);
  edits.replace(id, quote(name));
  if (tasks_.size() >= kTasks) forget_oldest();
  by_child_[{call.child->number(), id.text()}] = name;
  Task& task = tasks_[name];
  task = {.child = call.child->number(),
          .server = call.child->configured(),
          .child_id = id.text(),
          .session = call.session,
          .call = call.number,
          .era = call.client.era,
          .last = ""};
  Edits only_id;
  only_id.replace(id, quote(name));
  task.last = only_id.apply(state_in(rpc.result));
  return name;
}

// The names are random, so their order does not show which task is the oldest.
void Tasks::forget_oldest() {
  auto oldest = tasks_.end();
  for (auto it = tasks_.begin(); it != tasks_.end(); ++it) {
    if (it->second.call != 0) continue;
    if (oldest == tasks_.end() || it->second.ended < oldest->second.ended) oldest = it;
  }
  if (oldest == tasks_.end()) return;
  by_child_.erase({oldest->second.child, oldest->second.child_id});
  tasks_.erase(oldest);
}

void Tasks::request(Session& session, const Rpc& rpc, const MessagePtr& message) {
  const ClientRequest asked = session.now_asked(rpc);
  if (rpc.method.text_is("tasks/list")) return list(session, rpc);
  const Value extensions = rpc.params.find("_meta").find(kMetaCapabilities).find("extensions");
  if (asked.era == Era::Modern && !extensions.find(kTasksExtension))
    return session.output.send_answer(
        asked,
        write_error_with(
            asked.id, ErrorCode::MissingCapability,
            "this request does not declare the tasks extension",
            "{\"requiredCapabilities\":{\"extensions\":{" + quote(kTasksExtension) + ":{}}}}"),
        static_cast<int>(ErrorCode::MissingCapability));
  const Value id = rpc.params.find("taskId");
  const auto found = tasks_.find(id.text());
  if (found == tasks_.end() || found->second.session != session.number())
    return session.output.fail(asked, ErrorCode::InvalidParams, "no such task", "task.unknown");
  // A paused or revoked client may only cancel its tasks.
  const auto paused = core_.clients.decision(session.number(), session.client.name());
  if (paused && !rpc.method.text_is("tasks/cancel"))
    return session.output.fail(asked, ErrorCode::InvalidRequest,
                               "callgate denied this request: " + paused->because, "policy.denied");
  if (rpc.params.find("inputResponses")) return update(session, rpc, message, found->second);
  pass(session, rpc, asked);
}

void Tasks::pass(Session& session, const Rpc& rpc, const ClientRequest& asked) {
  const Value id = rpc.params.find("taskId");
  const auto found = tasks_.find(id.text());
  if (found == tasks_.end() || !at_its_server(found->second))
    return session.output.fail(asked, ErrorCode::InvalidParams, "no such task", "task.unknown");
  Child& child = core_.pool[found->second.child];
  if (!child.ready())
    return session.output.fail(asked, ErrorCode::Internal, child.life.down_text(), "server.down");
  const int64_t gate_id = child.requests.next_id();
  Edits edits;
  edits.replace(rpc.id, std::to_string(gate_id));
  edits.replace(id, quote(found->second.child_id));
  translate_request(edits, rpc.root, asked.era, child.era(), session.client.meta_for(child.era()));
  const auto request =
      std::make_shared<TaskRequest>(TaskRequest{session.number(), asked, found->first});
  if (!child.send(gate_id, {.kind = ChildRequest::Kind::Task, .task = request},
                  edits.apply(rpc.root)))
    return session.output.fail(asked, ErrorCode::Internal,
                               "the queue towards server '" + child.config().name + "' is full",
                               "server.full");
  session.requests.add(
      asked, {.where = OpenRequest::Where::Child, .child = child.number(), .gate_id = gate_id});
}

// Lists the tasks that the gate knows, because a server's own list could name tasks of other
// clients.
void Tasks::list(Session& session, const Rpc& rpc) {
  JsonWriter out;
  out.begin_object().key("tasks").begin_array();
  for (const auto& [name, task] : tasks_) {
    if (task.session == session.number()) out.raw(task.last);
  }
  out.end_array().end_object();
  session.output.answer(session.now_asked(rpc), out.take());
}

void Tasks::renamed(const Rpc& rpc, const Task& task, const std::string& name, Edits& edits) const {
  const Value id = state_in(rpc.result).find("taskId");
  if (id.is_string() && id.text_is(task.child_id)) edits.replace(id, quote(name));
  rename_related(core_.pool[task.child], rpc.result, edits);
}

void Tasks::rename_related(const Child& child, Value holder, Edits& edits) const {
  const Value id = holder.find("_meta").find(kRelated).find("taskId");
  const std::string* name = id ? ours(child.number(), id.text()) : nullptr;
  if (name) edits.replace(id, quote(*name));
}

void Tasks::answered(Child& child, const TaskRequest& request, const Rpc& rpc,
                     const MessagePtr& message) {
  Session* session = core_.session(request.session);
  const auto found = tasks_.find(request.task);
  if (!session || !session->requests.close(request.client.id, OpenRequest::Where::Child,
                                           returned_number(rpc.id).value_or(0)))
    return;
  Edits edits;
  edits.replace(rpc.id, request.client.id);
  if (found != tasks_.end() && rpc.kind == RpcKind::Answer) {
    renamed(rpc, found->second, found->first, edits);
    evaluate_inputs(found->second, state_in(rpc.result), message, edits);
  }
  const int code =
      translate_answer(edits, rpc, child.era(), session->client.dialect(request.client.era), false);
  const std::string bytes = edits.apply(rpc.root);
  if (found != tasks_.end() && rpc.kind == RpcKind::Answer) {
    const Value state = state_in(rpc.result);
    if (state.find("status"))
      take_state(found->second, found->first, state, message);
    else if (rpc.result.find("content"))  // tasks/result has the result of the call itself
      end(found->second,
          rpc.result.find("isError").boolean().value_or(false) ? "failed" : "completed", rpc.result,
          message);
  }
  session->output.send_answer(request.client, bytes, code);
}

void Tasks::take_state(Task& task, const std::string& name, Value state,
                       const MessagePtr& message) {
  Edits only_id;
  if (const Value id = state.find("taskId")) only_id.replace(id, quote(name));
  task.last = only_id.apply(state);
  const std::string status = state.find("status").text();
  if (!terminal(status)) return;
  // In revision 2025-11-25, the result of a completed task comes with tasks/result, so the gate
  // waits for it. A task that failed or was cancelled may never have a result.
  const Value result = state.find("result") ? state.find("result") : state.find("error");
  if (task.era == Era::Legacy && status == "completed") return;
  end(task, status, result, message);
}

void Tasks::end(Task& task, std::string_view status, Value result, const MessagePtr& message) {
  const CallNumber call = mark_ended(task);
  if (call == 0) return;
  Ending ending{.outcome = status == "completed"   ? Outcome::Ok
                           : status == "cancelled" ? Outcome::Cancelled
                                                   : Outcome::ToolError};
  if (result.find("isError").boolean().value_or(false)) ending.outcome = Outcome::ToolError;
  if (ending.outcome != Outcome::Ok) ending.error = "the task was " + std::string(status);
  if (result) ending.result = {.owner = message, .bytes = result.raw()};
  ending.answered = result;
  const bool is_error = !result.find("content") && result.find("message");
  const GuardAnswer answer = !result    ? read_text(ending.error, true)
                             : is_error ? read_error(result)
                                        : read_answer(result);
  const bool cancelled = ending.outcome == Outcome::Cancelled;
  core_.forwarding->task_ended(call, std::move(ending), cancelled ? nullptr : &answer);
}

void Tasks::status_changed(Child& child, const Rpc& rpc, const MessagePtr& message) {
  const Value id = rpc.params.find("taskId");
  const std::string* name = id ? ours(child.number(), id.text()) : nullptr;
  if (!name) return;
  Task& task = tasks_[*name];
  if (!at_its_server(task)) return;
  Session* session = core_.session(task.session);
  Edits edits;
  edits.replace(id, quote(*name));
  evaluate_inputs(task, rpc.params, message, edits);
  if (session && task.era == Era::Legacy) {
    session->output.notify(edits.apply(rpc.root), 0);
  } else if (session) {
    if (const Value meta = rpc.params.find("_meta")) edits.drop(meta);
    const std::string params = edits.apply(rpc.params);
    // The members of the params, without the braces around them.
    core_.change_streams->task_changed(task.session, *name, params.substr(1, params.size() - 2));
  }
  take_state(task, *name, rpc.params, message);
}

bool Tasks::any(SessionNumber session, ChildIndex child) const {
  return std::any_of(tasks_.begin(), tasks_.end(), [&](const auto& one) {
    return one.second.session == session && one.second.child == child;
  });
}

// The child's number may belong to another server or session by now.
bool Tasks::at_its_server(const Task& task) const {
  const Child& child = core_.pool[task.child];
  return child.configured() == task.server && child.users.contains(task.session);
}

void Tasks::forget(ChildIndex child) {
  std::erase_if(by_child_, [child](const auto& each) { return each.first.first == child; });
  std::erase_if(tasks_, [child](const auto& each) { return each.second.child == child; });
}

CallNumber Tasks::mark_ended(Task& task) {
  if (task.call != 0) task.ended = ++ends_;
  return std::exchange(task.call, 0);
}

void Tasks::call_gone(const std::string& task) {
  const auto found = tasks_.find(task);
  if (found != tasks_.end()) mark_ended(found->second);
}

void Tasks::child_gone(ChildIndex child) {
  for (auto& [name, task] : tasks_) {
    if (task.child != child || task.call == 0) continue;
    const CallNumber call = mark_ended(task);
    core_.forwarding->task_ended(
        call, {.outcome = Outcome::RpcError, .error = core_.pool[child].life.down_text()}, nullptr);
  }
}

}  // namespace callgate
