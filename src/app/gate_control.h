// Answers the requests on the control socket of a gate process.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/children/children.h"
#include "app/environment/learnt_secrets.h"
#include "callgate/app/gate_process.h"
#include "callgate/io/lifetime.h"
#include "callgate/store/recorder.h"
#include "callgate/wire/writer.h"
#include "control.h"
#include "guard_memory.h"
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
class GateControl final : public ControlTarget {
 public:
  /// All references must outlive the GateControl.
  struct Parts {
    Loop& loop;
    Gate& gate;
    Recorder& recorder;
    ProcessChildren& children;
    ConfigReloader& reloader;
    GuardMemory& guard_memory;
    const LearntSecrets& secrets;
    const GateProcessOptions& options;
    const RunInfo& run;
  };
  explicit GateControl(Parts parts);

  /// Reads from the record which clients are paused or revoked, and passes the states of these
  /// clients to the gate. Must be called before the first session is opened. Blocking.
  Status load_clients();
  /// Opens the socket a moment later, so that a client's first request does not have to wait until
  /// the socket is open.
  void listen_soon();
  /// Closes and removes the socket. No more requests are answered.
  void close();

  /// Answers a request. Masks secrets in every answer.
  void asked(const std::string& ask, const MessagePtr& request, int64_t peer,
             Answer answer) override;

 private:
  /// True if the status lists the child. A spare child (not the first of its server, or a child of
  /// a retired server) is listed only while it runs.
  static bool is_shown(const ServerStatus& server) {
    return !server.spare || server.state != ServerStatus::State::Stopped;
  }
  void listen();
  void answer_to(const std::string& ask, const MessagePtr& request, Answer answer);
  std::string status() const;
  void write_sessions(JsonWriter& json, const std::vector<SessionStatus>& sessions) const;
  void write_servers(JsonWriter& json) const;
  std::string session_id(SessionNumber session) const;
  /// Returns all children of the server that the request names.
  Result<std::vector<ChildIndex>> children_of(const MessagePtr& request) const;
  std::string logs(const std::vector<ChildIndex>& of) const;
  void signed_in(const Answer& answer);
  void reload(const MessagePtr& request, Answer answer);
  void read_clients(Answer answer);
  void set_clients(std::vector<ClientState> states);

  Parts parts_;
  Timer soon_;
  std::unique_ptr<ControlServer> server_;
  Micros started_;
  Lifetime lifetime_;
};

}  // namespace callgate
