// What the gate tells the record: plain values, written in the order in which they are appended.
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

/// A call of one run: counts from 1 within the run. People see "RUN-CALL".
using CallNumber = uint32_t;
/// A session of one run: counts from 1.
using SessionNumber = uint32_t;
/// A question of a server: counts from 1 within the run.
using QuestionNumber = uint32_t;

/// The numbers are in the record: new kinds go to the end. Method: one that no revision of MCP has.
enum class CallKind : uint8_t { Tool, Prompt, Resource, Subscribe, Unsubscribe, Complete, Method };
/// None: the call ended before it was decided.
enum class Verdict : uint8_t { Allow, Ask, Deny, None };
enum class Outcome : uint8_t { Ok, ToolError, RpcError, Denied, Timeout, Cancelled, Lost, Pending };

/// The method: "tools/call", "prompts/get", …; "" for CallKind::Method, whose row has it as its
/// tool.
const char* name(CallKind kind);
const char* name(Verdict verdict);  ///< "allow", "ask", "deny", "none"
const char* name(Outcome outcome);  ///< as in interface: "ok", "tool_error", …

/// JSON text that lives as long as `owner`. The store masks, cuts, digests and keeps it; empty =
/// none.
struct Body {
  std::shared_ptr<const void>
      owner;  // shared with the message the bytes lie in, so that nothing is copied
  std::string_view bytes;
};

/// A process as the system shows it: observed, whatever the process says of itself. What could not
/// be told is empty.
struct ObservedProcess {
  int64_t pid = 0;    ///< 0: unknown
  std::string start;  ///< when it started, in the system's own count: with the pid, one of its boot
  std::string exe, cwd, user;
  std::vector<std::string> parents;  ///< "PID EXE" each, nearest first; at most 16
  bool operator==(const ObservedProcess&) const = default;
};

/// Comes once more, with its client's name, where calls were refused before that was known.
struct SessionOpened {
  SessionNumber session = 0;
  Micros at{};
  std::string client_name, client_version;  ///< claimed
  ObservedProcess process;
  std::string peer;                    ///< observed: the address that it came from; empty: stdio
  std::string token;                   ///< the name of the token that it showed; may be empty
  std::string profile, protocol, era;  ///< era: "legacy" or "modern"
};
struct SessionClosed {
  SessionNumber session = 0;
  Micros at{};
  std::string reason;
};
/// A child told who it is.
struct ServerSeen {
  std::string server;
  Micros at{};
  int64_t pid = 0;
  std::string name, version, protocol;  ///< claimed by the child
};
/// Before anything of the call reaches a child.
struct CallStarted {
  CallNumber call = 0;
  SessionNumber session = 0;
  Micros at{};
  CallKind kind{};
  std::string server;   ///< configured name; empty when nobody has the tool
  std::string tool;     ///< the server's own name of the tool or prompt, the URI, or the method
  std::string exposed;  ///< the name or URI that the client used
  std::string era;
  std::optional<bool> read_only;  ///< the configuration's word of the tool, else the server's
  std::string client_id;          ///< the client's request id, its own bytes
  Verdict verdict{};
  std::string rule;  ///< the rule that decided, as written; empty: the default
  std::string because;
  Body args;              ///< the params' arguments; what has no arguments: the params, if kept
  std::string_view wire;  ///< the params, all of them, for the wire digest; lies in args.owner
  std::vector<Touch> touches;
};
struct CallFinished {
  CallNumber call = 0;
  Micros at{};
  Outcome outcome{};
  Nanos duration{};  ///< from Received to the answer
  Nanos waited{};    ///< of that, for a person
  int rounds = 1;    ///< requests of the client that made up this call
  std::optional<int64_t> error_code;
  std::string error;  ///< why, where the result doesn't say it: empty for ok and a tool's own error
  Body result;        ///< the result or error member
  std::string_view wire;
  std::vector<Touch> touches;        ///< beyond those of its start: what the answer names
  std::optional<AnswerFacts> facts;  ///< what the guard saw; empty: it observed nothing
};
/// A server asked the client: sampling, elicitation or roots.
struct Question {
  QuestionNumber number = 0;
  SessionNumber session = 0;  ///< 0: nobody could be asked
  Micros at{};
  std::string server, method;
  CallNumber call = 0;  ///< the only call in flight of that child, else 0
  Verdict verdict{};
  std::string rule, because;
  Body params;
};
/// What a client said to such a question, before the server gets it.
struct QuestionAnswered {
  QuestionNumber number = 0;  ///< the question's, or one of its own where nothing was asked
  SessionNumber session = 0;
  Micros at{};
  std::string server, method;  ///< method: of the question; empty where nothing was asked
  CallNumber call = 0;         ///< as in the question
  /// "accept", "decline" or "cancel" of an elicitation, else "answer"; "error": the client refused;
  /// "kept": the server does not get it; "unasked": of an unknown question.
  std::string action;
  std::string because;    ///< why it is kept
  Body answer;            ///< the result or error member
  std::string_view wire;  ///< lies in answer.owner
};

/// The guard has found something; follows the end of the call that showed it.
struct FindingRaised {
  uint32_t number = 0;  ///< counts from 1 within the run. People see "RUN-NUMBER"
  Micros at{};
  CallNumber call = 0;  ///< by which it was raised
  Finding finding;      ///< its session and evidence are numbers of this run
  std::string step;     ///< what was done: a step of the ladder
};
struct DeadEndChanged {
  Micros at{};
  DeadEndChange change;
};

/// That number has no rows, and will have none.
struct CallSkipped {
  CallNumber call = 0;
  Micros at{};
};

using RecordEvent =
    std::variant<SessionOpened, SessionClosed, ServerSeen, CallStarted, CallFinished, Question,
                 FindingRaised, DeadEndChanged, QuestionAnswered, CallSkipped>;

}  // namespace callgate
