#include "session.h"

#include "call_flow.h"
#include "callgate/base/digest.h"
#include "callgate/base/log.h"
#include "callgate/protocol/methods.h"
#include "callgate/protocol/spelling.h"
#include "callgate/wire/edits.h"
#include "callgate/wire/writer.h"
#include "change_streams.h"
#include "child.h"
#include "guard_adapter.h"
#include "malformed_line.h"
#include "questions.h"
#include "refusals.h"
#include "tasks.h"

namespace callgate {

namespace {

constexpr size_t kLongestBatch = 100;        // the limit that the official SDKs have
constexpr size_t kLongestRoots = 64 * 1024;  // bytes; a longer list is not remembered
constexpr size_t kMostRoots = 256;

constexpr size_t kLongestName = 256;  // bytes of a client's name or version

// Returns the client's name or version with at most kLongestName bytes. Rules, pauses and findings
// use the name as a key, so a digest keeps two long names different.
std::string bounded(Value name) {
  std::string text = name.text();
  if (text.size() <= kLongestName) return text;
  const std::string digest = hex(sha256(text)).substr(0, 16);
  size_t end = kLongestName - digest.size() - 1;
  // Moves to the beginning of a UTF-8 character, so that the cut splits no character.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "~" + digest;
}

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

Session::Session(Core& core, SessionNumber number, ClientLink& link, ClientFacts facts)
    : core_(core),
      number_(number),
      link_(link),
      facts_(std::move(facts)),
      rights_(core.options.policy, core.options.profiles, facts_.profile) {}

std::string Session::principal() const { return facts_.token + '\0' + facts_.profile; }

std::string Session::project_root() const {
  return root_uris_.empty() ? facts_.process.cwd : root_uris_.front();
}

void Session::remember_roots(Value answer) {
  roots_.clear();
  root_uris_.clear();
  const Value roots = answer ? answer.find("roots") : Value();
  if (!roots.is_array() || answer.raw().size() > kLongestRoots) return;
  for (const Value root : roots) {
    if (root_uris_.size() == kMostRoots) break;
    if (const Value uri = root.find("uri"); uri.is_string()) root_uris_.push_back(uri.text());
  }
  Edits edits;
  if (const Value type = answer.find("resultType")) edits.drop(type);
  roots_ = edits.apply(answer);
}

Value Session::capabilities() const {
  return initialize_ ? initialize_->root().find("params").find("capabilities") : Value();
}

void Session::line(std::string bytes) {
  Result<MessagePtr> walked = core_.walker.walk(std::move(bytes));
  if (!walked) {
    core_.count_unreadable(client_name_, walked.error().message);
    return refuse_line(core_.walker.take_refused(), ErrorCode::Parse, walked.error().message,
                       walked.error().code);
  }
  message(*walked, 0);
}

void Session::message(const MessagePtr& message, Exchange exchange) {
  exchange_ = exchange;
  const Value root = message->root();
  if (message->duplicates() > 0) {
    const std::string why = two_keys(*message);
    record_refused(root, message, ErrorCode::InvalidRequest, why);
    return refuse_line(message->bytes(), ErrorCode::InvalidRequest, why, "wire.duplicate_key");
  }
  if (!root.is_array()) return message_of(root, message);
  size_t count = 0;
  for ([[maybe_unused]] const Value item : root) ++count;
  if (revision_ != Revision::R2025_03_26 || !initialized_ || count == 0 || count > kLongestBatch) {
    return refuse({.id = "", .exchange = exchange_}, root, message, ErrorCode::InvalidRequest,
                  "batches of up to 100 messages exist in revision 2025-03-26 only", "rpc.batch");
  }
  for (const Value item : root) message_of(item, message);
}

void Session::line_too_long(std::string_view head) {
  const std::string why = "the message is longer than " +
                          std::to_string(core_.options.limits.line) + " bytes (limits.line)";
  core_.count_unreadable(client_name_, why);
  refuse_line(head, ErrorCode::InvalidRequest, why, "wire.too_long");
}

// The gate never replies to an answer. The id of an answer is an id that the gate gave, and the
// client could have sent a request with the same id. The client would take the reply for the answer
// to its request.
void Session::refuse_line(std::string_view line, ErrorCode code, const std::string& why,
                          std::string_view code_word) {
  const std::string id = salvage_id(line).value_or("");
  if (looks_like_answer(line)) return core_.questions->unusable(*this, id, why);
  fail({.id = id, .exchange = exchange_}, code, why, code_word);
}

ClientRequest Session::now_asked(const Rpc& rpc) const {
  return {.id = std::string(rpc.id.raw()),
          .exchange = exchange_,
          .era = is_modern(rpc.params) ? Era::Modern : Era::Legacy};
}

void Session::message_of(Value root, const MessagePtr& message) {
  const Result<Rpc> rpc = classify(root);
  if (rpc && !opens(rpc->method)) core_.server_cache.recall_lists(core_.catalog);
  if (!rpc) {
    const Value id = root.is_object() ? root.find("id") : Value();
    const bool usable = id && (id.is_string() || id.integer());
    // The gate does not reply to a message that looks like an answer, because two peers could reply
    // to each other for ever.
    if (root.is_object() && !root.find("method") && (root.find("result") || root.find("error")))
      return core_.questions->unusable(*this, usable ? id.raw() : "", rpc.error().message);
    if (!root.is_object() || !root.find("method"))
      core_.count_unreadable(client_name_, rpc.error().message);
    return refuse({.id = std::string(usable ? id.raw() : ""), .exchange = exchange_}, root, message,
                  ErrorCode::InvalidRequest, rpc.error().message, rpc.error().code);
  }
  if (const auto doubt = doubtful_message(*rpc, Sender::Client)) {
    record_refused(root, message, ErrorCode::InvalidRequest, *doubt);
    return refuse_line(root.raw(), ErrorCode::InvalidRequest, *doubt, "rpc.doubtful_key");
  }
  const bool answer = rpc->kind == RpcKind::Answer || rpc->kind == RpcKind::ErrorAnswer;
  if (rpc->id && !answer && rpc->id.raw().size() > kLongestId)
    return refuse({.id = "", .exchange = exchange_}, root, message, ErrorCode::InvalidRequest,
                  "the id is longer than 1024 bytes", "rpc.id");
  switch (rpc->kind) {
    case RpcKind::Request:
      request(*rpc, message);
      break;
    case RpcKind::Notification:
      notification(*rpc);
      break;
    case RpcKind::Answer:
    case RpcKind::ErrorAnswer:
      core_.questions->answered(*this, *rpc, message);
      break;
  }
}

void Session::request(const Rpc& rpc, const MessagePtr& message) {
  if (is_modern(rpc.params)) return modern_request(rpc, message);
  const Method method = method_of(rpc, Sender::Client, Era::Legacy);
  if (initialized_ && common_request(method, rpc, message)) return;
  legacy_request(method, rpc, message);
}

bool Session::common_request(Method method, const Rpc& rpc, const MessagePtr& message) {
  switch (method) {
    case Method::CallTool:
      core_.flow->receive(*this, rpc, message, CallKind::Tool);
      return true;
    case Method::GetPrompt:
      core_.flow->receive(*this, rpc, message, CallKind::Prompt);
      return true;
    case Method::ReadResource:
      core_.flow->receive(*this, rpc, message, CallKind::Resource);
      return true;
    case Method::Complete:
      core_.flow->receive(*this, rpc, message, CallKind::Complete);
      return true;
    case Method::Unknown:
      core_.flow->receive(*this, rpc, message, CallKind::Method);
      return true;
    case Method::ListTools:
      if (has_room(rpc, message, 0)) list(rpc, ListKind::Tools);
      return true;
    case Method::ListPrompts:
      if (has_room(rpc, message, 0)) list(rpc, ListKind::Prompts);
      return true;
    case Method::ListResources:
      if (has_room(rpc, message, 0)) list(rpc, ListKind::Resources);
      return true;
    case Method::ListTemplates:
      if (has_room(rpc, message, 0)) list(rpc, ListKind::Templates);
      return true;
    default:
      return false;
  }
}

void Session::legacy_request(Method method, const Rpc& rpc, const MessagePtr& message) {
  if (method == Method::Initialize) return initialize(rpc, message);
  if (method == Method::Ping) return answer(now_asked(rpc), "{}");
  if (rpc.method.text_is("server/discover") || rpc.params.find("_meta").find(kMetaCapabilities)) {
    return refuse(now_asked(rpc), rpc.root, message, ErrorCode::InvalidParams,
                  "params._meta has no " + std::string(kMetaVersion), "protocol.meta");
  }
  if (!initialized_)
    return refuse(now_asked(rpc), rpc.root, message, ErrorCode::InvalidRequest,
                  "send initialize first", "protocol.not_initialized");
  if (!has_room(rpc, message, 0)) return;
  switch (method) {
    case Method::SetLevel:
      return set_level(rpc);
    case Method::Subscribe:
      return core_.flow->receive(*this, rpc, message, CallKind::Subscribe);
    case Method::Unsubscribe:
      return core_.flow->receive(*this, rpc, message, CallKind::Unsubscribe);
    case Method::Task:
      return core_.tasks->request(*this, rpc, message);
    default:
      return core_.refusals->refuse_method(*this, rpc, message);
  }
}

ModernMeta Session::meta_for(Era child) const {
  if (child == Era::Legacy) return {};
  JsonWriter info;
  info.begin_object().key("name").string(client_name_.empty() ? "callgate" : client_name_);
  info.key("version").string(client_version_).end_object();
  return {.capabilities = child_capabilities(), .client_info = info.take(), .log_level = level_};
}

// Rules, pauses and the record use the client's name, so it must not change during the session.
void Session::refuse_initialize(const Rpc& rpc, const MessagePtr& message) {
  refuse(now_asked(rpc), rpc.root, message, ErrorCode::InvalidRequest,
         "this session was initialized by the client '" + client_name_ +
             "' and keeps this name; start another callgate for another client",
         "protocol.initialized");
}

void Session::initialize(const Rpc& rpc, const MessagePtr& message) {
  if (initialized_) return refuse_initialize(rpc, message);
  const Value version = rpc.params.find("protocolVersion");
  if (!version.is_string()) {
    fail(now_asked(rpc), ErrorCode::InvalidParams, "initialize needs params.protocolVersion",
         "protocol.no_version");
    return;
  }
  const std::string claimed =
      opened_ ? client_name_ : bounded(rpc.params.find("clientInfo").find("name"));
  if (const auto refusal = core_.clients.refusal(number_, claimed))
    return fail(now_asked(rpc), ErrorCode::Rejected, *refusal, "client.revoked");
  revision_ = negotiate(version.text());
  initialize_ = message;
  initialized_ = true;
  opened_by(rpc.params.find("clientInfo"), text(revision_), Era::Legacy);
  // A known revision is returned as the client wrote it, even the pre-release 2024-10-07, which
  // callgate treats as 2024-11-05: some clients close the connection when they get another text.
  const std::string echoed =
      revision_of(version.text()) ? version.text() : std::string(text(revision_));
  JsonWriter out;
  out.begin_object().key("protocolVersion").string(echoed);
  out.key("capabilities").raw(gate_capabilities(dialect(Era::Legacy)));
  out.key("serverInfo").begin_object().key("name").string("callgate");
  out.key("version").string(core_.options.version).end_object();
  if (const std::string text = instructions(); !text.empty()) out.key("instructions").string(text);
  answer(now_asked(rpc), out.end_object().take());
}

void Session::opened_by(Value client_info, std::string_view protocol, Era era) {
  if (std::exchange(opened_, true)) return;  // the first name stays, even if a later one differs
  client_name_ = bounded(client_info.find("name"));
  client_version_ = bounded(client_info.find("version"));
  memory_key_ = callgate::memory_key(client_name_, facts_.token, client_program(facts_.process));
  core_.guard->opened(number_, client_name_, memory_key_);
  append_opened(protocol, name(era));
}

void Session::append_opened(std::string_view protocol, std::string_view era) {
  recorded_ = true;
  core_.record.append(SessionOpened{.session = number_,
                                    .at = core_.now.wall,
                                    .client_name = client_name_,
                                    .client_version = client_version_,
                                    .process = facts_.process,
                                    .peer = facts_.peer,
                                    .token = facts_.token,
                                    .profile = facts_.profile,
                                    .protocol = std::string(protocol),
                                    .era = std::string(era)});
}

void Session::notification(const Rpc& rpc) {
  switch (method_of(rpc, Sender::Client, Era::Legacy)) {
    case Method::Cancelled:
      return cancelled(rpc);
    case Method::Progress:
      if (!stopped()) core_.questions->progress(*this, rpc);
      return;
    case Method::Initialized:
      if (initialized_) start_children();
      return;
    case Method::RootsChanged:
      if (!initialized_) return;
      remember_roots(Value());
      if (!stopped()) roots_changed(rpc);
      return;
    default:
      return drop(rpc);
  }
}

// Forwards the notification to the children whose handshake was made for a client with roots.
// MCP defines no params for it except `_meta`; others are left out, because no rule decides on
// them.
void Session::roots_changed(const Rpc& rpc) {
  bool others = rpc.params && !rpc.params.is_object();
  if (rpc.params.is_object())
    for (const Value member : rpc.params) others = others || !member.key_is("_meta");
  Edits edits;
  if (others)
    edits.drop(rpc.root.find("params"));
  else
    leave_out_nulls(edits, rpc.root);
  for (const auto& child : core_.children) {
    if (!child->used_by(number_) || !sees(child->configured()) || !child->declared_roots())
      continue;
    const bool up = child->ready() || child->state() == ServerStatus::State::Listing;
    if (up && child->era() == Era::Legacy) child->send(edits.apply(rpc.root));
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

bool Session::stopped() const { return core_.clients.decision(number_, client_name_).has_value(); }

}  // namespace callgate
