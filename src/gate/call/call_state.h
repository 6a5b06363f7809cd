// The states of a call, in the order in which a call usually passes through them. A call is always
// in exactly one state, and a state holds what exists only while the call is in it.
// CallFlow::enter() is the only function that changes the state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "answers.h"
#include "callgate/base/time.h"
#include "callgate/policy/call_paths.h"

namespace callgate {

/// Looks for a child that has the name, and waits until the child is ready.
struct Routing {
  /// When the call stops waiting for starting servers that may have the name; 0: it did not wait
  /// for such servers.
  Nanos until{};
  /// When the call began to wait for its child. A start that is in progress ends this wait, if the
  /// child's start_timeout has passed since.
  std::optional<Nanos> child_since;
};
/// Waits until the paths that the rules need are resolved.
struct ResolvingPaths {
  CallPaths paths;
};
/// Waits until the guard has the memory of the client's earlier sessions.
struct AwaitingMemory {};
/// Waits because the guard slows the client down.
struct Delayed {};
/// Waits for a person's approval. Callgate can't ask a person yet, so a call leaves this state at
/// once, and is refused.
struct AwaitingApproval {};
/// Waits until the rows of the call and of the answers that came with it are durable.
struct Recording {};
/// Waits for the answer to an equal call that the client made earlier, instead of being made again.
/// See flow/retries.h.
struct AwaitingEarlier {
  CallId earlier = 0;
};
/// Waits until the child has asked for the client's roots. Then the call is sent to the child.
struct AwaitingRoots {};
/// Waits until the child answers.
struct AtChild {
  int64_t request = 0;  ///< the id of the gate's request to the child
};
/// The child wants another round without input from the client. Waits a moment before this round.
struct BetweenRounds {};
/// A legacy client was asked for the input that a modern child needs. Waits for its answers.
struct AwaitingAnswers {
  size_t unanswered = 0;
};
/// A modern client has got questions in the answer to its request. Waits until the client sends the
/// next round of the call.
struct AwaitingNextRound {
  AskedQuestions asked;  ///< by the keys under which the client got them
};
/// The child continues the call as a task. Waits for the task's end.
struct BecameTask {
  std::string id;           ///< our id of the task
  int64_t progress_id = 0;  ///< the id of the answered request, which is the token of the progress
};
struct Done {};

using CallState = std::variant<Routing, ResolvingPaths, AwaitingMemory, Delayed, AwaitingApproval,
                               Recording, AwaitingEarlier, AwaitingRoots, AtChild, BetweenRounds,
                               AwaitingAnswers, AwaitingNextRound, BecameTask, Done>;

/// Why a call has a deadline.
enum class CallDeadline : uint8_t {
  None,
  UnknownName,  ///< Routing: the servers that may have the name have had enough time
  Memory,       ///< AwaitingMemory: the call is evaluated without the memory
  Delay,        ///< Delayed: the delay is over
  Roots,        ///< AwaitingRoots: the call is sent although the child did not ask
  Questions,    ///< AtChild: the client gets all questions that the child has asked meanwhile
  Pause,        ///< BetweenRounds: the next round begins
  NextRound,    ///< AwaitingNextRound: the client has given up
  Task,         ///< BecameTask: the task takes too long
};

}  // namespace callgate
