// A request of the gate that a child has not answered.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "gate/state/catalog.h"
#include "gate/state/client_request.h"

namespace callgate {

/// The session and exchange of the client that waits for a request; 0 if there is none.
struct Requester {
  SessionNumber session = 0;
  Exchange exchange = 0;
};

/// A client's request about a task, which a child must answer.
struct TaskRequest {
  SessionNumber session = 0;
  ClientRequest client;
  std::string task;  // our id of the task
};

struct ChildRequest {
  /// Passed: a call that uses no tool, prompt or resource, so the child may not ask the client
  /// during it. Progress: the request has been answered, but a task still uses its progress token.
  /// Quiet: the answer does not matter. Left: like Call, but the client does not wait for the
  /// answer any more. Stopped: like Left, but the child has been told to stop; it may still answer.
  enum class Kind : uint8_t {
    Initialize,
    Discover,
    List,
    Call,
    Passed,
    Task,
    Listen,
    Progress,
    Quiet,
    Left,
    Stopped
  };
  Kind kind{};
  CallNumber call = 0;                      // for Call, Passed, Progress, Left and Stopped
  ListKind list{};                          // for List
  std::shared_ptr<const TaskRequest> task;  // for Task
  int64_t id = 0;                           // our id; set by ChildRequests
  Nanos sent{};                             // when it was added; set by ChildRequests
  // When the request times out, and the latest time to which progress can extend `due`. Both are 0
  // if the request does not time out.
  Nanos due{}, cap{};

  bool is_call() const { return kind == Kind::Call || kind == Kind::Passed; }
  bool is_left() const { return kind == Kind::Left || kind == Kind::Stopped; }
  bool is_for_client() const { return is_call() || kind == Kind::Task || kind == Kind::Progress; }
};

}  // namespace callgate
