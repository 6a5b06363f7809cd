// The events that the gate appends to the record. Events are plain values, and the store writes
// them in the order in which the gate appends them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "callgate/base/time.h"
#include "callgate/record/data_item.h"
#include "callgate/record/finding.h"

namespace callgate {

/// The number of a call, counted from 1 within a run. Users see it as "RUN-CALL".
using CallNumber = uint32_t;
/// Identifies a call in the record: run << 32 | call.
using CallId = uint64_t;
/// The number of a session, counted from 1 within a run.
using SessionNumber = uint32_t;
/// The number of a server's question, counted from 1 within a run.
using QuestionNumber = uint32_t;

/// The record stores these values as numbers, so a new value must be added at the end. The value
/// Method means a request with a method that no revision of MCP has.
enum class CallKind : uint8_t { Tool, Prompt, Resource, Subscribe, Unsubscribe, Complete, Method };
/// None means that the call ended before the rules had decided on it.
enum class Permission : uint8_t { Allow, Ask, Deny, None };
/// Repeated means that the client repeated an earlier call whose answer it had not got. The call
/// was not made: the client got the earlier call's answer, or was told that nobody knows how that
/// call ended.
enum class Outcome : uint8_t {
  Ok,
  ToolError,
  RpcError,
  Denied,
  Timeout,
  Cancelled,
  Lost,
  Pending,
  Repeated
};
inline constexpr Outcome kLastOutcome = Outcome::Repeated;

/// Returns the call's method: "tools/call", "prompts/get", … Returns "" for CallKind::Method,
/// because such a row has the method in the column for the tool.
const char* name(CallKind kind);
const char* name(Permission permission);  ///< "allow", "ask", "deny", "none"
const char* name(Outcome outcome);        ///< "ok", "tool_error", …

/// JSON text of an event. `bytes` is valid as long as `owner` lives. The store masks, shortens and
/// digests the text, and writes it to the record. If `bytes` is empty, the event has no such text.
struct Body {
  /// The message that holds the bytes. It is shared, so that nothing is copied.
  std::shared_ptr<const void> owner;
  std::string_view bytes;
};

/// A process as the operating system describes it, independent of what the process claims. A field
/// is empty if its value could not be found.
struct ObservedProcess {
  int64_t pid = 0;  ///< 0: unknown
  /// When the process started, in the system's own unit. Pid and start identify a process until the
  /// next boot.
  std::string start;
  std::string exe, cwd, user;
  /// The process's ancestors, each as "PID EXE", beginning with its parent; at most 16.
  std::vector<std::string> parents;
  bool operator==(const ObservedProcess&) const = default;
};

/// A client has opened a session. If the gate refused calls before it knew the client's name, it
/// appends this event first without the name and later once more with the name.
struct SessionOpened {
  SessionNumber session = 0;
  Micros at{};
  std::string client_name, client_version;  ///< as the client claims
  ObservedProcess process;
  std::string peer;                    ///< observed: the client's address; empty: stdio
  std::string token;                   ///< the name of the token that was used; may be empty
  std::string profile, protocol, era;  ///< era: "legacy" or "modern"
};
struct SessionClosed {
  SessionNumber session = 0;
  Micros at{};
  std::string reason;
};
/// A child has identified itself in its handshake.
struct ServerSeen {
  std::string server;
  Micros at{};
  int64_t pid = 0;
  std::string name, version, protocol;  ///< claimed by the child
};
/// A call of a client. The gate appends this event before any part of the call reaches a
/// child.
struct CallStarted {
  CallNumber call = 0;
  SessionNumber session = 0;
  Micros at{};
  CallKind kind{};
  std::string server;   ///< configured name; empty if no server has the tool
  std::string account;  ///< of the remote server; empty if it has none
  std::string tool;     ///< the server's own name of the tool or prompt, the URI, or the method
  std::string exposed;  ///< the name or URI that the client used
  std::string era;
  /// Whether the tool only reads. The configuration decides this or, if it has no entry about the
  /// tool, the server's own declaration. nullopt if neither declares it.
  std::optional<bool> read_only;
  std::string client_id;  ///< the client's request id, byte for byte
  Permission permission{};
  std::string rule;     ///< the rule that decided, as configured; empty: the default
  std::string because;  ///< the reason that the rule gives; may be empty
  /// The call's arguments. For completion, for CallKind::Method, and for requests that were refused
  /// because of their form: all params. Empty for subscriptions.
  Body args;
  std::string_view wire;  ///< all of the params, for the wire digest; a view into args.owner
  std::vector<DataItem> touches;
};
struct CallFinished {
  CallNumber call = 0;
  Micros at{};
  Outcome outcome{};
  Nanos duration{};  ///< from the receipt of the call to its answer
  Nanos waited{};    ///< the part of `duration` in which the call waited for a person
  int rounds = 1;    ///< how many requests of the client belong to this call
  std::optional<int64_t> error_code;
  /// Why the call failed. Empty if it succeeded, or if the result holds the tool's own error.
  std::string error;
  Body result;            ///< the result or error member
  std::string_view wire;  ///< the same bytes, for the wire digest
  /// Data that the answer names in addition to the data in CallStarted::touches.
  std::vector<DataItem> touches;
  /// The facts about the answer; nullopt if the guard did not observe the call.
  std::optional<AnswerFacts> facts;
  /// For Outcome::Repeated, and for a call that ended while it waited for an earlier call: the
  /// earlier call. Otherwise 0.
  CallId earlier = 0;
};
/// A server asked the client: sampling, elicitation or roots.
struct Question {
  QuestionNumber number = 0;
  SessionNumber session = 0;  ///< 0: there was no client to ask
  Micros at{};
  std::string server, method;
  /// The call during which the child asked. 0 if the child had no call, or several calls, at that
  /// time.
  CallNumber call = 0;
  Permission permission{};
  std::string rule, because;
  Body params;
};
/// A client's answer to a question. The gate appends this event before the server gets the answer.
struct QuestionAnswered {
  /// The number of the question. If the client sent an answer without being asked, a new number.
  QuestionNumber number = 0;
  SessionNumber session = 0;
  Micros at{};
  std::string server, method;  ///< method: of the question; empty if the client was not asked
  CallNumber call = 0;         ///< as in the question
  /// "accept", "decline" or "cancel" for an elicitation, "answer" for other questions, "error" if
  /// the client refused the question, "kept" if the gate does not forward the answer to the server,
  /// "unasked" if the client was not asked.
  std::string action;
  std::string because;    ///< why the server does not get the answer; empty if it gets the answer
  Body answer;            ///< the result or error member
  std::string_view wire;  ///< a view into answer.owner
};

/// The guard has made a finding. The gate appends this event after the end of the call that caused
/// the finding.
struct FindingRaised {
  uint32_t number = 0;  ///< counted from 1 within the run. Users see "RUN-NUMBER"
  Micros at{};
  CallNumber call = 0;  ///< the call that caused the finding
  Finding finding;      ///< its session and evidence are numbers of this run
  Step step{};          ///< what the gate did about it
};
struct DeadEndChanged {
  Micros at{};
  DeadEndChange change;
};

/// A call number that has no rows and will never have any.
struct CallSkipped {
  CallNumber call = 0;
  Micros at{};
};

/// A server has answered a call after the client had stopped waiting for it and the call's
/// CallFinished had been appended. At most one per call.
struct LateAnswer {
  CallNumber call = 0;
  Micros at{};
  Outcome outcome{};  ///< Ok, ToolError or RpcError
  std::optional<int64_t> error_code;
  std::string error;      ///< as in CallFinished
  Body result;            ///< the result or error member
  std::string_view wire;  ///< the same bytes, for the wire digest
};

/// From now on, an equal call is no retry of this call: the client has been told what is known of
/// the call, or the call has ended without being sent to the server.
struct RetriesEnded {
  CallId call = 0;  ///< of this run or of an earlier one
  Micros at{};
};

using RecordEvent = std::variant<SessionOpened, SessionClosed, ServerSeen, CallStarted,
                                 CallFinished, Question, FindingRaised, DeadEndChanged,
                                 QuestionAnswered, CallSkipped, LateAnswer, RetriesEnded>;

}  // namespace callgate
