#include "session.h"

#include "callgate/base/log.h"
#include "callgate/protocol/spelling.h"
#include "callgate/wire/writer.h"
#include "gate/state/malformed_line.h"
#include "session_host.h"

namespace callgate {

namespace {

constexpr size_t kLongestBatch = 100;  // the limit that the official SDKs have
constexpr size_t kLongestShown = 256;  // bytes of an unknown method

// True for the requests with which a client begins. The client waits for the answer, so the gate
// must not load the lists before it answers.
bool opens(Value method) {
  return method.text_is("initialize") || method.text_is("server/discover");
}

/// The keys are cut, because they may be as long as the message.
std::string two_keys(const Message& message) {
  constexpr size_t kMost = 100;
  const auto [first, second] = message.first_duplicate();
  return "the keys " + quote(first.key().substr(0, kMost)) + " and " +
         quote(second.key().substr(0, kMost)) +
         " of one object are the same key for some programs, so the message could be read in two "
         "ways; send only one of the two keys";
}

}  // namespace

Session::Session(GateState& gate, SessionHost& host, SessionNumber number, ClientLink& link,
                 ClientFacts facts, WorkspaceNumber workspace)
    : gate_(gate),
      host_(host),
      number_(number),
      workspace_(workspace),
      since_(gate.now.wall),
      client(std::move(facts)),
      output(link),
      requests(link),
      handshake(gate, host, *this),
      lists(gate, host, *this),
      refusals(host, *this),
      rights_(gate.options.policy, gate.options.profiles, client.facts().profile) {}

SessionStatus Session::status() const {
  return {.number = number_,
          .facts = client.facts(),
          .since = since_,
          .client_name = client.name(),
          .client_version = client.version(),
          .protocol = handshake.protocol(),
          .dropped = dropped_,
          .open_requests = requests.size()};
}

void Session::line(std::string bytes) {
  Result<MessagePtr> walked = gate_.walker.walk(std::move(bytes));
  if (!walked) {
    gate_.count_unreadable(client.name(), walked.error().message);
    return refuse_line(gate_.walker.take_refused(), ErrorCode::Parse, walked.error().message,
                       walked.error().code);
  }
  message(*walked, 0);
}

void Session::message(const MessagePtr& message, Exchange exchange) {
  exchange_ = exchange;
  const Value root = message->root();
  if (message->duplicates() > 0) {
    const std::string why = two_keys(*message);
    refusals.record(root, message, ErrorCode::InvalidRequest, why);
    return refuse_line(message->bytes(), ErrorCode::InvalidRequest, why, "wire.duplicate_key");
  }
  if (!root.is_array()) return message_of(root, message);
  size_t count = 0;
  for ([[maybe_unused]] const Value item : root) ++count;
  if (client.revision() != Revision::R2025_03_26 || !client.initialized() || count == 0 ||
      count > kLongestBatch) {
    return refusals.refuse(
        {.id = "", .exchange = exchange_}, root, message, ErrorCode::InvalidRequest,
        "batches of up to 100 messages exist in revision 2025-03-26 only", "rpc.batch");
  }
  for (const Value item : root) message_of(item, message);
}

void Session::line_too_long(std::string_view head) {
  const std::string why = "the message is longer than " +
                          std::to_string(gate_.options.limits.line) + " bytes (limits.line)";
  gate_.count_unreadable(client.name(), why);
  refuse_line(head, ErrorCode::InvalidRequest, why, "wire.too_long");
}

// The gate never replies to an answer. The id of an answer is an id that the gate gave, and the
// client could have sent a request with the same id. The client would take the reply for the answer
// to its request.
void Session::refuse_line(std::string_view line, ErrorCode code, const std::string& why,
                          std::string_view code_word) {
  const std::string id = salvage_id(line).value_or("");
  if (looks_like_answer(line)) return host_.unusable_answer(*this, id, why);
  output.fail({.id = id, .exchange = exchange_}, code, why, code_word);
}

ClientRequest Session::now_asked(const Rpc& rpc) const {
  return {.id = std::string(rpc.id.raw()),
          .exchange = exchange_,
          .era = is_modern(rpc.params) ? Era::Modern : Era::Legacy};
}

void Session::message_of(Value root, const MessagePtr& message) {
  const Result<Rpc> rpc = classify(root);
  if (rpc && !opens(rpc->method)) gate_.server_cache.recall_lists(gate_.catalog);
  if (!rpc) {
    const Value id = root.is_object() ? root.find("id") : Value();
    const bool usable = id && (id.is_string() || id.integer());
    // The gate does not reply to a message that looks like an answer, because two peers could reply
    // to each other for ever.
    if (root.is_object() && !root.find("method") && (root.find("result") || root.find("error")))
      return host_.unusable_answer(*this, usable ? id.raw() : "", rpc.error().message);
    if (!root.is_object() || !root.find("method"))
      gate_.count_unreadable(client.name(), rpc.error().message);
    return refusals.refuse({.id = std::string(usable ? id.raw() : ""), .exchange = exchange_}, root,
                           message, ErrorCode::InvalidRequest, rpc.error().message,
                           rpc.error().code);
  }
  if (const auto doubt = doubtful_message(*rpc, Sender::Client)) {
    refusals.record(root, message, ErrorCode::InvalidRequest, *doubt);
    return refuse_line(root.raw(), ErrorCode::InvalidRequest, *doubt, "rpc.doubtful_key");
  }
  const bool answer = rpc->kind == RpcKind::Answer || rpc->kind == RpcKind::ErrorAnswer;
  if (rpc->id && !answer && rpc->id.raw().size() > kLongestId)
    return refusals.refuse({.id = "", .exchange = exchange_}, root, message,
                           ErrorCode::InvalidRequest, "the id is longer than 1024 bytes", "rpc.id");
  switch (rpc->kind) {
    case RpcKind::Request:
      request(*rpc, message);
      break;
    case RpcKind::Notification:
      notification(*rpc);
      break;
    case RpcKind::Answer:
    case RpcKind::ErrorAnswer:
      host_.answered_question(*this, *rpc, message);
      break;
  }
}

void Session::request(const Rpc& rpc, const MessagePtr& message) {
  if (is_modern(rpc.params)) return modern_request(rpc, message);
  const Method method = method_of(rpc, Sender::Client, Era::Legacy);
  if (client.initialized() && common_request(method, rpc, message)) return;
  legacy_request(method, rpc, message);
}

bool Session::common_request(Method method, const Rpc& rpc, const MessagePtr& message) {
  switch (method) {
    case Method::CallTool:
      host_.call(*this, rpc, message, CallKind::Tool);
      return true;
    case Method::GetPrompt:
      host_.call(*this, rpc, message, CallKind::Prompt);
      return true;
    case Method::ReadResource:
      host_.call(*this, rpc, message, CallKind::Resource);
      return true;
    case Method::Complete:
      host_.call(*this, rpc, message, CallKind::Complete);
      return true;
    case Method::Unknown:
      host_.call(*this, rpc, message, CallKind::Method);
      return true;
    case Method::ListTools:
      list(rpc, message, ListKind::Tools);
      return true;
    case Method::ListPrompts:
      list(rpc, message, ListKind::Prompts);
      return true;
    case Method::ListResources:
      list(rpc, message, ListKind::Resources);
      return true;
    case Method::ListTemplates:
      list(rpc, message, ListKind::Templates);
      return true;
    default:
      return false;
  }
}

void Session::legacy_request(Method method, const Rpc& rpc, const MessagePtr& message) {
  if (method == Method::Initialize) return handshake.initialize(rpc, message);
  if (method == Method::Ping) return output.answer(now_asked(rpc), "{}");
  if (rpc.method.text_is("server/discover") || rpc.params.find("_meta").find(kMetaCapabilities)) {
    return refusals.refuse(now_asked(rpc), rpc.root, message, ErrorCode::InvalidParams,
                           "params._meta has no " + std::string(kMetaVersion), "protocol.meta");
  }
  if (!client.initialized())
    return refusals.refuse(now_asked(rpc), rpc.root, message, ErrorCode::InvalidRequest,
                           "send initialize first", "protocol.not_initialized");
  if (!has_room(rpc, message, 0)) return;
  switch (method) {
    case Method::SetLevel:
      return set_log_level(rpc);
    case Method::Subscribe:
      output.link().message_lasts();
      return host_.call(*this, rpc, message, CallKind::Subscribe);
    case Method::Unsubscribe:
      output.link().message_lasts();
      return host_.call(*this, rpc, message, CallKind::Unsubscribe);
    case Method::Task:
      return host_.task_request(*this, rpc, message);
    default:
      return host_.unknown_method(*this, rpc, message);
  }
}

void Session::modern_request(const Rpc& rpc, const MessagePtr& message) {
  const ClientRequest asked = now_asked(rpc);
  ModernTerms terms;
  if (const std::optional<RpcFault> fault = read_terms(rpc.params, terms)) {
    refusals.record(rpc.root, message, fault->code, fault->message);
    return output.send_answer(asked,
                              write_error_with(asked.id, fault->code, fault->message, fault->data),
                              static_cast<int>(fault->code));
  }
  // The declared capabilities are fixed when the first children start, because a legacy child gets
  // them only once.
  if (!uses_servers_) client.declare(terms.capabilities);
  const Method method = method_of(rpc, Sender::Client, Era::Modern);
  if (method == Method::Discover) return handshake.discover(rpc);
  handshake.named(terms.client_info, kModernRevision, Era::Modern);
  if (const auto refusal = gate_.clients.refusal(number_, client.name()))
    return refusals.turn_away(rpc, message, ErrorCode::Rejected, *refusal, "client.revoked",
                              "clients: revoked");
  if (common_request(method, rpc, message) || !has_room(rpc, message, 0)) return;
  if (method == Method::Listen) return host_.open_stream(*this, rpc, message);
  if (method == Method::Task) return host_.task_request(*this, rpc, message);
  host_.unknown_method(*this, rpc, message);
}

void Session::list(const Rpc& rpc, const MessagePtr& message, ListKind kind) {
  if (has_room(rpc, message, 0)) lists.request(rpc, kind);
}

void Session::set_log_level(const Rpc& rpc) {
  const int level = log_level(rpc.params.find("level").text());
  if (level < 0) {
    output.fail(now_asked(rpc), ErrorCode::InvalidParams,
                "params.level is none of MCP's log levels", "logging.level");
    return;
  }
  client.set_log_level(level);
  output.link().message_lasts();
  if (!stopped()) host_.log_level_changed();
  output.answer(now_asked(rpc), "{}");
}

void Session::notification(const Rpc& rpc) {
  switch (method_of(rpc, Sender::Client, Era::Legacy)) {
    case Method::Cancelled:
      return cancelled(rpc);
    case Method::Progress:
      if (!stopped()) host_.progress_of_question(*this, rpc);
      return;
    case Method::Initialized:
      if (!client.initialized()) return;
      output.link().message_lasts();
      return host_.start_children(*this);
    case Method::RootsChanged:
      if (!client.initialized()) return;
      client.remember_roots(Value());
      if (!stopped()) host_.roots_changed(*this, rpc);
      return;
    default:
      return drop(rpc);
  }
}

// No server gets the notification, because no rule has decided on its effects.
void Session::drop(const Rpc& rpc) {
  if (dropped_++ > 0) return;
  log::info(
      "a client sent the notification {}, which MCP does not define for clients; callgate "
      "drops and counts such notifications (`callgate status --json`)",
      quote(rpc.method.text().substr(0, kLongestShown)));
}

void Session::cancelled(const Rpc& rpc) {
  const Value wanted = rpc.params.find("requestId");
  if (!wanted) return;
  const Value reason = rpc.params.find("reason");
  const std::string id(wanted.raw());
  const std::string reason_json(reason ? reason.raw() : std::string_view());
  const std::vector<OpenRequest> concerned = requests.cancelled_by(id, exchange_);
  if (concerned.empty()) host_.cancelled_too_late(*this, id);
  for (const OpenRequest& open : concerned) host_.cancelled(*this, id, open, reason_json);
  output.link().request_cancelled(id);
}

void Session::exchange_gone(Exchange exchange) {
  for (const auto& [id, open] : requests.of_exchange(exchange))
    host_.cancelled(*this, id, open, "\"the client closed the stream\"");
}

bool Session::has_room(const Rpc& rpc, const MessagePtr& message, size_t more) {
  if (requests.size() + more < gate_.options.limits.in_flight) return true;
  refusals.turn_away(rpc, message, ErrorCode::Internal,
                     "too many requests are open in this session (limits.in_flight)",
                     "session.full", "limits.in_flight");
  return false;
}

void Session::take_rights() {
  rights_ = Rights(gate_.options.policy, gate_.options.profiles, rights_.profile());
}

bool Session::shows(ListKind kind, const CatalogEntry& entry) const {
  if (rights_.profile().empty()) return true;  // `entry.shown` already follows the global policy
  if (kind == ListKind::Templates) return sees(entry.server);
  const ServerConfig& server = gate_.registry[entry.server];
  return rights_.lists({.subject = subject_of(kind),
                        .server = server.name,
                        .name = entry.name,
                        .account = server.account()});
}

void Session::close(const std::string& reason) {
  output.close();
  host_.closed(*this, requests.take_all(), reason);
  lists.close();
  if (handshake.recorded())
    gate_.record.append(SessionClosed{.session = number_, .at = gate_.now.wall, .reason = reason});
}

}  // namespace callgate
