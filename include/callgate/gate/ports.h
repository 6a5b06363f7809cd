// The gate's ports: what it needs of the world, as interfaces that app implements and tests fake.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/config/config.h"
#include "callgate/policy/policy.h"
#include "callgate/record/events.h"

namespace callgate {

/// A configured server: its place in GateOptions::servers, or a number that it got when the
/// configuration changed. That of a server which is served no more may be used again after the end
/// of its last child.
using ServerIndex = uint32_t;
/// One child: each server has at least one number, clients that can't share a child have more. A
/// number may be used again after its child's end.
using ChildIndex = uint32_t;

enum class SendKind { Answer, Notification, Question };

/// A number that a link gives to one of its exchanges (an HTTP request, say) and gets back with
/// everything that belongs to it, for each message goes out on one stream only; 0: none.
using Exchange = uint64_t;

struct Outgoing {
  SendKind kind{};
  std::string bytes;   ///< one message without its line end
  Exchange about = 0;  ///< of the client's request that it belongs to
  int error = 0;       ///< of an answer that is an error: its JSON-RPC code
};

/// One client's side of a session. Must outlive it (until Gate::client_gone returns).
class ClientLink {
 public:
  virtual ~ClientLink() = default;
  /// A link that is full or broken closes itself and reports Gate::client_gone later, never from
  /// within.
  virtual void send(Outgoing message) = 0;
  /// The client is not wanted any more: the link closes and reports Gate::client_gone later. One
  /// that has nothing to close leaves it at that; whatever still comes is refused.
  virtual void dismiss(const std::string& reason) { static_cast<void>(reason); }
};

/// How much time a process has to end by itself.
enum class StopPace {
  Patient,  ///< its stop_timeout: nobody waits for its end
  Prompt,   ///< about a second: a request waits until it can be started again
};

/// The processes of the servers; at most one a ChildIndex at a time.
class Children {
 public:
  virtual ~Children() = default;
  /// Answered later, never from within, by Gate::child_up or Gate::child_gone.
  virtual void start(ChildIndex child, ServerIndex server, const ServerConfig& config) = 0;
  /// One message without its line end. False: the queue towards this child is full and nothing was
  /// taken.
  virtual bool send(ChildIndex child, std::string bytes) = 0;
  /// Ends the process, politely first. Gate::child_gone follows. A second call can only hurry it.
  virtual void stop(ChildIndex child, StopPace pace) = 0;
};

/// Where events go. on_durable, on_failed and on_answer arrive as Gate::recorded, record_failed and
/// answer_recorded.
class RecordPort {
 public:
  virtual ~RecordPort() = default;
  virtual void append(RecordEvent event) = 0;
};

/// What is kept of each server between runs, so that lists need not wait for it: JSON text.
class ListStore {
 public:
  virtual ~ListStore() = default;
  /// What was saved last, in this run or an earlier one; empty: nothing. Asked once a number.
  virtual std::string load(ServerIndex server, const ServerConfig& config) = 0;
  /// Takes the place of what was there; may be written later.
  virtual void save(ServerIndex server, const ServerConfig& config, std::string json) = 0;
};

/// What the guard needs beside the record.
class GuardPort {
 public:
  virtual ~GuardPort() = default;
  /// What earlier sessions of that client met (by `memory`, see memory_key()) and made. Answered by
  /// Gate::client_recalled, also from within; calls wait for it a moment.
  virtual void recall(const std::string& client, const std::string& memory) = 0;
  /// The guard has paused that session: the gate knows, and it is to last until a person resumes it
  /// or the session ends.
  virtual void pause(SessionNumber session, const std::string& because) = 0;
};

/// Answered by Gate::paths_resolved, never from within.
class PathPort {
 public:
  virtual ~PathPort() = default;
  /// Relative to the folder that the server runs in.
  virtual void resolve(CallNumber call, const ServerConfig& server,
                       std::vector<PathNeed> needs) = 0;
};

}  // namespace callgate
