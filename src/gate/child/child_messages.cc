#include "child_messages.h"

#include "callgate/base/log.h"
#include "callgate/protocol/methods.h"
#include "callgate/protocol/spelling.h"
#include "callgate/protocol/text.h"
#include "callgate/wire/edits.h"
#include "callgate/wire/utf8.h"
#include "callgate/wire/writer.h"
#include "child.h"
#include "child_host.h"
#include "gate/state/malformed_line.h"
#include "gate/state/returned_number.h"

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
void ChildMessages::count_noise(std::string_view why, std::string_view line) {
  noise_line_ = with_replacements(std::string(line.substr(0, kNoiseLineKept)));
  if (++noise_ <= kNoiseLinesLogged)
    log::info("server '{}' wrote a line on stdout that is not a message ({}); skipped: {}",
              child_.config().name, why, noise_line_);
}

void ChildMessages::line_too_long(std::string_view head) {
  count_noise("longer than limits.line", head);
  unusable_answer(
      head, "is longer than " + std::to_string(gate_.options.limits.line) + " bytes (limits.line)");
}

// An answer that can't be used still ends its request, so that no client waits for it.
void ChildMessages::unusable_answer(std::string_view head, const std::string& why) {
  // The line may be a request of the child, which happens to have the same id as our request.
  if (!looks_like_answer(head)) return;
  const std::optional<std::string> id_text = salvage_id(head);
  const Result<MessagePtr> id_value = gate_.walker.walk(id_text.value_or("null"));
  const int64_t id = id_value ? returned_number((*id_value)->root()).value_or(0) : 0;
  const std::optional<ChildRequest> request = child_.take(id);
  if (!request) return;
  switch (request->kind) {
    case ChildRequest::Kind::List:
      return child_.lists.failed(request->list, why);
    case ChildRequest::Kind::Initialize:
      return child_.life.fail_start("its answer to initialize " + why);
    case ChildRequest::Kind::Discover:
      return child_.peer.not_modern("its answer to server/discover " + why);
    case ChildRequest::Kind::Listen:
      return child_.subscriptions.stream_ended(id, false);
    default:
      host_.lost(*request, "the answer of server '" + child_.config().name + "' " + why);
  }
}

void ChildMessages::line(std::string bytes) {
  if (!child_.life.listens()) return;
  Result<MessagePtr> walked = gate_.walker.walk(std::move(bytes));
  // If the line answers a call, the call has already run. The client gets its result with replaced
  // bytes, which is better than no result.
  if (!walked && walked.error().code == "wire.not_utf8") {
    log::warn("server '{}' wrote a line that is not UTF-8; invalid bytes are replaced by U+FFFD",
              child_.config().name);
    walked = gate_.walker.walk(with_replacements(gate_.walker.take_refused()));
  }
  if (!walked) {
    const std::string refused = gate_.walker.take_refused();
    count_noise(walked.error().message, refused);
    unusable_answer(refused, "is not valid JSON: " + walked.error().message);
    return;
  }
  MessagePtr message_ptr = *walked;
  if (message_ptr->root_duplicates() > 0) {
    count_noise("a key appears twice at the top level", message_ptr->bytes());
    return unusable_answer(message_ptr->bytes(), "has the same key twice at its top level");
  }
  Result<Rpc> rpc = classify(message_ptr->root());
  if (!rpc && rpc.error().code == kNullTwin) {
    walked = gate_.walker.walk(without_null_twin(message_ptr->root()));
    if (!walked) return;
    message_ptr = *walked;
    rpc = classify(message_ptr->root());
  }
  if (!rpc) {
    count_noise(rpc.error().message, message_ptr->bytes());
    return unusable_answer(message_ptr->bytes(),
                           "is not a JSON-RPC answer: " + rpc.error().message);
  }
  if (const auto doubt = doubtful_message(*rpc, Sender::Server)) return doubtful(*rpc, *doubt);
  message(*rpc, message_ptr);
}

// A client might read the message differently from the gate, so the gate does not forward it.
void ChildMessages::doubtful(const Rpc& rpc, const std::string& why) {
  count_noise(why, rpc.root.message().bytes());
  if (rpc.kind == RpcKind::Request)
    child_.send(write_error(rpc.id.raw(), ErrorCode::InvalidRequest, why, "rpc.doubtful_key"));
  else
    unusable_answer(rpc.root.message().bytes(), "could be read in two ways: " + why);
}

void ChildMessages::message(const Rpc& rpc, const MessagePtr& message) {
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
        child_.send(write_answer(rpc.id.raw(), "{}"));
      else
        host_.asked(child_, rpc, message);
      break;
  }
}

void ChildMessages::answered(const Rpc& rpc, const MessagePtr& message) {
  const std::optional<int64_t> id = returned_number(rpc.id);
  const std::optional<ChildRequest> request = id ? child_.take(*id) : std::nullopt;
  if (!request) {
    // A very late answer to a request that was cancelled or timed out is legal; any other such
    // answer is a mistake of the server. The log writes repeated messages only once.
    log::warn("server '{}' answered a request that is not open; callgate drops the answer",
              child_.config().name);
    return;
  }
  switch (request->kind) {
    case ChildRequest::Kind::Call:
    case ChildRequest::Kind::Passed:
    case ChildRequest::Kind::Task:
      child_.life.served();
      host_.answered(child_, *request, rpc, message);
      break;
    case ChildRequest::Kind::Left:
    case ChildRequest::Kind::Stopped:
      child_.life.served();
      host_.answered_late(*request, rpc, message);
      break;
    case ChildRequest::Kind::Initialize:
      child_.peer.initialized(rpc, message);
      break;
    case ChildRequest::Kind::Discover:
      child_.peer.discovered(rpc, message);
      break;
    case ChildRequest::Kind::List:
      child_.lists.answered(request->list, rpc, message);
      break;
    case ChildRequest::Kind::Listen:
      // If the server does not have streams of changes, the gate does not open one again.
      child_.subscriptions.stream_ended(
          *id, rpc.error.find("code").integer() == static_cast<int>(ErrorCode::MethodNotFound));
      break;
    case ChildRequest::Kind::Progress:
    case ChildRequest::Kind::Quiet:
      break;
  }
}

void ChildMessages::notification(const Rpc& rpc, const MessagePtr& message) {
  switch (method_of(rpc, Sender::Server, child_.era())) {
    case Method::Progress:
      return progress(rpc);
    case Method::LogMessage:
      return host_.logged(child_, rpc);
    case Method::ResourceUpdated:
      return updated(rpc);
    case Method::Cancelled:
      return host_.cancelled_question(child_, rpc);
    case Method::ElicitationComplete:
      if (const SessionNumber session =
              child_.elicitations.of(rpc.params.find("elicitationId").text()))
        host_.completed_elicitation(session, rpc);
      return;
    case Method::Acknowledged:
      return;
    case Method::TaskStatus:
      return host_.changed_task(child_, rpc, message);
    case Method::ToolsChanged:
      return child_.lists.fetch(ListKind::Tools);
    case Method::PromptsChanged:
      return child_.lists.fetch(ListKind::Prompts);
    case Method::ResourcesChanged:
      child_.lists.fetch(ListKind::Templates);
      return child_.lists.fetch(ListKind::Resources);
    default:
      return drop_notification(rpc);
  }
}

// No client gets the notification, because no rule has decided on its effects.
void ChildMessages::drop_notification(const Rpc& rpc) {
  if (dropped_++ > 0) return;
  constexpr size_t kLongestShown = 256;
  log::info(
      "server '{}' sent the notification {}, which MCP does not define for servers of its era; "
      "callgate drops and counts such notifications (`callgate servers show`)",
      child_.config().name, quote(rpc.method.text().substr(0, kLongestShown)));
}

void ChildMessages::progress(const Rpc& rpc) {
  const Value token = rpc.params.find("progressToken");
  const std::optional<int64_t> id = returned_number(token);
  ChildRequest* request = id ? child_.requests.find(*id) : nullptr;
  if (!request || request->call == 0 || !host_.progressed(request->call, rpc, token)) return;
  if (request->due != Nanos{}) child_.requests.renew(*request, child_.config().call_timeout);
}

void ChildMessages::updated(const Rpc& rpc) {
  const std::string uri = rpc.params.find("uri").text();
  for (const Subscriber who : child_.subscriptions.concerned_by(uri)) host_.updated(who, rpc);
}

void ChildMessages::reset_log_level() {
  log_level_ = -1;
  refresh_log_level();
}

void ChildMessages::refresh_log_level() {
  if (child_.era() == Era::Modern || !child_.capability("logging")) return;
  const int level = host_.log_level_for(child_.users.sessions());
  if (level < 0 || level == log_level_) return;
  log_level_ = level;
  child_.request({.kind = ChildRequest::Kind::Quiet}, "logging/setLevel",
                 "{\"level\":" + quote(log_level_name(level)) + "}");
}

}  // namespace callgate
