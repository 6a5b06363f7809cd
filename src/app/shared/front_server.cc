#include "front_server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "app/control_rights.h"
#include "app/process/observe.h"
#include "app/process/process_info.h"
#include "callgate/base/log.h"
#include "callgate/base/text.h"
#include "callgate/io/paths.h"
#include "gate_start.h"

namespace callgate {

namespace {

// How long a front may take from its connection to `begin`.
constexpr Millis kExchange{10'000};
// The record commits the end of a call after at most 5 ms.
constexpr Millis kLastRows{20};
constexpr size_t kMostLogQueued = size_t{64} << 10;  // bytes

bool same_config(const std::string& a, const std::string& b) {
  return resolve_path(a, "").value_or(a) == resolve_path(b, "").value_or(b);
}

}  // namespace

bool can_be_passed(int descriptor) {
  struct stat about {};
  if (::fstat(descriptor, &about) != 0) return false;
  return S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode) || ::isatty(descriptor) != 0;
}

FrontServer::FrontServer(Loop& loop, GateProcess& process, std::string record,
                         std::function<void()> on_change)
    : loop_(loop),
      process_(process),
      record_(std::move(record)),
      on_change_(std::move(on_change)) {}

FrontServer::~FrontServer() { log::set_listener(nullptr); }

Result<std::unique_ptr<FrontServer>> FrontServer::open(Loop& loop, GateProcess& process,
                                                       const Places& places,
                                                       std::function<void()> on_change) {
  auto listener =
      UnixListener::open(loop, shared_socket(places.state_dir), UnixListener::Name::Exclusive);
  if (!listener) return listener.error();
  std::unique_ptr<FrontServer> server(
      new FrontServer(loop, process, places.database(), std::move(on_change)));
  server->listener_ = std::move(*listener);
  server->listener_->start([raw = server.get()](int fd, int64_t pid) { raw->accept(fd, pid); });
  process.on_new_configuration(
      server->lifetime_.guard([raw = server.get()] { raw->new_configuration(); }));
  const auto send =
      server->lifetime_.guard([raw = server.get()](log::Level level, const std::string& text) {
        raw->send_log(level, text);
      });
  log::set_listener([&loop, send](log::Level level, const std::string& text) {
    loop.post([send = send, level, text]() mutable { send(level, text); });
  });
  return server;
}

void FrontServer::new_configuration() {
  for (const auto& [id, front] : fronts_)
    if (front->session) front->session->new_configuration();
}

void FrontServer::accept(int fd, int64_t pid) {
  if (fronts_.size() >= process_.entrance().config().limits.sessions) {
    const std::string line = write_refusal({"attach.full",
                                            "the shared gate has too many sessions "
                                            "(limits.sessions)",
                                            ""}) +
                             '\n';
    static_cast<void>(::send(fd, line.data(), line.size(), MSG_DONTWAIT));
    ::close(fd);
    return;
  }
  auto stream = Stream::open(loop_, fd);
  if (!stream) return;
  const Id id = ++last_;
  Front& front = *fronts_.emplace(id, std::make_unique<Front>()).first->second;
  front.pid = pid;
  front.socket = std::move(*stream);
  front.socket->receive_descriptors();
  front.framer = std::make_unique<Framer>(
      kLongestHello, [this, id](std::string&& text) { line(id, std::move(text)); },
      [this, id](std::string_view) { lost(id, "the front's hello is too long"); });
  front.limit = std::make_unique<Timer>(loop_);
  front.limit->start(kExchange, [this, id] { lost(id, "the front does not confirm the session"); });
  front.socket->on_write_error([this, id](const Error& error) { lost(id, error.message); });
  front.socket->read(
      [this, id](std::string_view bytes) {
        const auto found = fronts_.find(id);
        if (found != fronts_.end()) found->second->framer->push(bytes);
      },
      [this, id](const Status&) { lost(id, "the client's callgate has ended or got a signal"); });
  on_change_();
}

void FrontServer::line(Id id, std::string text) {
  const auto found = fronts_.find(id);
  if (found == fronts_.end()) return;
  Front& front = *found->second;
  switch (front.stage) {
    case Front::Stage::Hello:
      return hello(id, front, std::move(text));
    case Front::Stage::Offered:
      if (text == kBegin) return begin(id, front);
      return lost(id, "the front sent something unexpected");
    case Front::Stage::Checking:
      return lost(id, "the front did not wait for the answer to its hello");
    case Front::Stage::Serving:
    case Front::Stage::Refused:
    case Front::Stage::Lost:
      return;
  }
}

// The process is checked before the configuration is read on its behalf, and again afterwards.
void FrontServer::hello(Id id, Front& front, std::string text) {
  front.stage = Front::Stage::Checking;
  Result<Hello> read = read_hello(std::move(text));
  front.client = front.socket->take_descriptors();
  if (!read) return refuse(front, read.error());
  front.hello = std::move(*read);
  if (front.client.size() != 2 && front.client.size() != 3)
    return refuse(front,
                  {"attach.malformed", "the hello must come with two or three descriptors", ""});
  if (!can_be_passed(front.client[0].get()) || !can_be_passed(front.client[1].get()))
    return refuse(front, {"attach.file", "the client's stdin or stdout is a file", ""});
  if (const Status may = may_attach(front); !may) return refuse(front, may.error());
  if (front.client.size() == 3) {
    auto journal = SessionJournal::open(front.client[2]);
    if (!journal) return refuse(front, journal.error());
    front.journal = std::move(*journal);
  }
  process_.use_current_configuration(lifetime_.guard([this, id] { answer_hello(id); }));
}

void FrontServer::answer_hello(Id id) {
  const auto found = fronts_.find(id);
  if (found == fronts_.end() || found->second->stage != Front::Stage::Checking) return;
  Front& front = *found->second;
  if (const Status may = may_attach(front); !may) return refuse(front, may.error());
  if (const Status accepted = accepts(front); !accepted) return refuse(front, accepted.error());
  if (front.journal) {
    const SessionRemains remains = front.journal->remains();
    if (!remains.lost.empty()) return refuse(front, {"attach.lost", remains.lost, ""});
    const Status approved = may_go_on(remains, process_.entrance().config());
    if (!approved) return refuse(front, approved.error());
  }
  front.stage = Front::Stage::Offered;
  front.socket->write(std::string(kHave) + '\n');
}

// A process that a client or a server of this gate started could otherwise get more rights than
// that client or server has. The client itself may have several sessions. The front has made a
// similar check (act_for_launch()), but another program could connect to this socket.
Status FrontServer::may_attach(const Front& front) const {
  const std::string& config = process_.entrance().config().path;
  if (!same_config(front.hello.config, config))
    return Error{"attach.config", "the shared gate uses another configuration: " + config,
                 "use the same configuration for all clients"};
  const int64_t client = parent_of(front.pid);
  if (client <= 0)
    return Error{"attach.unknown", "the system does not report which process the client is", ""};
  if (!shares_namespaces(front.pid))
    return Error{"attach.namespace",
                 "the client runs in another container or sandbox than the shared gate", ""};
  const std::string below = below_a_client(front.pid, process_.gate(), client);
  return below.empty() ? Status() : Error{"attach.below", below, ""};
}

Status FrontServer::accepts(const Front& front) const {
  if (const std::vector<std::string> old = process_.waits_for_restart(); !old.empty())
    return Error{"attach.config",
                 "the shared gate still uses earlier values of " + joined(old) +
                     "; it ends after its last session",
                 "callgate stop --all ends it now, and all its sessions"};
  const std::string& profile = front.hello.profile;
  const std::vector<ProfileConfig>& known = process_.entrance().config().profiles;
  const bool found =
      profile.empty() || std::any_of(known.begin(), known.end(),
                                     [&](const auto& each) { return each.name == profile; });
  if (!found)
    return Error{"attach.profile",
                 "the shared gate's configuration has no profile '" + profile + "'", ""};
  return {};
}

void FrontServer::refuse(Front& front, const Error& error) {
  front.stage = Front::Stage::Refused;
  front.client.clear();
  front.socket->write(write_refusal(error) + '\n');
}

void FrontServer::begin(Id id, Front& front) {
  front.stage = Front::Stage::Serving;
  front.limit->stop();
  ClientFacts facts{.process = observe(parent_of(front.pid)),
                    .peer = "",
                    .profile = front.hello.profile,
                    .token = "",
                    .workspace = std::make_shared<Workspace>(std::move(front.hello.workspace))};
  const int in = front.client[0].release(), out = front.client[1].release();
  JournalUse journal{.journal = std::move(front.journal),
                     .run = process_.run(),
                     .record = record_,
                     .record_id = process_.record_id()};
  auto session =
      StdioSession::open(loop_, process_.entrance(), in, out, std::move(facts), std::move(journal),
                         [this, id](const std::string&) { session_ended(id); });
  if (!session) {
    log::warn("a client cannot be served: {}", session.error().text());
    return lost(id, session.error().message);
  }
  front.session = std::move(*session);
  report_broken_servers(front);
}

// The gate logged these errors before this client came, so the front gets them again.
void FrontServer::report_broken_servers(Front& front) {
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
  log::debug("a front is dropped: {}", why);
  found->second->stage = Front::Stage::Lost;
  loop_.post(lifetime_.guard([this, id] { remove(id); }));
}

// When the front ends, the client knows that nothing more comes and that the record is complete. So
// the gate first writes the last output and commits the last rows.
void FrontServer::session_ended(Id id) {
  fronts_.at(id)->session->close(lifetime_.guard(
      [this, id] { fronts_.at(id)->limit->start(kLastRows, [this, id] { send_ended(id); }); }));
}

void FrontServer::send_ended(Id id) {
  Front& front = *fronts_.at(id);
  front.session.reset();
  front.stage = Front::Stage::Lost;
  front.limit->start(kExchange, [this, id] { remove(id); });  // the front may be stopped
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
  const auto found = fronts_.find(id);
  if (found == fronts_.end() || found->second->session) return;
  // Destroyed in the next turn, because one of the front's callbacks may be calling this function.
  loop_.post([gone = std::shared_ptr<Front>(std::move(found->second))] {});
  fronts_.erase(found);
  on_change_();
}

void FrontServer::end_all(const std::string& reason) {
  for (const auto& [id, front] : fronts_) lost(id, reason);
}

}  // namespace callgate
