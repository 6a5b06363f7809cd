// What a gate process tells and does on its control socket, gathered from what passes through it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "callgate/app/gateway.h"
#include "callgate/store/recorder.h"
#include "callgate/wire/writer.h"
#include "children.h"
#include "control.h"
#include "guard_memory.h"
#include "learnt_secrets.h"
#include "reloader.h"

namespace callgate {

/// Requests: {"ask": "status"}, {"ask": "stop"}, {"ask": "clients"} (read their states anew),
/// {"ask": "findings"} (read what findings people have ended),
/// {"ask": "logs", "server"}, {"ask": "restart", "server"}, {"ask": "reload", "secret"?,
/// "servers"?}. Loop's thread.
class GatewayControl final : public ControlTarget {
 public:
  /// All references outlive this.
  struct Parts {
    Loop& loop;
    Gate& gate;
    Recorder& recorder;
    ProcessChildren& children;
    ConfigReloader& reloader;
    GuardMemory& guard_memory;
    const LearntSecrets& secrets;
    const GatewayOptions& options;
    const RunInfo& run;
  };
  explicit GatewayControl(Parts parts);

  /// Who is paused or revoked, before the first session. Blocking.
  Status load_clients();
  /// The socket comes a moment later, so that the first client is not kept waiting.
  void listen_soon();
  /// No more requests; the socket is gone.
  void close();

  // What passes through.
  void opened(SessionNumber session, const ClientFacts& facts);
  void recording(const RecordEvent& event);
  void gone(SessionNumber session);
  void child_up(ChildIndex child, int64_t pid);
  void child_gone(ChildIndex child, const ChildEnd& end);
  /// When its process was started; empty: none runs.
  std::optional<Micros> up_since(ChildIndex child) const;

  /// No answer holds a secret.
  void asked(const std::string& ask, const MessagePtr& request, int64_t peer,
             Answer answer) override;

 private:
  struct LiveSession {
    ClientFacts facts;
    Micros since{};
    SessionOpened told;  // session 0: it has not said who it is
  };
  struct LiveChild {
    std::string server;
    int64_t pid = 0;
    Micros since{};
    uint64_t starts = 0;
    bool restarting = false;
  };
  /// A spare child of a server is told of only while it runs.
  static bool is_shown(const ServerStatus& server) {
    return !server.spare || server.state != ServerStatus::State::Stopped;
  }
  void listen();
  void answer_to(const std::string& ask, const MessagePtr& request, Answer answer);
  std::string status() const;
  void write_sessions(JsonWriter& json) const;
  void write_servers(JsonWriter& json) const;
  std::string session_id(SessionNumber session) const;
  /// All children of the server that the request names.
  Result<std::vector<ChildIndex>> children_of(const MessagePtr& request) const;
  std::string logs(const std::vector<ChildIndex>& of) const;
  void restart(ChildIndex child);
  /// Why the process `peer` may change nothing; empty: it may.
  std::string refusal(int64_t peer) const;
  void reload(const MessagePtr& request, Answer answer);
  void read_clients(Answer answer);
  void set_clients(std::vector<ClientState> states);

  Parts parts_;
  Timer soon_;
  std::unique_ptr<ControlServer> server_;
  std::map<SessionNumber, LiveSession> sessions_;
  std::map<ChildIndex, LiveChild> children_;
  Micros started_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace callgate
