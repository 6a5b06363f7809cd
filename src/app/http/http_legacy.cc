#include "http_legacy.h"

#include <utility>

#include "callgate/wire/rpc.h"

namespace callgate {

namespace {

constexpr size_t kLongestBatch = 100;
constexpr Nanos kResumableWait = std::chrono::milliseconds(200);
constexpr Millis kRetry{1000};  // how long a client should wait before it resumes a stream

/// True if the gate answers this message, or this item of a batch. It answers requests, and
/// everything that is invalid and not an answer.
bool is_answered(Value item) {
  const Result<Rpc> rpc = classify(item);
  if (rpc) return rpc->kind == RpcKind::Request;
  return !item.is_object() || item.find("method") || (!item.find("result") && !item.find("error"));
}

size_t answers_to(const Message& message, Revision revision) {
  const Value root = message.root();
  if (!root.is_array() || message.duplicates() > 0) return is_answered(root) ? 1 : 0;
  size_t items = 0, answered = 0;
  for (const Value item : root) {
    ++items;
    if (is_answered(item)) ++answered;
  }
  // The gate refuses an invalid batch as a whole, with one answer.
  const bool refused = revision != Revision::R2025_03_26 || items == 0 || items > kLongestBatch;
  return refused ? 1 : answered;
}

/// Returns the id of the request that a cancellation names, as JSON text; empty if `root` is not a
/// cancellation.
std::string cancelled_by(Value root) {
  if (!root.is_object() || !root.find("method").text_is("notifications/cancelled")) return "";
  const Value id = root.find("params").find("requestId");
  return id ? std::string(id.raw()) : std::string();
}

}  // namespace

LegacySession::LegacySession(HttpParts& parts, const HttpConnection& opener, std::string id)
    : HttpSession(parts, opener), id_(std::move(id)) {}

void LegacySession::initialize(HttpConnection& connection, const MessagePtr& message) {
  const Value version = message->root().find("params").find("protocolVersion");
  revision_ = negotiate(version.text());
  hand_over(connection, message, true);
}

void LegacySession::post(HttpConnection& connection, const MessagePtr& message) {
  hand_over(connection, message, false);
  const std::string id = cancelled_by(message->root());
  if (!id.empty()) cancelled(id);
}

void LegacySession::hand_over(HttpConnection& connection, const MessagePtr& message,
                              bool initialize) {
  used();
  const Exchange exchange = ++parts_.last_exchange;
  const size_t answers = answers_to(*message, revision_);
  const Value id = message->root().is_object() ? message->root().find("id") : Value();
  const auto post = posts_.emplace(exchange, OpenPost{.connection = &connection,
                                                      .id = std::string(id ? id.raw() : ""),
                                                      .answers = answers,
                                                      .initialize = initialize});
  connection.belongs_to(*this, exchange);
  if (answers > 1) begin_events(exchange, post.first->second);
  parts_.gate.client_message(session_, message, exchange);
  if (answers > 0) return;
  // The message contains no request, so the client gets the status 202 (Accepted). But if the gate
  // has already answered the message with an error, the post is no longer in posts_.
  if (posts_.erase(exchange) > 0) connection.answer(202, "", "");
}

// Called when the client has cancelled the request `id`. Ends the HTTP answer without a message,
// because the client no longer waits for an answer.
void LegacySession::cancelled(const std::string& id) {
  for (auto it = posts_.begin(); it != posts_.end(); ++it) {
    OpenPost& post = it->second;
    if (post.id != id || post.answers != 1 || post.initialize) continue;
    if (HttpConnection* connection = post.connection) {
      if (!post.events) connection->begin_events();
      connection->end_events();
    }
    posts_.erase(it);
    return;
  }
}

void LegacySession::send(Outgoing message) {
  const auto post = message.about != 0 ? posts_.find(message.about) : posts_.end();
  if (message.kind == SendKind::Answer) {
    if (post != posts_.end()) answered(post, message);
    return;
  }
  // If the connection broke before the client got any event of its stream, the client cannot resume
  // that stream. So the message goes to the stream for messages that belong to no request.
  if (post == posts_.end() || (!post->second.connection && !post->second.events))
    return emit_aside(std::move(message.bytes));
  begin_events(message.about, post->second);
  emit(message.about, post->second.connection, std::move(message.bytes));
}

void LegacySession::answered(Posts::iterator post, Outgoing& message) {
  OpenPost& open = post->second;
  if (open.initialize && message.error != 0) failed_ = true;
  if (open.answers > 0) --open.answers;
  HttpConnection* connection = open.connection;
  if (open.events) {
    emit(post->first, connection, std::move(message.bytes));
    if (open.answers > 0) return;
    if (connection) connection->end_events();
  } else if (connection) {
    connection->answer(legacy_status(message.error), kJsonType, std::move(message.bytes),
                       session_field(open));
  } else {
    parts_.loop.post(lifetime_.guard(
        [this, id = std::string(message.request_id)] { parts_.gate.answer_missed(session_, id); }));
  }
  posts_.erase(post);
}

std::string LegacySession::session_field(const OpenPost& post) const {
  return post.initialize && !failed_ ? "Mcp-Session-Id: " + id_ + "\r\n" : std::string();
}

void LegacySession::begin_events(Exchange exchange, OpenPost& post) {
  if (post.events) return;
  post.events = true;
  if (!post.connection) return;
  post.connection->begin_events(session_field(post));
  // The first event of a stream has empty data. Clients of older revisions take such an event for a
  // broken message, so they do not get it.
  if (revision_ >= Revision::R2025_11_25)
    post.connection->event(sse_first_event(EventId{exchange, 0}.text(), kRetry.count()));
}

void LegacySession::emit(Exchange stream, HttpConnection* connection, std::string bytes) {
  const EventId id = log_.add(stream, bytes, parts_.replay_bounds());
  if (connection) connection->event(sse_event(id.text(), "message", bytes));
}

void LegacySession::emit_aside(std::string bytes) {
  emit(0, get_, std::move(bytes));
  if (get_) aside_seen_ = log_.last();
}

void LegacySession::get(HttpConnection& connection) {
  used();
  if (const auto last = connection.head().field("last-event-id")) return resume(connection, *last);
  if (get_)
    return connection.refuse({.status = 409,
                              .message = "this session's stream is open already",
                              .word = "http.second_stream"});
  open_get(connection, aside_seen_);
}

void LegacySession::open_get(HttpConnection& connection, uint64_t from) {
  get_ = &connection;
  connection.belongs_to(*this, 0);
  connection.begin_events();
  if (revision_ >= Revision::R2025_11_25)
    connection.event(sse_first_event(EventId{0, from}.text(), kRetry.count()));
  replay(connection, {0, from});
  aside_seen_ = log_.last();
}

void LegacySession::replay(HttpConnection& connection, EventId from) {
  log_.replay(from.stream, from.number, [&connection](EventId id, const std::string& data) {
    connection.event(sse_event(id.text(), "message", data));
  });
}

void LegacySession::resume(HttpConnection& connection, std::string_view last_event) {
  const auto from = parse_event_id(last_event);
  if (!from || from->stream > parts_.last_exchange)
    return connection.refuse({.status = 400,
                              .message = "Last-Event-ID is not the id of an event of this session",
                              .word = "http.event_id"});
  if (from->stream == 0) {
    if (HttpConnection* old = std::exchange(get_, nullptr)) old->end_events();
    return open_get(connection, from->number);
  }
  connection.begin_events();
  replay(connection, *from);
  const auto post = posts_.find(from->stream);
  if (post == posts_.end()) return connection.end_events();
  HttpConnection* old = std::exchange(post->second.connection, &connection);
  if (old) old->end_events();
  post->second.events = true;
  connection.belongs_to(*this, from->stream);
}

void LegacySession::connection_gone(HttpConnection& connection, Exchange exchange) {
  used();
  if (get_ == &connection) get_ = nullptr;
  const auto post = posts_.find(exchange);
  // The request goes on without its connection, because in this transport a lost connection does
  // not cancel a request.
  if (post != posts_.end() && post->second.connection == &connection)
    post->second.connection = nullptr;
}

// Turns an answer into a stream if it takes long, because a client can resume a stream when its
// connection has broken.
void LegacySession::still_waiting(HttpConnection& connection, Exchange exchange, Nanos waited) {
  const auto post = posts_.find(exchange);
  if (post == posts_.end()) return;
  const bool resumable = revision_ >= Revision::R2025_11_25;
  if (!post->second.events && waited >= (resumable ? kResumableWait : kLongWait))
    begin_events(exchange, post->second);
  if (waited < kLongWait || parts_.gate.open_requests(session_) > 0) return;
  // The gate has no open request of this session any more, so no answer will come.
  connection.end_events();
  posts_.erase(post);
}

void LegacySession::end(const HttpFault& fault) {
  if (ended_) return;
  ended_ = true;
  for (auto& [exchange, post] : std::exchange(posts_, {})) {
    if (!post.connection) continue;
    if (post.events) {
      post.connection->event(sse_event("", "message", fault_body(fault, post.id)));
      post.connection->end_events();
    } else {
      post.connection->refuse(fault, post.id);
    }
  }
  if (HttpConnection* stream = std::exchange(get_, nullptr)) stream->end_events();
  parts_.gate.client_gone(session_, fault.message);
}

}  // namespace callgate
