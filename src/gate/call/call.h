// One call of a client: its request, its target, the decisions on it, and its state. Legacy peers
// speak revisions up to 2025-11-25, which begin with a handshake; modern peers speak 2026-07-28,
// which has none.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "call_state.h"
#include "callgate/policy/policy.h"
#include "callgate/wire/rpc.h"
#include "gate/child/child.h"
#include "gate/session/session.h"
#include "guard_adapter.h"

namespace callgate {

/// A question of a legacy child to a modern client.
struct InputRequest {
  // `key` is the key under which the client gets the question; `params` is JSON text.
  std::string key, method, params;
  ChildIndex child = 0;
  // The id of the child's request. Empty if the child no longer waits for the answer.
  std::string child_id;
  QuestionNumber question = 0;  // the question's number in the record
};

/// What a call keeps from one of its rounds to the next. Source: MCP 2026-07-28 "Multi Round-Trip
/// Requests".
struct Round {
  int number = 1;
  std::vector<InputRequest> input_requests;      // a legacy child's questions without an answer
  std::map<std::string, std::string> collected;  // answers of a legacy client, by key
  std::string child_state;  // the bytes of the child's own requestState; empty if it has none
  // The id of the request that a legacy child has not answered while the client answers the child's
  // questions; 0 if there is none.
  int64_t held_request = 0;
  MessagePtr early;  // the child's answer to that request, if it came before the next round
  // The child asked the questions outside of this call. The client answers them before the gate
  // sends the call to the child.
  bool before_call = false;
};

/// The time in which persons were asked something for a call.
struct PersonTime {
  int unanswered = 0;  // questions
  Nanos since{};       // when the first of them was asked
  Nanos total{};       // without the time since `since`
};

/// What the guard decided about a call.
struct GuardNotes {
  bool asked = false;
  std::optional<Effect> effect;  // set when the guard is asked
  GuardRule advice_rule{};       // the rule that `advice` is about
  std::string advice, refusal;   // texts for the client
  GuardResult result;            // its findings when it stopped the call
};

/// The rows of a call and of the answers that came with it.
struct CallRows {
  bool started = false;   // the CallStarted event has been appended
  bool left_out = false;  // the refused call gets no row; see RefusalRows
  int unwritten = 0;      // how many rows must become durable before the call continues
  std::string failure;    // why an answer that came with this round could not be recorded
};

struct Call {
  /// Client: a request of the client. Stream: the gate subscribes to a URI for a stream of changes
  /// of the client. Recheck: the gate decides again on an existing subscription.
  enum class Origin : uint8_t { Client, Stream, Recheck };

  CallNumber number = 0;
  SessionNumber session = 0;
  CallKind kind{};
  RuleSpec::Subject subject{};  // which rules apply: those for tools, for prompts, …
  Now received;
  Origin origin = Origin::Client;
  uint32_t stream = 0;      // the stream, if `origin` is Stream
  Subscriber subscriber{};  // the owner of the subscription, if `origin` is Recheck

  CallState state;
  CallDeadline deadline = CallDeadline::None;
  Nanos due{};  // when the deadline passes; valid if there is one

  // The client's request. A later round replaces it.
  ClientRequest client;
  MessagePtr message;
  Value root, params, args;
  MessagePtr own_args;       // of a completion: the message that holds `args`
  std::string filled;        // of a completion: the URI template with the client's values
  std::string client_token;  // the bytes of the progress token; empty if there is none
  int log_level = -1;        // the log level that a modern client wants for this request

  // The target.
  std::string exposed;  // the name, URI or method that the client used
  std::string name;     // the server's own name of what `exposed` names
  ChildUse child;
  bool hidden = false;                   // the configuration hides the tool
  std::optional<bool> hinted_read_only;  // the tool's readOnlyHint, from the catalog
  std::vector<std::string> uris;         // its arguments that are URIs, from the catalog

  Decision decision{.permission = Permission::None, .rule = "", .because = ""};
  uint64_t rules = 0;  // Core::rules when the rules were applied to the call
  GuardNotes guard;
  std::vector<DataItem> touches;  // the accessed data in its CallStarted event
  CallRows rows;
  bool sent = false;  // to the child
  Round round;
  PersonTime persons;
  std::string missing;  // a capability that the server needed and the client does not have

  template <class State>
  State* in() {
    return std::get_if<State>(&state);
  }
  template <class State>
  bool is() const {
    return std::holds_alternative<State>(state);
  }
  /// True if the gate has answered the client's request although the call continues.
  bool detached() const { return is<AwaitingNextRound>() || is<BecameTask>(); }
  /// The id of the request that the child has not answered; 0 if there is none.
  int64_t child_request() const {
    const auto* at_child = std::get_if<AtChild>(&state);
    return at_child ? at_child->request : round.held_request;
  }
};

/// How a call ends: what the record keeps and what the client gets. The client gets nothing if it
/// cancelled the call or is gone.
struct Ending {
  Outcome outcome{};
  std::string error;
  std::optional<int64_t> error_code;
  Body result;
  Value answered;            // the result, to find the data that it names; part of result.owner
  std::string answer;        // the whole message; empty if the client gets none
  int answer_error = 0;      // the error code in `answer`; 0 if it is a result
  GuardResult guard_result;  // the guard's findings
  bool advised = false;      // `answer` contains the guard's advice
  MessagePtr server_answer;  // the server's message, if it ended the call
  CallId earlier = 0;        // as in CallFinished
  Micros made{};             // for Outcome::Repeated: when the gate received the earlier call
};

/// A client's request for a stream of changes. The gate makes one call for each URI to which the
/// stream subscribes.
struct StreamRequest {
  uint32_t number = 0;
  ClientRequest client;
  MessagePtr message;
  Value params;
};

}  // namespace callgate
