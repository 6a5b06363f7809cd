// A call as a state machine: it parks in any state, and leaves every state by the one door,
// finish().
#pragma once

#include <memory>
#include <set>
#include <string>
#include <unordered_map>

#include "callgate/protocol/text.h"
#include "callgate/wire/rpc.h"
#include "core.h"
#include "session.h"

namespace callgate {

enum class CallState : uint8_t {
  Received,   // who answers it? parks until that server is up
  Resolving,  // parks until the paths that rules need are known
  Deciding,
  Asking,     // a person decides: no channel for that yet, so it goes on as refused
  Recording,  // parks until its started row is durable
  Running,    // parks until the child answers
  Finishing,
  Done,
};

struct Call {
  CallNumber number = 0;
  SessionNumber session = 0;
  ClientRequest client;
  CallKind kind{};
  MessagePtr message;
  Value root, params, args;
  std::string exposed;  // the name or URI that the client used
  std::string name;     // the server's own
  Server* server = nullptr;
  std::string client_token;
  CallState state = CallState::Received;
  Now received;
  Decision decision;
  bool started = false;  // its started row is appended
  bool hidden = false;
  int64_t gate_id = 0;
  Nanos wait_due{};
};

/// How a call ends: what the record says and what the client gets (nothing when it cancelled or is
/// gone).
struct Ending {
  Outcome outcome{};
  std::string error;
  std::optional<int64_t> error_code;
  Body result;
  std::string answer;    // the whole message; empty: none
  int answer_error = 0;  // its code, if it is an error
};

class Calls {
 public:
  explicit Calls(Core& core) : core_(core) {}

  void receive(Session& session, const Rpc& rpc, const MessagePtr& message, CallKind kind);
  /// Servers have changed: calls that wait in Received look again.
  void retry_waiting();
  void paths_resolved(CallNumber number, const RealPaths& paths);
  void recorded(CallNumber number);
  void record_failed(CallNumber number, const Error& error);
  void answered(CallNumber number, const Rpc& rpc, const MessagePtr& message);
  void cancel(CallNumber number, std::string_view reason_json);
  void session_gone(CallNumber number, const std::string& reason);
  void child_lost(CallNumber number, const std::string& why);
  void timed_out(CallNumber number, const std::string& why);
  void wait_is_over(CallNumber number);
  void shut_down();

 private:
  Call* find(CallNumber number);
  void enter(Call& call, CallState state);
  void route(Call& call, bool time_is_over);
  void route_to_server(Call& call, Server& server);
  void resolve(Call& call);
  void decide(Call& call, const RealPaths& paths);
  void append_started(Call& call);
  void forward(Call& call);
  void refuse(Call& call);
  void fail(Call& call, Outcome outcome, ErrorCode code, const std::string& message,
            std::string_view code_word);
  void finish(Call& call, Ending ending);
  void learn_links(const Call& call, Value result);
  Facts facts_of(const Call& call) const;

  Core& core_;
  CallNumber last_ = 0;
  std::unordered_map<CallNumber, std::unique_ptr<Call>> calls_;
  std::set<CallNumber> waiting_;
};

}  // namespace callgate
