// The gate's ports: interfaces to the outside world. `app` implements them, and tests replace them
// by fakes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/config/config.h"
#include "callgate/gate/workspace.h"
#include "callgate/policy/policy.h"
#include "callgate/record/events.h"

namespace callgate {

/// The number of a configured server: its place in GateOptions::servers, or a number that it got
/// when the configuration changed. The number of a server that was removed or changed may be reused
/// after the end of its last child.
using ServerIndex = uint32_t;
/// The number of a child. Each server has at least one child number, and more if its clients can't
/// share a child. A number may be reused after its child's end.
using ChildIndex = uint32_t;

enum class SendKind { Answer, Notification, Question };

/// A number that a link gives to one of its exchanges (for example, an HTTP request). The gate
/// returns the number with every message that belongs to the exchange, so that the link can send
/// the message on the right stream. 0: no exchange.
using Exchange = uint64_t;

struct Outgoing {
  SendKind kind{};
  std::string bytes;   ///< one message without its line end
  Exchange about = 0;  ///< the exchange of the client's request that the message belongs to
  int error = 0;       ///< the JSON-RPC code of an answer that is an error, otherwise 0
  /// For an answer: the id of the client's request, as JSON. Valid only while send() runs.
  std::string_view request_id = {};
};

/// What was observed of a client, or configured for it. The client itself claims nothing of this.
struct ClientFacts {
  ObservedProcess process;
  std::string peer;     ///< the address of the connection; empty if there is no connection
  std::string profile;  ///< empty: no profile
  std::string token;    ///< the name of the token that the client presented; empty: no token
  WorkspacePtr workspace = nullptr;  ///< nullptr: the gate process's own
};

/// The client's side of a session. It must outlive the session, which ends when Gate::client_gone
/// returns.
class ClientLink {
 public:
  virtual ~ClientLink() = default;
  /// A link that is full or broken closes itself and calls Gate::client_gone later, never from
  /// within this function.
  virtual void send(Outgoing message) = 0;
  /// The client's session must end. The link closes itself and calls Gate::client_gone later. A
  /// link that has nothing to close does nothing; the gate refuses what the client still sends.
  virtual void dismiss(const std::string& reason) { static_cast<void>(reason); }

  // The following functions let a link keep what another gate process needs if this one dies. They
  // are called while the gate handles a message of the client: the request, its cancellation, or
  // the message with the lasting effect.

  /// A request of the client is open from now on. `call` is 0 if the request is no call.
  virtual void request_opened(std::string_view id, CallNumber call) {
    static_cast<void>(id);
    static_cast<void>(call);
  }
  /// The client has cancelled the request, so it gets no answer.
  virtual void request_cancelled(std::string_view id) { static_cast<void>(id); }
  /// The message has an effect until the session ends (initialize, initialized, a log level, a
  /// subscription or its end).
  virtual void message_lasts() {}
};

struct ChildEnd {
  std::string reason;        ///< "exited with status 1", "was killed by signal 9"
  std::string stderr_tail;   ///< the last lines that the process wrote to stderr
  bool status_zero = false;  ///< the process exited by itself with status 0
  /// Why the command could not be started. If it is empty, the process has run or was stopped
  /// before its start, and `reason` is why it ended.
  std::optional<Error> not_started;
};

/// How much time a process has to end by itself.
enum class StopPace {
  Patient,  ///< the server's stop_timeout, because no request waits for the end of the process
  Prompt,   ///< about a second, because a request waits until the next process can start
};

/// The processes of the servers, at most one per ChildIndex at a time.
class ChildProcesses {
 public:
  virtual ~ChildProcesses() = default;
  /// Starts a process. Gate::child_up or Gate::child_gone follows later, never from within this
  /// function. `config.cwd` is the child's folder; if it is empty, the child runs in ours. A remote
  /// server is signed in to with the account that `config` names as chosen. The child gets
  /// variables of `workspace`, or ours if that is nullptr.
  virtual void start(ChildIndex child, const ServerConfig& config,
                     const WorkspacePtr& workspace) = 0;
  /// Queues one message, which has no line end. Returns false and takes nothing if the queue
  /// towards this child is full, or if its process is ending.
  virtual bool send(ChildIndex child, std::string bytes) = 0;
  /// Ends the process. The process gets the time of `pace` to end by itself before it is killed.
  /// Gate::child_gone follows. A second call of stop() can only shorten the time.
  virtual void stop(ChildIndex child, StopPace pace) = 0;
};

/// Receives the events for the record. Gate::recorded, Gate::record_failed or
/// Gate::answer_recorded follows later for each event that a call or an answer waits for.
class RecordPort {
 public:
  virtual ~RecordPort() = default;
  virtual void append(RecordEvent event) = 0;
};

/// Keeps a JSON text about each server between runs, so that clients get the server's lists before
/// the server has started.
class ListStore {
 public:
  virtual ~ListStore() = default;
  /// Returns the text that was saved last, in this run or an earlier one, or "" if there is none.
  /// The gate calls it once for each server that gets a ServerIndex.
  virtual std::string load(ServerIndex server, const ServerConfig& config) = 0;
  /// Replaces the saved text. The store may write the text later.
  virtual void save(ServerIndex server, const ServerConfig& config, std::string json) = 0;
};

/// What the guard needs besides the record.
class GuardPort {
 public:
  virtual ~GuardPort() = default;
  /// Asks for the dead ends that earlier sessions of the client found, for the number of calls that
  /// the client has made today, and for its unanswered calls of earlier runs. `memory` is the
  /// client's memory_key(). The answer comes later, through Gate::client_recalled.
  /// The client's calls wait up to 200 ms for it, and two seconds if they may write.
  virtual void recall(const std::string& client, const std::string& memory) = 0;
  /// The guard has paused the session, and the gate already enforces the pause. The port must make
  /// the pause last until a person resumes the session or the session ends.
  virtual void pause(SessionNumber session, const std::string& because) = 0;
};

/// Finds where paths really lead. Gate::paths_resolved answers later, never from within resolve().
class PathPort {
 public:
  virtual ~PathPort() = default;
  /// Relative paths start at the folder that the server runs in.
  virtual void resolve(CallNumber call, const ServerConfig& server,
                       std::vector<PathNeed> needs) = 0;
};

}  // namespace callgate
