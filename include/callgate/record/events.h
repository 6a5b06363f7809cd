// The events that the gate appends to the record: plain values, written in the order in which they
// are appended.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "callgate/base/time.h"
#include "callgate/record/finding.h"
#include "callgate/record/touch.h"

namespace callgate {

/// The number of a call, counted from 1 within a run. Users see it as "RUN-CALL".
using CallNumber = uint32_t;
/// The number of a session, counted from 1 within a run.
using SessionNumber = uint32_t;
/// The number of a server's question, counted from 1 within a run.
using QuestionNumber = uint32_t;

/// The record stores these values as numbers, so a new value must be added at the end. Method: a
/// method that no revision of MCP has.
enum class CallKind : uint8_t { Tool, Prompt, Resource, Subscribe, Unsubscribe, Complete, Method };
/// None: the call ended before the rules had decided on it.
enum class Verdict : uint8_t { Allow, Ask, Deny, None };
enum class Outcome : uint8_t { Ok, ToolError, RpcError, Denied, Timeout, Cancelled, Lost, Pending };

/// Returns the method: "tools/call", "prompts/get", … For CallKind::Method it returns "", because
/// the row names the method as its tool.
const char* name(CallKind kind);
const char* name(Verdict verdict);  ///< "allow", "ask", "deny", "none"
const char* name(Outcome outcome);  ///< "ok", "tool_error", …

/// JSON text that lives as long as `owner`. The store masks, cuts, digests and keeps it. Empty text
/// means that the event has no such body.
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

/// The gate appends this event a second time, with the client's name, if it refused calls before it
/// knew the name.
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
/// The gate appends this event before anything of the call reaches a child.
struct CallStarted {
  CallNumber call = 0;
  SessionNumber session = 0;
  Micros at{};
  CallKind kind{};
  std::string server;   ///< configured name; empty if no server has the tool
  std::string tool;     ///< the server's own name of the tool or prompt, the URI, or the method
  std::string exposed;  ///< the name or URI that the client used
  std::string era;
  /// Whether the tool only reads, according to the configuration, or else to the server. Empty if
  /// neither declares it.
  std::optional<bool> read_only;
  std::string client_id;  ///< the client's request id, byte for byte
  Verdict verdict{};
  std::string rule;     ///< the rule that decided, as configured; empty: the default
  std::string because;  ///< the reason that the rule gives; may be empty
  /// The call's arguments. For completion, CallKind::Method, and requests refused because of their
  /// form, these are all params. Empty for subscriptions.
  Body args;
  std::string_view wire;  ///< all of the params, for the wire digest; a view into args.owner
  std::vector<Touch> touches;
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
  /// The accessed data that the answer names and CallStarted::touches does not contain.
  std::vector<Touch> touches;
  /// The facts about the answer. Empty if the guard did not observe the call.
  std::optional<AnswerFacts> facts;
};
/// A server asked the client: sampling, elicitation or roots.
struct Question {
  QuestionNumber number = 0;
  SessionNumber session = 0;  ///< 0: there was no client to ask
  Micros at{};
  std::string server, method;
  /// The call during which the child asked. 0 if the child had no call, or more than one.
  CallNumber call = 0;
  Verdict verdict{};
  std::string rule, because;
  Body params;
};
/// A client's answer to a question. The gate appends this event before the server gets the answer.
struct QuestionAnswered {
  /// The number of the question. A new number if the client sent an answer without being asked.
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
  std::string step;     ///< what the guard did: the name of a Step of its ladder
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

using RecordEvent =
    std::variant<SessionOpened, SessionClosed, ServerSeen, CallStarted, CallFinished, Question,
                 FindingRaised, DeadEndChanged, QuestionAnswered, CallSkipped>;

}  // namespace callgate
