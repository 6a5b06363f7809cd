// Handles the messages of a child.
#include <algorithm>

#include "call_forwarding.h"
#include "callgate/base/log.h"
#include "callgate/protocol/methods.h"
#include "callgate/protocol/spelling.h"
#include "callgate/protocol/text.h"
#include "callgate/wire/edits.h"
#include "callgate/wire/utf8.h"
#include "callgate/wire/writer.h"
#include "change_streams.h"
#include "child.h"
#include "malformed_line.h"
#include "questions.h"
#include "returned_number.h"
#include "session.h"
#include "tasks.h"

namespace callgate {

namespace {
constexpr uint64_t kNoiseLinesLogged = 5;
constexpr size_t kNoiseLineKept = 200;  // bytes

// Libraries for JSON-RPC 1.0 write both `result` and `error` in an answer, one of them as null.
// Returns the answer without the null member.
std::string without_null_twin(Value root) {
  Edits edits;
  for (const std::string_view key : {"result", "error"})
    if (const Value twin = root.find(key); twin.is(NodeKind::Null)) edits.drop(twin);
  return edits.apply(root);
}
}  // namespace

// Counts and logs a line that is not a message. The line may be cut anywhere and need not be UTF-8.
void Child::noise(std::string_view why, std::string_view line) {
  noise_line_ = with_replacements(std::string(line.substr(0, kNoiseLineKept)));
  if (++noise_ <= kNoiseLinesLogged)
    log::info("server '{}' wrote a line on stdout that is not a message ({}); skipped: {}",
              config().name, why, noise_line_);
}

void Child::line_too_long(std::string_view head) {
  noise("longer than limits.line", head);
  unusable_answer(
      head, "is longer than " + std::to_string(core_.options.limits.line) + " bytes (limits.line)");
}

// An answer that can't be used still ends its request, so that no client waits for it.
void Child::unusable_answer(std::string_view head, const std::string& why) {
  const std::optional<std::string> id_text = salvage_id(head);
  const Result<MessagePtr> id_value = core_.walker.walk(id_text.value_or("null"));
  const int64_t id = id_value ? returned_number((*id_value)->root()).value_or(0) : 0;
  const auto found = child_requests_.find(id);
  if (found == child_requests_.end()) return;
  // The line may be a request of the child, which happens to have the same id as our request.
  if (!looks_like_answer(head)) return;
  ChildRequest pending = std::move(found->second);
  drop(id);
  close_task_request(pending, id);
  if (pending.kind == ChildRequest::Kind::List) return list_failed(pending.list, why);
  if (pending.kind == ChildRequest::Kind::Initialize)
    return fail_start("its answer to initialize " + why);
  if (pending.kind == ChildRequest::Kind::Discover)
    return not_modern("its answer to server/discover " + why);
  if (pending.kind == ChildRequest::Kind::Listen && id == listen_id_) return listen_ended(false);
  end_pending(pending, "the answer of server '" + config().name + "' " + why);
}

void Child::line(std::string bytes) {
  if (state_ == State::Stopped || ending_) return;
  Result<MessagePtr> walked = core_.walker.walk(std::move(bytes));
  // If the line answers a call, the call has already run. The client gets its result with replaced
  // bytes, which is better than no result.
  if (!walked && walked.error().code == "wire.not_utf8") {
    log::warn("server '{}' wrote a line that is not UTF-8; invalid bytes are replaced by U+FFFD",
              config().name);
    walked = core_.walker.walk(with_replacements(core_.walker.take_refused()));
  }
  if (!walked) {
    const std::string refused = core_.walker.take_refused();
    noise(walked.error().message, refused);
    unusable_answer(refused, "is not valid JSON: " + walked.error().message);
    return;
  }
  MessagePtr message_ptr = *walked;
  if (message_ptr->root_duplicates() > 0) {
    noise("a key appears twice at the top level", message_ptr->bytes());
    return unusable_answer(message_ptr->bytes(), "has the same key twice at its top level");
  }
  Result<Rpc> rpc = classify(message_ptr->root());
  if (!rpc && rpc.error().code == kNullTwin) {
    walked = core_.walker.walk(without_null_twin(message_ptr->root()));
    if (!walked) return;
    message_ptr = *walked;
    rpc = classify(message_ptr->root());
  }
  if (!rpc) {
    noise(rpc.error().message, message_ptr->bytes());
    return unusable_answer(message_ptr->bytes(),
                           "is not a JSON-RPC answer: " + rpc.error().message);
  }
  if (const auto doubt = doubtful_message(*rpc, Sender::Server)) return doubtful(*rpc, *doubt);
  message(*rpc, message_ptr);
}

// A client might read the message differently from the gate, so the gate does not forward it.
void Child::doubtful(const Rpc& rpc, const std::string& why) {
  noise(why, rpc.root.message().bytes());
  if (rpc.kind == RpcKind::Request)
    send(write_error(rpc.id.raw(), ErrorCode::InvalidRequest, why, "rpc.doubtful_key"));
  else
    unusable_answer(rpc.root.message().bytes(), "could be read in two ways: " + why);
}

void Child::message(const Rpc& rpc, const MessagePtr& message) {
  switch (rpc.kind) {
    case RpcKind::Answer:
    case RpcKind::ErrorAnswer:
      answered(rpc, message);
      break;
    case RpcKind::Notification:
      notification(rpc, message);
      break;
    case RpcKind::Request:
      if (rpc.method.text_is("ping"))
        send(write_answer(rpc.id.raw(), "{}"));
      else
        core_.questions->ask(*this, rpc, message);
      break;
  }
}

void Child::answered(const Rpc& rpc, const MessagePtr& message) {
  const std::optional<int64_t> id = returned_number(rpc.id);
  const auto found = id ? child_requests_.find(*id) : child_requests_.end();
  if (found == child_requests_.end()) {
    // A late answer to a request that was cancelled or timed out is legal; any other such answer is
    // a mistake of the server. The log writes repeated messages only once.
    log::warn("server '{}' answered a request that is not open; callgate drops the answer",
              config().name);
    return;
  }
  const ChildRequest pending = std::move(found->second);
  drop(*id);
  served_ = served_ || pending.is_for_client();
  switch (pending.kind) {
    case ChildRequest::Kind::Call:
    case ChildRequest::Kind::Passed:
      core_.forwarding->answered(pending.call, rpc, message);
      break;
    case ChildRequest::Kind::Initialize:
      initialized(rpc, message);
      break;
    case ChildRequest::Kind::Discover:
      discovered(rpc, message);
      break;
    case ChildRequest::Kind::List:
      listed(pending.list, rpc, message);
      break;
    case ChildRequest::Kind::Task:
      core_.tasks->answered(*this, *pending.task, rpc, message);
      break;
    case ChildRequest::Kind::Listen:
      // If the server does not have streams of changes, the gate does not open one again.
      if (*id == listen_id_)
        listen_ended(rpc.error.find("code").integer() ==
                     static_cast<int>(ErrorCode::MethodNotFound));
      break;
    case ChildRequest::Kind::Progress:
    case ChildRequest::Kind::Quiet:
      break;
  }
}

void Child::notification(const Rpc& rpc, const MessagePtr& message) {
  switch (method_of(rpc, Sender::Server, era_)) {
    case Method::Progress:
      return progress(rpc);
    case Method::LogMessage:
      return log_message(rpc);
    case Method::ResourceUpdated:
      return updated(rpc);
    case Method::Cancelled:
      return core_.questions->cancelled_by(*this, rpc);
    case Method::ElicitationComplete:
      return elicitation_complete(rpc);
    case Method::Acknowledged:
      return;
    case Method::TaskStatus:
      return core_.tasks->status_changed(*this, rpc, message);
    case Method::ToolsChanged:
      return start_list(ListKind::Tools);
    case Method::PromptsChanged:
      return start_list(ListKind::Prompts);
    case Method::ResourcesChanged:
      start_list(ListKind::Templates);
      return start_list(ListKind::Resources);
    default:
      return drop_notification(rpc);
  }
}

// No client gets the notification, because no rule has decided on its effects.
void Child::drop_notification(const Rpc& rpc) {
  if (dropped_++ > 0) return;
  constexpr size_t kLongestShown = 256;
  log::info(
      "server '{}' sent the notification {}, which MCP does not define for servers of its era; "
      "callgate drops and counts such notifications (`callgate servers show`)",
      config().name, quote(rpc.method.text().substr(0, kLongestShown)));
}

bool Child::declared_roots() const { return declared_.find("\"roots\"") != std::string::npos; }

void Child::progress(const Rpc& rpc) {
  const Value token = rpc.params.find("progressToken");
  const std::optional<int64_t> id = returned_number(token);
  const auto found = id ? child_requests_.find(*id) : child_requests_.end();
  if (found == child_requests_.end()) return;
  ChildRequest& request = found->second;
  const Call* call = core_.calls->find(request.call);
  if (!call || call->client_token.empty()) return;
  if (request.due != Nanos{}) renew(*id, request);
  core_.forwarding->progress(request.call, rpc, token);
}

// A legacy client gets the log messages of the level that it has set. A modern client asks for log
// messages with each request. On stdio, the gate can be certain which request a log message is
// about only if the child has a single request.
void Child::log_message(const Rpc& rpc) {
  const int level = log_level(rpc.params.find("level").text());
  // If exactly one session has pending requests here, the message is for that session.
  const std::set<SessionNumber> busy = busy_sessions();
  for (const SessionNumber number : busy.size() == 1 ? busy : sessions_) {
    const Session* session = core_.session(number);
    if (!session || !session->initialized() ||
        (session->level() >= 0 && level >= 0 && level < session->level()))
      continue;
    core_.session(number)->notify(std::string(rpc.root.raw()), only_exchange_of(number));
  }
  if (const CallNumber call = only_call()) core_.forwarding->log_message(call, level, rpc);
}

void Child::updated(const Rpc& rpc) {
  const std::string uri = rpc.params.find("uri").text();
  std::set<Subscriber> concerned;
  for (const auto& [wanted, who] : subscribers_) {
    // A server may report a change of a resource below the subscribed resource (MCP 2025-11-25,
    // "Resources", ResourceUpdatedNotification).
    const bool below = uri.size() > wanted.size() && uri.compare(0, wanted.size(), wanted) == 0 &&
                       (wanted.back() == '/' || uri[wanted.size()] == '/' ||
                        uri[wanted.size()] == '#' || uri[wanted.size()] == '?');
    if (uri == wanted || below) concerned.insert(who.begin(), who.end());
  }
  Edits edits;  // the client must not see the id of our own stream
  if (const Value ours = rpc.params.find("_meta").find(kMetaSubscription)) edits.drop(ours);
  for (const Subscriber who : concerned) {
    if (who & kStreamBit)
      core_.change_streams->updated(static_cast<StreamNumber>(who), rpc);
    else if (Session* session = core_.session(static_cast<SessionNumber>(who)))
      session->notify(edits.apply(rpc.root), 0);
  }
}

void Child::refresh_level() {
  if (era_ == Era::Modern || !capability("logging")) return;
  int wanted = core_.calls->lowest_log_level();
  for (const SessionNumber number : sessions_) {
    const Session* session = core_.session(number);
    if (session && session->level() >= 0 && (wanted < 0 || session->level() < wanted))
      wanted = session->level();
  }
  if (wanted < 0 || wanted == level_sent_) return;
  level_sent_ = wanted;
  const int64_t id = next_id();
  send(id, {.kind = ChildRequest::Kind::Quiet},
       write_request(id, "logging/setLevel", "{\"level\":" + quote(log_level_name(wanted)) + "}"));
}

}  // namespace callgate
