#include "session.h"

#include "broken.h"
#include "call.h"
#include "callgate/base/log.h"
#include "callgate/wire/edits.h"
#include "callgate/wire/writer.h"
#include "questions.h"
#include "server.h"

namespace callgate {

namespace {

constexpr size_t kLongestId = 1024;    // bytes of a request id
constexpr size_t kLongestBatch = 100;  // the official SDKs' own bound

}  // namespace

Session::Session(Core& core, SessionNumber number, ClientLink& link, ClientFacts facts)
    : core_(core), number_(number), link_(link), facts_(std::move(facts)) {}

Value Session::capabilities() const {
  return initialize_ ? initialize_->root().find("params").find("capabilities") : Value();
}

void Session::line(std::string bytes) {
  Result<MessagePtr> walked = core_.walker.walk(std::move(bytes));
  if (!walked)
    return refuse_line(core_.walker.take_refused(), ErrorCode::Parse, walked.error().message,
                       walked.error().code);
  const MessagePtr& message = *walked;
  if (message->duplicates() > 0)
    return refuse_line(message->bytes(), ErrorCode::InvalidRequest,
                       "a key stands twice in one object, so it could be read in two ways",
                       "wire.duplicate_key");
  const Value root = message->root();
  if (!root.is_array()) return this->message(root, message);
  size_t count = 0;
  for ([[maybe_unused]] const Value item : root) ++count;
  if (revision_ != Revision::R2025_03_26 || !initialized_ || count == 0 || count > kLongestBatch) {
    fail("", ErrorCode::InvalidRequest,
         "batches of up to 100 messages exist in revision 2025-03-26 only", "rpc.batch");
    return;
  }
  for (const Value item : root) this->message(item, message);
}

void Session::line_too_long(std::string_view head) {
  refuse_line(head, ErrorCode::InvalidRequest,
              "the message is longer than " + std::to_string(core_.options.limits.line) +
                  " bytes (limits.line)",
              "wire.too_long");
}

// An answer is never answered: its id is ours, and would hit a request of the client's that has the
// same.
void Session::refuse_line(std::string_view line, ErrorCode code, const std::string& why,
                          std::string_view code_word) {
  const std::string id = salvage_id(line).value_or("");
  if (looks_like_answer(line)) return core_.questions->unusable(*this, id, why);
  fail(id, code, why, code_word);
}

void Session::message(Value root, const MessagePtr& message) {
  const Result<Rpc> rpc = classify(root);
  if (!rpc) {
    const Value id = root.is_object() ? root.find("id") : Value();
    const bool usable = id && (id.is_string() || id.integer());
    // What looks like an answer is not answered: two peers could go on for ever.
    if (root.is_object() && !root.find("method") && (root.find("result") || root.find("error")))
      return core_.questions->unusable(*this, usable ? id.raw() : "", rpc.error().message);
    fail(usable ? id.raw() : "", ErrorCode::InvalidRequest, rpc.error().message, rpc.error().code);
    return;
  }
  if (rpc->id && rpc->id.raw().size() > kLongestId)
    return fail("", ErrorCode::InvalidRequest, "the id is longer than 1024 bytes", "rpc.id");
  switch (rpc->kind) {
    case RpcKind::Request:
      request(*rpc, message);
      break;
    case RpcKind::Notification:
      notification(*rpc);
      break;
    case RpcKind::Answer:
    case RpcKind::ErrorAnswer:
      core_.questions->answered(*this, *rpc);
      break;
  }
}

void Session::request(const Rpc& rpc, const MessagePtr& message) {
  const Value method = rpc.method;
  if (method.text_is("tools/call") && initialized_) {
    core_.calls->receive(*this, rpc, message, CallKind::Tool);
    return;
  }
  if (method.text_is("initialize")) return initialize(rpc, message);
  if (method.text_is("ping")) return answer(rpc.id.raw(), "{}");
  if (method.text_is("server/discover")) {
    fail(rpc.id.raw(), ErrorCode::MethodNotFound,
         "this server speaks revisions 2024-11-05 to 2025-11-25: send initialize",
         "protocol.legacy");
    return;
  }
  if (!initialized_) {
    fail(rpc.id.raw(), ErrorCode::InvalidRequest, "send initialize first",
         "protocol.not_initialized");
    return;
  }
  if (open_.size() >= core_.options.limits.in_flight) {
    fail(rpc.id.raw(), ErrorCode::Internal,
         "too many requests are open in this session (limits.in_flight)", "session.full");
    return;
  }
  if (method.text_is("prompts/get")) {
    core_.calls->receive(*this, rpc, message, CallKind::Prompt);
  } else if (method.text_is("resources/read")) {
    core_.calls->receive(*this, rpc, message, CallKind::Resource);
  } else if (method.text_is("logging/setLevel")) {
    set_level(rpc);
  } else if (method.text_is("completion/complete")) {
    complete(rpc);
  } else if (method.text_is("resources/subscribe")) {
    subscribe(rpc, true);
  } else if (method.text_is("resources/unsubscribe")) {
    subscribe(rpc, false);
  } else {
    for (const ListKind kind : kListKinds) {
      if (method.text_is(list_method(kind))) return list(rpc, kind);
    }
    pass_unknown(rpc);
  }
}

void Session::initialize(const Rpc& rpc, const MessagePtr& message) {
  const Value version = rpc.params.find("protocolVersion");
  if (!version.is_string()) {
    fail(rpc.id.raw(), ErrorCode::InvalidParams, "initialize needs params.protocolVersion",
         "protocol.no_version");
    return;
  }
  const bool first = !initialized_;
  revision_ = negotiate(version.text());
  initialize_ = message;
  initialized_ = true;
  const Value client = rpc.params.find("clientInfo");
  client_name_ = client.find("name").text();
  client_version_ = client.find("version").text();
  // A known alias is echoed as the client wrote it: some close over any other text.
  const std::string echoed =
      revision_of(version.text()) ? version.text() : std::string(text(revision_));
  JsonWriter out;
  out.begin_object().key("protocolVersion").string(echoed);
  out.key("capabilities").raw(gate_capabilities());
  out.key("serverInfo").begin_object().key("name").string("callgate");
  out.key("version").string(core_.options.version).end_object().end_object();
  answer(rpc.id.raw(), out.take());
  if (!first) return;
  core_.record.append(SessionOpened{.session = number_,
                                    .at = core_.now.wall,
                                    .client_name = client_name_,
                                    .client_version = client_version_,
                                    .client_pid = facts_.pid,
                                    .client_exe = facts_.exe,
                                    .profile = facts_.profile,
                                    .protocol = std::string(text(revision_)),
                                    .era = "legacy"});
}

void Session::notification(const Rpc& rpc) {
  if (rpc.method.text_is("notifications/cancelled")) return cancelled(rpc);
  if (rpc.method.text_is("notifications/progress")) return core_.questions->progress(rpc);
  if (!initialized_) return;
  if (rpc.method.text_is("notifications/initialized")) return core_.ensure_started();
  const std::string bytes(rpc.root.raw());
  for (const auto& server : core_.servers) {
    if (server->ready() || server->state() == ServerStatus::State::Listing) server->send(bytes);
  }
}

void Session::cancelled(const Rpc& rpc) {
  const Value wanted = rpc.params.find("requestId");
  if (!wanted) return;
  const Value reason = rpc.params.find("reason");
  const std::string reason_json(reason ? reason.raw() : std::string_view());
  const std::string id(wanted.raw());
  // Taken out first: ending a request changes the table.
  std::vector<OpenRequest> concerned;
  const auto [from, to] = open_.equal_range(id);
  for (auto it = from; it != to; ++it) concerned.push_back(it->second);
  for (const OpenRequest& open : concerned) {
    switch (open.where) {
      case OpenRequest::Where::Call:
        core_.calls->cancel(open.call, reason_json);
        break;
      case OpenRequest::Where::Server:
        core_.servers[open.server]->cancel(open.gate_id, reason_json);
        closed(id, open.where, open.gate_id);
        break;
      case OpenRequest::Where::List:
        closed(id, open.where, 0);
        break;
    }
  }
}

void Session::opened(const std::string& id, OpenRequest request) {
  open_.emplace(id, std::move(request));
}

void Session::closed(const std::string& id, OpenRequest::Where where, int64_t number) {
  const auto [from, to] = open_.equal_range(id);
  for (auto it = from; it != to; ++it) {
    const OpenRequest& open = it->second;
    if (open.where != where) continue;
    if (where == OpenRequest::Where::Call && open.call != number) continue;
    if (where == OpenRequest::Where::Server && open.gate_id != number) continue;
    open_.erase(it);
    return;
  }
}

void Session::answer(std::string_view id, std::string_view result) {
  send_answer(id, write_answer(id, result));
}

void Session::fail(std::string_view id, ErrorCode code, std::string_view message,
                   std::string_view code_word) {
  send_answer(id, write_error(id, code, message, code_word));
}

void Session::send_answer(std::string_view id, std::string bytes) {
  if (!closed_) link_.send(SendKind::Answer, std::move(bytes), id);
}

void Session::notify(std::string bytes, std::string_view about) {
  if (!closed_) link_.send(SendKind::Notification, std::move(bytes), about);
}

void Session::ask(std::string bytes, std::string_view about) {
  if (!closed_) link_.send(SendKind::Question, std::move(bytes), about);
}

void Session::close(const std::string& reason) {
  closed_ = true;
  const auto open = std::move(open_);
  open_.clear();
  for (const auto& [id, request] : open) {
    switch (request.where) {
      case OpenRequest::Where::Call:
        core_.calls->session_gone(request.call, reason);
        break;
      case OpenRequest::Where::Server:
        core_.servers[request.server]->cancel(request.gate_id, "");
        break;
      case OpenRequest::Where::List:
        break;
    }
  }
  core_.questions->session_gone(number_);
  for (const auto& server : core_.servers) server->forget_session(number_);
  if (lists_due_ != Nanos{})
    core_.deadlines.remove({.at = lists_due_, .kind = Deadline::Kind::Lists, .owner = number_});
  if (initialized_)
    core_.record.append(SessionClosed{.session = number_, .at = core_.now.wall, .reason = reason});
}

}  // namespace callgate
