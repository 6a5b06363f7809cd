// Finds the session that answers a request.
#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "callgate/base/digest.h"
#include "callgate/wire/utf8.h"
#include "http_server.h"

namespace callgate {

namespace {

using namespace std::chrono_literals;

constexpr Nanos kModernIdle = 30min;
constexpr Nanos kLegacyIdle = 1h;  // after this, a session with no stream and no request ends
constexpr size_t kLongestIdentity = 512;
constexpr size_t kLongestShown = 256;  // bytes of a refused header that are recorded
constexpr std::string_view kSessionId = "sessionId=";

HttpFault bad_request(ErrorCode code, std::string message, std::string word) {
  return {.status = 400, .code = code, .message = std::move(message), .word = std::move(word)};
}

HttpFault no_session() {
  return {.status = 404,
          .code = kHttpNoSession,
          .message = "session not found: send initialize again",
          .word = "http.session"};
}

HttpFault full() {
  return {.status = 503,
          .message = "too many sessions are open (limits.sessions)",
          .word = "http.full"};
}

std::string_view session_of_query(std::string_view query) {
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view part = query.substr(0, end);
    if (part.starts_with(kSessionId)) return part.substr(kSessionId.size());
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
  }
  return "";
}

std::string id_of(Value root) {
  const Value id = root.is_object() ? root.find("id") : Value();
  return id && (id.is_string() || id.integer()) ? std::string(id.raw()) : std::string();
}

}  // namespace

void HttpServer::request(HttpConnection& connection, std::string body) {
  const HttpTarget& target = connection.target;
  if (target.preflight) return connection.answer(204, "", "", preflight_fields(connection.head()));
  switch (target.path) {
    case HttpPath::Health:
      return connection.answer(200, kJsonType, R"({"status":"ok"})");
    case HttpPath::Sse:
      return open_sse(connection);
    case HttpPath::Messages:
      return post_sse(connection, std::move(body));
    case HttpPath::Mcp:
      break;
  }
  if (target.ends) return end_session(connection);
  if (target.reads) {
    LegacySession* session = legacy_session(connection, nullptr);
    if (session) session->get(connection);
    return;
  }
  if (const MessagePtr message = read(connection, std::move(body))) post(connection, message);
}

void HttpServer::refuse(HttpConnection& connection, const HttpFault& fault,
                        const MessagePtr& message, std::string_view id) {
  if (message) record_refused(connection, fault, message);
  connection.refuse(fault, id);
}

void HttpServer::record_refused(const HttpConnection& connection, const HttpFault& fault,
                                const MessagePtr& message) {
  const HttpHead& head = connection.head();
  std::string why = "HTTP status " + std::to_string(fault.status) + ": " + fault.message;
  for (const std::string_view name : {"origin", "host"})
    if (const auto value = head.field(name); value && fault.status == 403)
      why += "; " + std::string(name) + ": " + std::string(value->substr(0, kLongestShown));
  parts_.gate.refused_outside(
      {.from = {.process = {},
                .peer = connection.peer,
                .profile = connection.principal.profile,
                .token = connection.principal.name},
       .message = message,
       .name = with_replacements(std::string(head.method()) + " " + std::string(head.path())),
       .code = fault.code,
       .why = with_replacements(why)});
}

// Parses a body. Returns the message; if the body is not valid, refuses the request and returns
// null.
MessagePtr HttpServer::read(HttpConnection& connection, std::string body) {
  Result<MessagePtr> message = walker_.walk(std::move(body));
  if (message) return *message;
  parts_.gate.unreadable(message.error().message);
  connection.refuse(bad_request(ErrorCode::Parse, message.error().message, message.error().code),
                    salvage_id(walker_.take_refused()).value_or(""));
  return nullptr;
}

void HttpServer::post(HttpConnection& connection, const MessagePtr& message) {
  const Value root = message->root();
  const Value params = root.is_object() ? root.find("params") : Value();
  if (params && is_modern(params)) return post_modern(connection, message);
  post_legacy(connection, message);
}

void HttpServer::post_modern(HttpConnection& connection, const MessagePtr& message) {
  const Value root = message->root();
  const Result<Rpc> rpc = classify(root);
  if (!rpc)
    return refuse(connection,
                  bad_request(ErrorCode::InvalidRequest, rpc.error().message, rpc.error().code),
                  message, id_of(root));
  if (const auto fault = check_modern_headers(connection.head(), *rpc))
    return refuse(connection, *fault, message, id_of(root));
  ModernTerms terms;
  if (rpc->kind == RpcKind::Request) {
    if (const auto fault = read_terms(rpc->params, terms)) {
      record_refused(connection, bad_request(fault->code, fault->message, ""), message);
      return connection.answer(
          400, kJsonType, write_error_with(id_of(root), fault->code, fault->message, fault->data));
    }
  }
  if (const auto fault = check_params(connection, *rpc))
    return refuse(connection, *fault, message, id_of(root));
  if (ModernSession* session = modern_session(connection, terms.client_info, message))
    session->post(connection, *rpc, message);
}

std::optional<HttpFault> HttpServer::check_params(HttpConnection& connection, const Rpc& rpc) {
  if (!rpc.method.text_is("tools/call")) return std::nullopt;
  const std::string_view definition =
      parts_.gate.tool_definition(rpc.params.find("name").text(), connection.principal.profile);
  if (definition.find(kHeaderMark) == std::string_view::npos) return std::nullopt;
  const Result<MessagePtr> walked = walker_.walk(std::string(definition));
  if (!walked) return std::nullopt;  // cannot happen: the gate has parsed this text before
  return check_param_headers(connection.head(), (*walked)->root(), rpc.params.find("arguments"));
}

ModernSession* HttpServer::modern_session(HttpConnection& connection, Value client_info,
                                          const MessagePtr& message) {
  const Principal& principal = connection.principal;
  std::string identity = principal.name + '\n' + principal.profile + '\n';
  if (client_info) {
    const Value name = client_info.find("name"), version = client_info.find("version");
    if (name) identity += name.raw();
    identity += '\n';
    if (version) identity += version.raw();
  }
  if (identity.size() > kLongestIdentity) identity = hex(sha256(identity));
  const auto found = modern_.find(identity);
  if (found != modern_.end()) return found->second.get();
  if (!make_room_for_session(principal)) {
    refuse(connection, full(), message);
    return nullptr;
  }
  auto session = std::make_unique<ModernSession>(parts_, connection);
  return modern_.emplace(std::move(identity), std::move(session)).first->second.get();
}

void HttpServer::post_legacy(HttpConnection& connection, const MessagePtr& message) {
  const Value root = message->root();
  const HttpHead& head = connection.head();
  if (root.is_object() && root.find("method").text_is("initialize") && root.find("id"))
    return initialize(connection, message);
  if (head.field("mcp-protocol-version") == kModernRevision && !head.field("mcp-session-id"))
    return refuse(
        connection,
        bad_request(ErrorCode::InvalidParams,
                    "params._meta lacks \"" + std::string(kMetaVersion) + "\"", "protocol.meta"),
        message, id_of(root));
  if (LegacySession* session = legacy_session(connection, message))
    session->post(connection, message);
}

void HttpServer::initialize(HttpConnection& connection, const MessagePtr& message) {
  const auto known = connection.head().field("mcp-session-id");
  if (known && legacy_.count(std::string(*known)) > 0)
    return connection.refuse(bad_request(ErrorCode::InvalidRequest,
                                         "this session is initialized already", "http.session"),
                             id_of(message->root()));
  if (!make_room_for_session(connection.principal))
    return connection.refuse(full(), id_of(message->root()));
  auto session = std::make_unique<LegacySession>(parts_, connection, hex(random_bytes(16)));
  LegacySession& opened = *session;
  legacy_.emplace(opened.id(), std::move(session));
  opened.initialize(connection, message);
  if (opened.failed()) later(&HttpServer::bury);
}

// Returns the session that the request names. If there is no such session, or if it belongs to
// another principal, refuses the request and returns null. `message` is the request's body; it may
// be null.
LegacySession* HttpServer::legacy_session(HttpConnection& connection, const MessagePtr& message) {
  const auto id = connection.head().field("mcp-session-id");
  if (!id) {
    refuse(connection,
           bad_request(kHttpGeneric, "the header Mcp-Session-Id is missing: send initialize first",
                       "http.session"),
           message);
    return nullptr;
  }
  const auto found = legacy_.find(std::string(*id));
  if (found == legacy_.end() || !(found->second->principal() == connection.principal)) {
    refuse(connection, no_session(), message);
    return nullptr;
  }
  if (const auto fault = check_legacy_version(connection.head())) {
    refuse(connection, *fault, message);
    return nullptr;
  }
  return found->second.get();
}

void HttpServer::end_session(HttpConnection& connection) {
  LegacySession* session = legacy_session(connection, nullptr);
  if (!session) return;
  session->end({.status = 404,
                .code = kHttpNoSession,
                .message = "the client ended the session",
                .word = "http.session"});
  legacy_.erase(session->id());
  connection.answer(200, "", "");
}

void HttpServer::open_sse(HttpConnection& connection) {
  if (!make_room_for_session(connection.principal)) return connection.refuse(full());
  auto session = std::make_unique<SseSession>(parts_, hex(random_bytes(16)), connection);
  sse_.emplace(session->id(), std::move(session));
}

void HttpServer::post_sse(HttpConnection& connection, std::string body) {
  const auto found = sse_.find(std::string(session_of_query(connection.head().query())));
  if (found == sse_.end() || found->second->over() ||
      !(found->second->principal() == connection.principal)) {
    const Result<MessagePtr> lost = walker_.walk(std::move(body));
    return refuse(connection, no_session(), lost ? *lost : nullptr);
  }
  const MessagePtr message = read(connection, std::move(body));
  if (!message) return;
  connection.answer(202, "text/plain", "Accepted");
  found->second->post(message);
}

void HttpServer::sweep_sessions(Nanos now) {
  const HttpFault expired = {.status = 404,
                             .code = kHttpNoSession,
                             .message = "the session was idle for too long",
                             .word = "http.session"};
  const auto idle_for = [now](Nanos limit) {
    return [now, limit](const auto& session) {
      return session.idle() && now - session.last_used() > limit;
    };
  };
  end_where(legacy_, expired, idle_for(kLegacyIdle));
  end_where(modern_, expired, idle_for(kModernIdle));
  size_t kept = 0;
  for (const auto& [id, session] : legacy_) kept += session->kept();
  if (kept <= kAllReplays) return;
  for (const auto& [id, session] : legacy_) session->keep_less();
}

// If the limit of sessions is reached, makes room for a new session of `principal` by ending an
// idle session. It belongs to the principal that has the most sessions, so that no principal can
// cause the end of sessions of a principal that has fewer. Modern sessions are ended first, because
// the client of a modern session does not notice its end. Of several such sessions, ends the one
// that has not been used for the longest time. Returns false if there is no room.
bool HttpServer::make_room_for_session(const Principal& principal) {
  if (parts_.sessions < options_.limits.sessions) return true;
  const HttpFault gone = {
      .status = 404,
      .code = kHttpNoSession,
      .message = "the session was ended to make room for a newer one (limits.sessions)",
      .word = "http.session"};
  std::map<std::string, size_t> counts;
  const auto key_of = [](const Principal& whose) { return whose.name + '\n' + whose.profile; };
  const auto count = [&](const auto& sessions) {
    for (const auto& [id, session] : sessions) ++counts[key_of(session->principal())];
  };
  count(modern_);
  count(legacy_);
  count(sse_);
  const std::string own = key_of(principal);
  // Only idle sessions may be ended: those of `principal` itself, and those of principals with more
  // sessions than it. `most` is the greatest number of sessions that an owner of such an idle
  // session has.
  size_t most = 0;
  const auto weight = [&](const auto& session) -> size_t {
    const std::string whose = key_of(session.principal());
    const size_t has = counts[whose];
    return session.idle() && (whose == own || has > counts[own]) ? has : 0;
  };
  for (const auto& [id, session] : modern_) most = std::max(most, weight(*session));
  for (const auto& [id, session] : legacy_) most = std::max(most, weight(*session));
  const auto drop_oldest = [&](auto& sessions) {
    auto oldest = sessions.end();
    for (auto it = sessions.begin(); it != sessions.end(); ++it) {
      if (weight(*it->second) != most) continue;
      if (oldest == sessions.end() || it->second->last_used() < oldest->second->last_used())
        oldest = it;
    }
    if (oldest == sessions.end()) return false;
    oldest->second->end(gone);
    sessions.erase(oldest);
    return true;
  };
  return most > 0 && (drop_oldest(modern_) || drop_oldest(legacy_));
}

}  // namespace callgate
