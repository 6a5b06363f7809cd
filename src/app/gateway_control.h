// Answers the requests on the control socket of a gate process, from what it gathered about
// sessions and children.
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

/// The requests:
/// - {"ask": "status"}
/// - {"ask": "stop"}
/// - {"ask": "clients"}: reads the states of clients from the record again
/// - {"ask": "findings"}: reads which findings people have ended
/// - {"ask": "logs", "server"}
/// - {"ask": "restart", "server"}
/// - {"ask": "reload", "secret"?, "servers"?}
///
/// Used on the loop's thread.
class GatewayControl final : public ControlTarget {
 public:
  /// All references must outlive the GatewayControl.
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

  /// Reads which clients are paused or revoked. To be called before the first session. Blocking.
  Status load_clients();
  /// Opens the socket a moment later, so that the first client is not kept waiting.
  void listen_soon();
  /// Removes the socket; no more requests are answered.
  void close();

  // Events of the gate, reported by the Gateway.
  void opened(SessionNumber session, const ClientFacts& facts);
  void recording(const RecordEvent& event);
  void gone(SessionNumber session);
  void child_up(ChildIndex child, int64_t pid);
  void child_gone(ChildIndex child, const ChildEnd& end);
  /// Returns when the process of a child was started; empty if none runs.
  std::optional<Micros> up_since(ChildIndex child) const;

  /// Secrets are masked in every answer.
  void asked(const std::string& ask, const MessagePtr& request, int64_t peer,
             Answer answer) override;

 private:
  struct LiveSession {
    ClientFacts facts;
    Micros since{};
    SessionOpened told;  // its `session` is 0 until the client has identified itself
  };
  struct LiveChild {
    std::string server;
    int64_t pid = 0;
    Micros since{};
    uint64_t starts = 0;
    bool restarting = false;
  };
  /// A spare child of a server is shown only while it runs.
  static bool is_shown(const ServerStatus& server) {
    return !server.spare || server.state != ServerStatus::State::Stopped;
  }
  void listen();
  void answer_to(const std::string& ask, const MessagePtr& request, Answer answer);
  std::string status() const;
  void write_sessions(JsonWriter& json) const;
  void write_servers(JsonWriter& json) const;
  std::string session_id(SessionNumber session) const;
  /// Returns all children of the server that the request names.
  Result<std::vector<ChildIndex>> children_of(const MessagePtr& request) const;
  std::string logs(const std::vector<ChildIndex>& of) const;
  void restart(ChildIndex child);
  /// Returns the reason why the process `peer` may change nothing; empty if it may.
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
