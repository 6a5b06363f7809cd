#include "front_server.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "app/control_rights.h"
#include "app/process/observe.h"
#include "app/process/process_info.h"
#include "callgate/base/log.h"
#include "callgate/io/paths.h"
#include "gate_start.h"

namespace callgate {

namespace {

// How long a front may take to confirm that the session begins.
constexpr Millis kExchange{10'000};
// The record commits the end of a call after at most 5 ms.
constexpr Millis kLastRows{20};
constexpr size_t kMostLogQueued = size_t{64} << 10;  // bytes

bool same_config(const std::string& a, const std::string& b) {
  return resolve_path(a, "").value_or(a) == resolve_path(b, "").value_or(b);
}

}  // namespace

FrontServer::FrontServer(Loop& loop, GateProcess& process, std::function<void()> on_change)
    : loop_(loop), process_(process), on_change_(std::move(on_change)) {}

FrontServer::~FrontServer() { log::set_listener(nullptr); }

Result<std::unique_ptr<FrontServer>> FrontServer::open(Loop& loop, GateProcess& process,
                                                       const std::string& state_dir,
                                                       std::function<void()> on_change) {
  auto listener = UnixListener::open(loop, shared_socket(state_dir), UnixListener::Name::Exclusive);
  if (!listener) return listener.error();
  std::unique_ptr<FrontServer> server(new FrontServer(loop, process, std::move(on_change)));
  server->listener_ = std::move(*listener);
  server->listener_->start([raw = server.get()](int fd, int64_t pid) { raw->accept(fd, pid); });
  const auto send =
      server->lifetime_.guard([raw = server.get()](log::Level level, const std::string& text) {
        raw->send_log(level, text);
      });
  log::set_listener([&loop, send](log::Level level, const std::string& text) {
    loop.post([send = send, level, text]() mutable { send(level, text); });
  });
  return server;
}

void FrontServer::accept(int fd, int64_t pid) {
  auto stream = Stream::open(loop_, fd);
  if (!stream || fronts_.size() >= process_.entrance().config().limits.sessions)
    return;  // closes the socket
  const Id id = ++last_;
  Front& front = *fronts_.emplace(id, std::make_unique<Front>()).first->second;
  front.pid = pid;
  front.socket = std::move(*stream);
  front.socket->receive_descriptors();
  front.framer = std::make_unique<Framer>(
      kLongestHello, [this, id](std::string&& text) { line(id, std::move(text)); },
      [this, id](std::string_view) { lost(id, "its hello is too long"); });
  front.limit = std::make_unique<Timer>(loop_);
  front.limit->start(kExchange, [this, id] { lost(id, "it does not confirm the session"); });
  front.socket->on_write_error([this, id](const Error& error) { lost(id, error.message); });
  front.socket->read(
      [this, id](std::string_view bytes) {
        const auto found = fronts_.find(id);
        if (found != fronts_.end()) found->second->framer->push(bytes);
      },
      [this, id](const Status&) { lost(id, "the client's callgate has ended"); });
  on_change_();
}

void FrontServer::line(Id id, std::string text) {
  const auto found = fronts_.find(id);
  if (found == fronts_.end()) return;
  Front& front = *found->second;
  if (front.session) return;
  if (front.client.empty()) return hello(id, front, std::move(text));
  if (text == kBegin) return begin(id, front);
  lost(id, "it sent something unexpected");
}

void FrontServer::hello(Id id, Front& front, std::string text) {
  Result<Hello> read = read_hello(std::move(text));
  front.client = front.socket->take_descriptors();
  if (!read) return refuse(front, read.error());
  front.hello = std::move(*read);
  if (front.client.size() != 2)
    return refuse(front, {"attach.malformed", "the hello came without descriptors", ""});
  process_.use_current_configuration(lifetime_.guard([this, id] { answer_hello(id); }));
}

void FrontServer::answer_hello(Id id) {
  const auto found = fronts_.find(id);
  if (found == fronts_.end()) return;
  Front& front = *found->second;
  if (const Status accepted = accepts(front); !accepted) return refuse(front, accepted.error());
  front.socket->write(std::string(kHave) + '\n');
}

Status FrontServer::accepts(const Front& front) const {
  const Config& config = process_.entrance().config();
  if (!same_config(front.hello.config, config.path))
    return Error{"attach.config", "the shared gate uses another configuration: " + config.path,
                 "use the same configuration for all clients"};
  const std::string& profile = front.hello.profile;
  const std::vector<ProfileConfig>& known = config.profiles;
  const bool found =
      profile.empty() || std::any_of(known.begin(), known.end(),
                                     [&](const auto& each) { return each.name == profile; });
  if (!found)
    return Error{"attach.profile",
                 "the shared gate's configuration has no profile '" + profile + "'", ""};
  // A process that an agent or a server has started could ask for more rights than these have.
  const std::string below =
      below_a_client(parent_of(front.pid), process_.gate(), parent_of(front.pid));
  if (!below.empty()) return Error{"attach.below", below, ""};
  return {};
}

void FrontServer::refuse(Front& front, const Error& error) {
  front.client.clear();
  front.socket->write(write_refusal(error) + '\n');
}

void FrontServer::begin(Id id, Front& front) {
  front.limit->stop();
  ClientFacts facts{.process = observe(parent_of(front.pid)),
                    .peer = "",
                    .profile = front.hello.profile,
                    .token = "",
                    .workspace = std::make_shared<Workspace>(std::move(front.hello.workspace))};
  const int in = front.client[0].release(), out = front.client[1].release();
  auto session = StdioSession::open(loop_, process_.entrance(), in, out, std::move(facts),
                                    [this, id](const std::string&) { session_ended(id); });
  if (!session) {
    log::warn("a client cannot be served: {}", session.error().text());
    return lost(id, session.error().message);
  }
  front.session = std::move(*session);
  tell_broken_servers(front);
}

// The log message of the gate's start came before this client.
void FrontServer::tell_broken_servers(Front& front) {
  for (const ServerConfig& server : process_.entrance().config().servers) {
    if (server.disabled || !server.broken) continue;
    const std::string text =
        "server '" + server.name + "' does not start: " + server.broken->text();
    front.socket->write(write_log(log::Level::Warn, text) + '\n');
  }
}

void FrontServer::lost(Id id, const std::string& why) {
  const auto found = fronts_.find(id);
  if (found == fronts_.end()) return;
  if (found->second->session) return found->second->session->end(why);
  loop_.post(lifetime_.guard([this, id] { remove(id); }));
}

// The front's end is the sign for the client that nothing more will come, and that the record has
// everything. So before that, the last output is written, and the last rows are committed.
void FrontServer::session_ended(Id id) {
  fronts_.at(id)->session->close(lifetime_.guard(
      [this, id] { fronts_.at(id)->limit->start(kLastRows, [this, id] { say_ended(id); }); }));
}

void FrontServer::say_ended(Id id) {
  Front& front = *fronts_.at(id);
  front.session.reset();
  front.socket->write(std::string(kEnded) + '\n');
  front.socket->close_when_written([this, id] { remove(id); });
}

void FrontServer::send_log(log::Level level, const std::string& text) {
  const std::string line = write_log(level, text) + '\n';
  for (const auto& [id, front] : fronts_) {
    // A front that does not read its socket gets no more messages.
    if (front->session && front->socket->queued() < kMostLogQueued) front->socket->write(line);
  }
}

void FrontServer::remove(Id id) {
  if (fronts_.erase(id) > 0) on_change_();
}

void FrontServer::end_all(const std::string& reason) {
  for (const auto& [id, front] : fronts_) lost(id, reason);
}

}  // namespace callgate
