#include "gate_control.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "callgate/base/log.h"
#include "callgate/config/secret_names.h"
#include "callgate/io/work.h"
#include "callgate/store/client_states.h"
#include "control_rights.h"

namespace callgate {

namespace {

constexpr Millis kSoon{20};
constexpr Millis kAnswerLimit{2000};
// An answer that contains stderr has at most this many bytes, JSON escapes included.
constexpr size_t kMostLog = kLongestAnswer - 64;

}  // namespace

GateControl::GateControl(Parts parts)
    : parts_(parts), soon_(parts.loop), started_(parts.loop.now().wall) {}

Status GateControl::load_clients() {
  auto states = read_client_states(parts_.options.places.database());
  if (!states) return states.error();
  set_clients(std::move(*states));
  return {};
}

void GateControl::set_clients(std::vector<ClientState> states) {
  // The record names a session "RUN-SESSION". States of other runs' sessions are skipped, because
  // this gate does not have these sessions. The gate knows its own sessions by the number SESSION
  // alone.
  const std::string ours = std::to_string(parts_.recorder.run()) + "-";
  std::vector<ClientState> known;
  for (ClientState& state : parts_.guard_memory.with_pauses(std::move(states))) {
    if (state.kind == ClientState::Kind::Session) {
      if (state.name.rfind(ours, 0) != 0) continue;
      state.name.erase(0, ours.size());
    }
    known.push_back(std::move(state));
  }
  parts_.gate.set_client_states(parts_.loop.now(), std::move(known));
}

void GateControl::read_clients(Answer answer) {
  using States = Result<std::vector<ClientState>>;
  const auto states =
      std::make_shared<States>(Error{"control.slow", "the record was not read in time", ""});
  run_blocking(
      parts_.loop, Work::Short, kAnswerLimit,
      [states, path = parts_.options.places.database()] { *states = read_client_states(path); },
      lifetime_.guard([this, states, answer](bool finished) {
        if (!finished) return answer(Error{"control.slow", "the record was not read in time", ""});
        if (!*states) return answer(states->error());
        set_clients(std::move(**states));
        answer(std::string("{}"));
      }));
}

void GateControl::listen_soon() {
  soon_.start(kSoon, [this] {
    listen();
    if (parts_.options.how != "command") parts_.reloader.watch();
  });
}

void GateControl::listen() {
  const std::string& state = parts_.options.places.state_dir;
  const bool gateway = parts_.options.how == "serve";
  const std::string own = run_sockets(state) + "/" + parts_.run.uuid + ".sock";
  Result<std::unique_ptr<ControlServer>> server =
      ControlServer::open(parts_.loop, gateway ? gateway_socket(state) : own,
                          gateway ? UnixListener::Name::Exclusive : UnixListener::Name::Own, *this);
  if (!server && server.error().code == "io.in_use") {
    // Another shared gate already has the well-known socket. This process gets a socket under the
    // id of its run, as all other gate processes do.
    server = ControlServer::open(parts_.loop, own, UnixListener::Name::Own, *this);
  }
  if (!server) {
    log::warn("{}; callgate status cannot show this process", server.error().text());
    return;
  }
  server_ = std::move(*server);
  // Reads what has changed in the record since the start of this process. So far, commands that
  // change the record could not notify this process, because the socket was not open.
  read_clients([](const Result<std::string>& read) {
    if (!read)
      log::warn("{}; this process does not know of pauses since its start", read.error().text());
  });
  parts_.guard_memory.read_ended([](const Status& read) {
    if (!read)
      log::warn("{}; this process could not read which findings people have ended",
                read.error().text());
  });
}

void GateControl::close() {
  soon_.stop();
  server_.reset();
}

void GateControl::asked(const std::string& ask, const MessagePtr& request, int64_t peer,
                        Answer answer) {
  if (ask == "reload" || ask == "stop" || ask == "restart") {
    if (const std::string why = below_a_client(peer, parts_.gate); !why.empty())
      return answer(Error{"rights.refused", why + ", and may not change what this gate runs",
                          "run callgate " + std::string(ask == "restart" ? "servers " : "") + ask +
                              " in a terminal of your own"});
  }
  const std::shared_ptr<const SecretMasker> masker = parts_.secrets.masker();
  if (!masker) return answer_to(ask, request, std::move(answer));
  answer_to(ask, request, [masker, answer = std::move(answer)](Result<std::string> given) {
    if (given) return answer(masker->mask_json(*given, SIZE_MAX).text);
    Error error = given.error();
    error.message = masker->mask_text(error.message).text;
    answer(std::move(error));
  });
}

void GateControl::answer_to(const std::string& ask, const MessagePtr& request, Answer answer) {
  if (ask == "status") return answer(status());
  if (ask == "clients") return read_clients(std::move(answer));
  if (ask == "findings")
    return parts_.guard_memory.read_ended([answer = std::move(answer)](const Status& read) {
      read ? answer(std::string("{}")) : answer(read.error());
    });
  if (ask == "signed_in") return signed_in(std::move(answer));
  if (ask == "reload") return reload(request, std::move(answer));
  if (ask == "stop") {
    answer("{\"pid\":" + std::to_string(parts_.run.pid) + "}");
    // Ends this process by the signal that a user or the system would send, so that there is only
    // one way to end.
    std::raise(SIGTERM);
    return;
  }
  if (ask != "logs" && ask != "restart")
    return answer(Error{"control.unknown", "this callgate does not know '" + ask + "'",
                        "that process may be another version of callgate: see callgate status"});
  const auto concerned = children_of(request);
  if (!concerned) return answer(concerned.error());
  if (ask == "logs") return answer(logs(*concerned));
  for (const ChildIndex child : *concerned) parts_.gate.restart_child(parts_.loop.now(), child);
  answer(std::string("{}"));
}

Result<std::vector<ChildIndex>> GateControl::children_of(const MessagePtr& request) const {
  const std::string wanted = request->root().find("server").text();
  const std::vector<ServerStatus> all = parts_.gate.servers();
  std::vector<ChildIndex> found;
  for (ChildIndex i = 0; i < all.size(); ++i)
    if (all[i].name == wanted && is_shown(all[i])) found.push_back(i);
  if (!found.empty()) return found;
  return Error{"control.no_server", "this process has no server '" + wanted + "'", ""};
}

/// The children find out by themselves whether the new sign-in is for them.
void GateControl::signed_in(const Answer& answer) {
  const std::vector<ServerStatus> all = parts_.gate.servers();
  for (ChildIndex i = 0; i < all.size(); ++i)
    if (all[i].state == ServerStatus::State::SignInRequired)
      parts_.gate.restart_child(parts_.loop.now(), i);
  answer(std::string("{}"));
}

std::string GateControl::logs(const std::vector<ChildIndex>& of) const {
  std::string all;
  for (const ChildIndex child : of) {
    std::string text = parts_.children.kept_stderr(child);
    if (!text.empty() && text.back() != '\n') text += '\n';
    all += text;
  }
  const auto masker = parts_.secrets.masker();
  if (masker) all = masker->mask_text(all).text;
  const auto written = [&all] {
    JsonWriter json;
    return json.begin_object().key("text").string(all).end_object().take();
  };
  std::string answer = written();
  if (answer.size() <= kMostLog) return answer;
  // Cuts the oldest text. `answer` is JSON, in which each byte of the text takes one byte or more.
  // So it is enough to remove as many bytes of the text as `answer` has above kMostLog.
  all.erase(0, std::min(all.size(), answer.size() - kMostLog));
  return written();
}

void GateControl::reload(const MessagePtr& request, Answer answer) {
  std::string secret = request->root().find("secret").text();
  if (secret.size() > kLongestSecretName)
    return answer(Error{"control.request", "the name is too long for a secret", ""});
  StartApproval approval{.all = secret.empty(), .servers = {}};
  if (const Value only = request->root().find("servers")) {
    approval.all = false;
    for (const Value each : only) approval.servers.push_back(each.text());
  }
  const auto done = [this, answer](const Result<ReloadReport>& report) {
    if (!report) return answer(report.error());
    JsonWriter json;
    json.begin_object().key("pid").integer(parts_.run.pid);
    json.key("added").strings(report->servers.added);
    json.key("restarted").strings(report->servers.restarted);
    json.key("removed").strings(report->servers.removed);
    json.key("after_restart").strings(report->later);
    json.key("waiting").strings(parts_.reloader.waiting());
    answer(json.end_object().take());
  };
  parts_.reloader.reload(std::move(secret), std::move(approval), done);
}

std::string GateControl::session_id(SessionNumber session) const {
  return std::to_string(parts_.recorder.run()) + "-" + std::to_string(session);
}

}  // namespace callgate
