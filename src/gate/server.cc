// A server's life: start, handshake, end, back-off.
#include "server.h"

#include <algorithm>

#include "call.h"
#include "callgate/base/log.h"
#include "callgate/protocol/revisions.h"
#include "callgate/protocol/text.h"
#include "callgate/wire/writer.h"
#include "questions.h"
#include "session.h"

namespace callgate {

namespace {

using namespace std::chrono_literals;

constexpr Nanos kFirstBackOff = 1s;
constexpr Nanos kLongestBackOff = 30s;
constexpr Nanos kStable = 60s;       // up for so long: earlier failures are forgotten
constexpr Nanos kParkedRetry = 30s;  // a parked server is tried again at most this often
constexpr int kFailuresToPark = 10;

std::string seconds_text(Nanos time) {
  return std::to_string(
             std::max<int64_t>(1, std::chrono::ceil<std::chrono::seconds>(time).count())) +
         " s";
}

}  // namespace

Server::Server(Core& core, ServerIndex index) : core_(core), index_(index) {}

const ServerConfig& Server::config() const { return core_.options.servers[index_]; }

Value Server::capability(std::string_view key) const {
  return hello_ ? hello_->root().find("result").find("capabilities").find(key) : Value();
}

ServerStatus Server::status() const {
  return {.name = config().name,
          .state = state_,
          .why = why_,
          .noise = noise_,
          .tools = core_.catalog.count(index_, ListKind::Tools),
          .prompts = core_.catalog.count(index_, ListKind::Prompts),
          .resources = core_.catalog.count(index_, ListKind::Resources)};
}

std::string Server::down_text() const {
  std::string text = "server '" + config().name + "' is not running";
  if (!why_.empty()) text += ": " + why_;
  if (state_ == State::Waiting)
    text += "; it is started again in " + seconds_text(state_due_ - core_.now.monotonic);
  if (state_ == State::Parked) text += "; it is tried again when it is next asked for, 30 s apart";
  return text;
}

void Server::enter(State state) {
  if (state_due_ != Nanos{})
    core_.deadlines.remove({.at = state_due_, .kind = Deadline::Kind::Server, .owner = index_});
  state_due_ = Nanos{};
  state_ = state;
  Nanos time{};
  switch (state) {
    case State::Starting:
      time = config().start_timeout;
      break;
    case State::Listing:
      time = config().start_timeout;
      break;
    case State::Ready:
      ready_at_ = core_.now.monotonic;
      if (failures_ > 0) time = kStable;
      break;
    case State::Waiting:
      time = std::min(kLongestBackOff, kFirstBackOff * (1 << std::min(failures_ - 1, 5)));
      break;
    case State::Parked:
      parked_retry_ = core_.now.monotonic + kParkedRetry;
      break;
    case State::Stopped:
      break;
  }
  if (time == Nanos{}) return;
  state_due_ = core_.now.monotonic + time;
  core_.deadlines.add({.at = state_due_, .kind = Deadline::Kind::Server, .owner = index_});
}

void Server::ensure_started() {
  const bool retry =
      state_ == State::Parked && parked_retry_ && core_.now.monotonic >= *parked_retry_;
  if (core_.shutting_down || (state_ != State::Stopped && !retry)) return;
  enter(State::Starting);
  core_.children.start(index_);
}

void Server::stop() {
  for (const ListKind kind : kListKinds) listings_[static_cast<size_t>(kind)] = {};
  enter(State::Stopped);
  core_.children.stop(index_);
}

void Server::due() {
  state_due_ = Nanos{};
  switch (state_) {
    case State::Starting:
    case State::Listing:
      fail_start("it was not ready after " + seconds_text(config().start_timeout) +
                 " (start_timeout)");
      break;
    case State::Waiting:
      enter(State::Starting);
      core_.children.start(index_);
      break;
    case State::Ready:
      failures_ = 0;
      break;
    case State::Stopped:
    case State::Parked:
      break;
  }
}

void Server::fail_start(const std::string& why) {
  why_ = why;
  ending_ = true;
  log::warn("server '{}' is ended: {}", config().name, why);
  core_.children.stop(index_);
}

void Server::up(int64_t pid) {
  if (state_ != State::Starting) return;
  pid_ = pid;
  handshake();
}

// Our own client half of the handshake. The child is asked for the revision that the client speaks,
// so that it behaves as it would with that client alone. Source: MCP 2025-11-25 "Lifecycle".
void Server::handshake() {
  Revision revision = kLatestLegacy;
  Value capabilities;
  std::string name = "callgate";
  for (const auto& [number, session] : core_.sessions) {
    if (!session->initialized()) continue;
    revision = session->revision();
    capabilities = session->capabilities();
    if (!session->client_name().empty()) name += " (via " + session->client_name() + ")";
    break;
  }
  JsonWriter params;
  params.begin_object().key("protocolVersion").string(text(revision));
  params.key("capabilities").raw(child_capabilities(capabilities));
  params.key("clientInfo").begin_object().key("name").string(name);
  params.key("version").string(core_.options.version).end_object().end_object();
  const int64_t id = next_id();
  send(id, {.kind = Pending::Kind::Initialize}, write_request(id, "initialize", params.take()));
}

void Server::initialized(const Rpc& rpc, const MessagePtr& message) {
  if (rpc.kind == RpcKind::ErrorAnswer)
    return fail_start("it refused initialize: " + rpc.error.find("message").text());
  const std::string version = rpc.result.find("protocolVersion").text();
  if (!revision_of(version))
    return fail_start("it speaks revision '" + version + "', which callgate does not");
  hello_ = message;
  const Value info = rpc.result.find("serverInfo");
  core_.record.append(ServerSeen{.server = config().name,
                                 .at = core_.now.wall,
                                 .pid = pid_,
                                 .name = info.find("name").text(),
                                 .version = info.find("version").text(),
                                 .protocol = version});
  send(write_notification("notifications/initialized", ""));
  // The time for the whole start goes on; only the state's name changes.
  state_ = State::Listing;
  level_sent_ = -1;
  refresh_level();
  if (capability("tools")) start_list(ListKind::Tools, false);
  if (capability("prompts")) start_list(ListKind::Prompts, false);
  if (capability("resources")) {
    start_list(ListKind::Resources, false);
    start_list(ListKind::Templates, false);
  }
  become_ready();
}

void Server::become_ready() {
  if (state_ != State::Listing) return;
  for (const Listing& listing : listings_) {
    if (listing.running) return;
  }
  why_.clear();
  enter(State::Ready);
  log::debug("server '{}' is ready", config().name);
  // Clients that subscribed before a restart go on being told.
  for (const auto& [uri, sessions] : subscribers_) {
    JsonWriter params;
    params.begin_object().key("uri").string(uri).end_object();
    const int64_t id = next_id();
    send(id, {.kind = Pending::Kind::Quiet},
         write_request(id, "resources/subscribe", params.take()));
  }
  core_.server_settled();
}

void Server::gone(const ChildEnd& end) {
  const bool was_stopped = state_ == State::Stopped;
  std::string why = why_.empty() || state_ == State::Ready ? end.reason : why_;
  if (!end.stderr_tail.empty()) why += "; its last lines: " + end.stderr_tail;
  why_ = why;
  hello_ = nullptr;
  pid_ = 0;
  ending_ = false;
  for (Listing& listing : listings_) listing = {};
  if (!was_stopped) {
    log::warn("server '{}': {}", config().name, why_);
    if (state_ == State::Ready && core_.now.monotonic - ready_at_ >= kStable) failures_ = 0;
    ++failures_;
    enter(end.never_ran || failures_ >= kFailuresToPark ? State::Parked : State::Waiting);
  }
  auto pending = std::move(pending_);
  pending_.clear();
  for (auto& [id, request] : pending) {
    if (request.due != Nanos{})
      core_.deadlines.remove(
          {.at = request.due, .kind = Deadline::Kind::Request, .owner = index_, .request = id});
    if (Session* session = core_.session(request.session))
      session->closed(request.client.id, Session::OpenRequest::Where::Server, id);
    end_pending(request, "server '" + config().name + "' " + why_);
  }
  core_.questions->server_gone(index_);
  if (!was_stopped) core_.server_settled();
}

void Server::end_pending(Pending& pending, const std::string& why) {
  switch (pending.kind) {
    case Pending::Kind::Call:
      core_.calls->child_lost(pending.call, why);
      break;
    case Pending::Kind::Passed:
    case Pending::Kind::Subscribe:
    case Pending::Kind::Unsubscribe:
      if (Session* session = core_.session(pending.session))
        session->fail(pending.client, ErrorCode::Internal, why, "server.gone");
      break;
    case Pending::Kind::Initialize:
    case Pending::Kind::List:
    case Pending::Kind::Quiet:
      break;
  }
}

}  // namespace callgate
