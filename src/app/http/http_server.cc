// Accepts connections, decides which requests are admitted, and checks deadlines from time to time.
#include "http_server.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "callgate/base/ascii.h"
#include "callgate/base/log.h"
#include "callgate/protocol/methods.h"
#include "callgate/wire/web.h"

namespace callgate {

namespace {

using namespace std::chrono_literals;

constexpr Millis kSweep{1000}, kQuickSweep{100};
constexpr Nanos kTokensFresh = 1s;
constexpr size_t kQueueForRefusals = 64 * 1024;
// All clients together may leave kFullQueues × limits.queue bytes of output unread, and may have
// sent kFullBodies × limits.line bytes of incomplete requests.
constexpr size_t kFullQueues = 8;
constexpr size_t kFullBodies = 8;

HttpFault unauthorized(std::string message) {
  return {.status = 401,
          .message = std::move(message),
          .word = "http.token",
          .fields = "WWW-Authenticate: Bearer realm=\"callgate\"\r\n"};
}

// Refuses a connection for which there is no room. The write does not wait, because the buffer of a
// new connection has room for these few bytes.
void turn_away(int fd) {
  const std::string text = http_response_head(503, "Connection: close\r\nContent-Length: 0\r\n");
  if (::write(fd, text.data(), text.size()) < 0)
    log::debug("the client of a refused connection has already closed it");
  ::close(fd);
}

bool has_profile(const Config& config, const std::string& name) {
  return std::any_of(config.profiles.begin(), config.profiles.end(),
                     [&](const ProfileConfig& profile) { return profile.name == name; });
}

}  // namespace

HttpServer::HttpServer(Loop& loop, ClientEntrance& gate, HttpServerOptions options)
    : loop_(loop),
      options_(std::move(options)),
      parts_{.loop = loop,
             .gate = gate,
             .limits = options_.limits,
             .dismissed = [this] { later(&HttpServer::end_dismissed); }},
      walker_({.bytes = options_.limits.line,
               .depth = options_.limits.depth,
               .nodes = options_.limits.nodes,
               .text = TextOf::Peer}),
      sweep_(loop) {}

HttpServer::~HttpServer() {
  ended_ = true;
  for (auto& [key, connection] : connections_) dead_.push_back(std::move(connection));
  connections_.clear();
  for (auto& connection : dead_) connection->close();
}

void HttpServer::serve(std::unique_ptr<Listener> listener) {
  listener->start([this](int fd) { accept(fd); });
  listeners_.push_back(std::move(listener));
}

void HttpServer::accept(int fd) {
  if (!make_room_for_connection()) return turn_away(fd);
  std::string peer = peer_of(fd);
  Result<std::unique_ptr<Stream>> stream = Stream::open(loop_, fd);
  if (!stream) return;
  auto connection = std::make_unique<HttpConnection>(
      loop_, *this, std::move(*stream), HttpLimits{.body = options_.limits.line},
      std::max(options_.limits.queue, kQueueForRefusals));
  HttpConnection* raw = connection.get();
  raw->peer = std::move(peer);
  connections_.emplace(raw, std::move(connection));
  raw->start();
  if (pace_ == Pace::None) schedule_sweep(Pace::Slow);
}

// While all clients together leave too much output unread, cuts off the connection with the most
// unread output. If several connections have the same amount, cuts off the one that has been in its
// state for the longest time.
void HttpServer::crowded() {
  const size_t most = kFullQueues * options_.limits.queue;
  for (;;) {
    size_t all = 0;
    HttpConnection* worst = nullptr;
    for (const auto& [connection, owned] : connections_) {
      const size_t waiting = connection->waiting();
      all += waiting;
      if (waiting == 0) continue;
      if (!worst || waiting > worst->waiting() ||
          (waiting == worst->waiting() && connection->since() < worst->since()))
        worst = connection;
    }
    if (all <= most || !worst) return;
    log::info(
        "clients leave too much output unread; the client with the most unread output is cut off");
    worst->cut_off();
  }
}

// While all incomplete requests together have too many bytes, finds the token whose incomplete
// requests have the most bytes, and refuses the longest of these requests.
void HttpServer::flooded() {
  const size_t most = kFullBodies * options_.limits.line;
  for (;;) {
    size_t all = 0;
    std::map<std::string_view, size_t> shares;
    for (const auto& [connection, owned] : connections_) {
      all += connection->unfinished();
      shares[connection->principal.name] += connection->unfinished();
    }
    if (all <= most) return;
    HttpConnection* worst = nullptr;
    const auto key = [&shares](const HttpConnection& one) {
      return std::pair(shares[one.principal.name], one.unfinished());
    };
    for (const auto& [connection, owned] : connections_)
      if (connection->unfinished() > 0 && (!worst || key(*worst) < key(*connection)))
        worst = connection;
    log::info("clients send too much at once; the longest request is refused");
    worst->give_up_request(
        {.status = 503,
         .code = kHttpGeneric,
         .message = "too many long requests are in progress; send this request again later",
         .word = "http.flooded"});
  }
}

// If the clients of one token have more than half of the connections, closes one of these
// connections to make room for other clients.
bool HttpServer::end_one_of_many() {
  std::map<std::string_view, size_t> counts;
  for (const auto& [connection, owned] : connections_) ++counts[connection->principal.name];
  const auto many =
      std::max_element(counts.begin(), counts.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  if (many == counts.end() || many->first.empty() || many->second * 2 <= connections_.size())
    return false;
  HttpConnection* oldest = nullptr;
  // Connections with an incomplete request are closed first, and those with a stream only after
  // them, because a stream may be the answer to a call.
  const auto before = [](const HttpConnection& a, const HttpConnection& b) {
    return std::pair(!a.in_body(), a.since()) < std::pair(!b.in_body(), b.since());
  };
  for (const auto& [connection, owned] : connections_)
    if (connection->principal.name == many->first &&
        (connection->in_body() || connection->streaming()) &&
        (!oldest || before(*connection, *oldest)))
      oldest = connection;
  if (oldest) oldest->close();
  return oldest != nullptr;
}

// If the limit of connections is reached, closes a connection to make room for a new one. If
// connections are idle, closes the connection that has been idle for the longest time, because its
// client can simply connect again. Otherwise closes one of a token that has more than half of the
// connections. Returns false if there is no room.
bool HttpServer::make_room_for_connection() {
  if (connections_.size() < options_.limits.connections) return true;
  HttpConnection* oldest = nullptr;
  for (const auto& [connection, owned] : connections_) {
    const auto idle = connection->idle_since();
    if (idle && (!oldest || *idle < *oldest->idle_since())) oldest = connection;
  }
  if (oldest) oldest->close();
  return oldest != nullptr || end_one_of_many();
}

void HttpServer::closed(HttpConnection& connection) {
  const auto found = connections_.find(&connection);
  if (found == connections_.end()) return;
  dead_.push_back(std::move(found->second));
  connections_.erase(found);
  later(&HttpServer::bury);
}

void HttpServer::bury() {
  dead_.clear();
  // Ends the sessions of the old HTTP+SSE transport whose stream has closed, and the sessions of
  // the legacy Streamable HTTP transport whose first request failed.
  std::erase_if(sse_, [](const auto& entry) { return entry.second->over(); });
  end_where(legacy_, {}, [](const LegacySession& session) { return session.failed(); });
}

void HttpServer::end_dismissed() {
  const HttpFault fault = {.status = 403,
                           .message = "a person has revoked this client (callgate clients)",
                           .word = "client.revoked"};
  const auto unwanted = [](const auto& session) { return session.dismissed(); };
  end_where(legacy_, fault, unwanted);
  end_where(modern_, fault, unwanted);
  for (const auto& [id, session] : sse_) {
    if (unwanted(*session)) session->end(fault.message);
  }
  later(&HttpServer::bury);
}

void HttpServer::later(void (HttpServer::*what)()) {
  loop_.post(lifetime_.guard([this, what] { (this->*what)(); }));
}

void HttpServer::malformed(const std::string& why) { parts_.gate.unreadable(why); }

std::optional<HttpFault> HttpServer::admit(HttpConnection& connection) {
  auto fault = check(connection);
  // A refused request is recorded if it may be a call. The body of a POST has not arrived yet, but
  // it may contain a call unless the header Mcp-Method names another method. Requests that are
  // refused with other statuses than these are not recorded, because no server could have got them
  // anyway (for example if the path does not exist).
  constexpr std::array kRefused = {401, 403, 406, 415};
  const std::string_view named = connection.head().field("mcp-method").value_or("tools/call");
  if (fault && connection.head().method() == "POST" && asks_a_server(named) &&
      std::find(kRefused.begin(), kRefused.end(), fault->status) != kRefused.end())
    record_refused(connection, *fault, nullptr);
  return fault;
}

std::optional<HttpFault> HttpServer::check(HttpConnection& connection) {
  connection.principal = {};
  if (ended_)
    return HttpFault{.status = 503, .message = "callgate is ending", .word = "gate.shutdown"};
  if (auto fault = check_door(connection.head(), options_.hosts, connection.target)) return fault;
  // Health checks and preflight requests need no token: browsers send preflight requests without a
  // token, and the answers reveal nothing.
  if (connection.target.path == HttpPath::Health || connection.target.preflight)
    return std::nullopt;
  if (auto fault = identify(connection)) return fault;
  // Otherwise each session with this gate would begin a further session with it, without end.
  if (connection.head().field(kRunField) == options_.run_id && !options_.run_id.empty())
    return HttpFault{.status = 508,
                     .message = "this is the URL of the callgate that sends the request",
                     .word = "http.loop"};
  return check_content(connection.head(), connection.target);
}

std::optional<HttpFault> HttpServer::identify(HttpConnection& connection) {
  if (!options_.tokens) return std::nullopt;
  refresh_tokens(loop_.now().monotonic);
  const std::string_view field = connection.head().field("authorization").value_or("");
  constexpr std::string_view kScheme = "bearer ";
  if (field.size() <= kScheme.size() ||
      !equal_ignoring_case(field.substr(0, kScheme.size()), kScheme))
    return unauthorized("a bearer token is needed: Authorization: Bearer TOKEN");
  auto principal = options_.tokens->find(field.substr(kScheme.size()));
  if (!principal) return unauthorized("the bearer token is not valid");
  if (!principal->profile.empty() && !has_profile(parts_.gate.config(), principal->profile))
    return HttpFault{.status = 403,
                     .message = "the token's profile is not configured (profiles)",
                     .word = "http.profile"};
  if (parts_.gate.token_revoked(principal->name))
    return unauthorized("a person has revoked this token (callgate clients)");
  connection.principal = std::move(*principal);
  return std::nullopt;
}

void HttpServer::refresh_tokens(Nanos now) {
  if (!options_.tokens || now - tokens_read_ < kTokensFresh) return;
  tokens_read_ = now;
  const Result<bool> changed = options_.tokens->refresh();
  if (!changed) {
    log::warn("{}; the tokens that were read earlier stay valid", changed.error().text());
  } else if (*changed) {
    const HttpFault revoked = {
        .status = 401, .message = "the token was revoked", .word = "http.token"};
    const auto gone = [this](const auto& session) {
      return !options_.tokens->knows(session.principal());
    };
    end_where(legacy_, revoked, gone);
    end_where(modern_, revoked, gone);
    for (const auto& [id, session] : sse_) {
      if (gone(*session)) session->end(revoked.message);
    }
    later(&HttpServer::bury);
  }
}

void HttpServer::sweep() {
  const Nanos now = loop_.now().monotonic;
  std::vector<HttpConnection*> all;
  all.reserve(connections_.size());
  for (const auto& [connection, owned] : connections_) all.push_back(connection);
  bool waiting = false;
  // check_deadlines() may close a connection, which then lives until bury().
  for (HttpConnection* connection : all) {
    connection->check_deadlines(now);
    waiting |= connection->answering();
  }
  refresh_tokens(now);
  sweep_sessions(now);
  const bool any = !connections_.empty() || parts_.sessions > 0;
  schedule_sweep(waiting ? Pace::Quick : any ? Pace::Slow : Pace::None);
}

void HttpServer::schedule_sweep(Pace pace) {
  pace_ = pace;
  if (pace == Pace::None) return;
  sweep_.start(pace == Pace::Quick ? kQuickSweep : kSweep, [this] { sweep(); });
}

void HttpServer::waits() {
  if (pace_ != Pace::Quick) schedule_sweep(Pace::Quick);
}

void HttpServer::end() {
  if (std::exchange(ended_, true)) return;
  listeners_.clear();
  const HttpFault ending = {.status = 503,
                            .code = ErrorCode::Internal,
                            .message = "callgate is ending",
                            .word = "gate.shutdown"};
  const auto every = [](const auto&) { return true; };
  end_where(legacy_, ending, every);
  end_where(modern_, ending, every);
  for (const auto& [id, session] : sse_) session->end(ending.message);
  std::vector<HttpConnection*> all;
  for (const auto& [connection, owned] : connections_) all.push_back(connection);
  for (HttpConnection* connection : all) connection->close_politely();
}

}  // namespace callgate
