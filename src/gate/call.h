// A call as a state machine: it parks in any state, and leaves every state by the one door,
// finish().
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "answers.h"
#include "callgate/protocol/text.h"
#include "callgate/wire/edits.h"
#include "callgate/wire/rpc.h"
#include "core.h"
#include "guarding.h"
#include "path_queues.h"
#include "session.h"

namespace callgate {

enum class CallState : uint8_t {
  Received,   // who answers it? parks until that server is up
  Resolving,  // parks until the paths that rules need are known
  Deciding,   // parks until the guard remembers, or as long as it delays
  Asking,     // a person decides: no channel for that yet, so it goes on as refused
  Recording,  // parks until its started row is durable
  Running,    // parks until the child answers
  Finishing,
  Done,
};

/// A question of the call's server to a modern client, by the key that the client sees.
struct Wanted {
  std::string key, method, params;  // params: JSON text
  ChildIndex child = 0;
  std::string child_id;         // of a legacy child's request
  QuestionNumber question = 0;  // in the record
};

/// What a call waits for from its client. Source: MCP 2026-07-28 "Multi Round-Trip Requests".
struct Round {
  std::vector<Wanted> wanted;                    // of a legacy child, not answered yet
  AskedQuestions asked;                          // of a modern client, by the key that it was told
  std::map<std::string, std::string> collected;  // from a legacy client, by key
  std::string state;    // the child's own requestState, its bytes; empty: none
  size_t open = 0;      // questions at a legacy client without an answer
  MessagePtr early;     // the child's answer, which came before the client's round could go on
  bool before = false;  // `wanted` is what the child asked before this call, which is not sent yet
  bool awaits_roots = false;  // the child was told that there are roots; its question is to come
};

struct Call {
  CallNumber number = 0;
  SessionNumber session = 0;
  ClientRequest client;
  bool client_waits = true;  // its request is open; else it has to come back (or it is a task)
  CallKind kind{};
  RuleSpec::Subject subject{};  // of the rules that decide
  uint32_t listen = 0;          // the stream that it is for: it has no request of its own; 0: none
  bool again = false;           // it decides once more on a subscription that is there
  Subscriber subscriber{};      // whose that is
  MessagePtr message;
  Value root, params, args;
  MessagePtr own_args;  // of a completion: `args` lies in it
  std::string filled;   // of a completion: the URI template with the values that the client gave
  std::string exposed;  // the name, URI or method that the client used
  std::string name;     // the server's own
  Server* server = nullptr;
  std::string client_token;
  CallState state = CallState::Received;
  Now received;
  Decision decision{.verdict = Verdict::None, .rule = "", .because = ""};
  uint64_t rules = 0;        // Core::rules when its paths were asked for
  bool started = false;      // its started row is appended
  int unrecorded = 0;        // rows that must be durable before it goes on
  std::string unrecordable;  // why an answer that came with this round is not in the record
  bool unkept = false;  // it was refused, and the session has its rows of refused calls already
  bool hidden = false;
  int64_t gate_id = 0;  // of the request at the child; 0: none there
  Nanos wait_due{};
  int rounds = 1;
  Round round;
  int questions = 0;  // open at a person
  Nanos asked_at{}, waited{};
  int log_level = -1;                    // a modern client's for this request
  std::string missing;                   // a capability of the client that the server wanted
  std::string task;                      // our id of the task that it became
  std::optional<bool> hinted_read_only;  // what the catalog says of the tool
  std::vector<std::string> uris;         // and of its arguments: these are URIs
  std::vector<Touch> touches;            // of its started row
  std::optional<Effect> effect;          // once the guard has been asked
  bool awaits_memory = false;            // of what earlier sessions met
  bool guarded = false;                  // the guard has been asked
  GuardRule met{};                       // what it is advised about
  std::string advice, refusal;           // what the guard tells its client
  Noticed noticed;                       // where the guard stops it
};

/// How a call ends: what the record says and what the client gets (nothing when it cancelled or is
/// gone).
struct Ending {
  Outcome outcome{};
  std::string error;
  std::optional<int64_t> error_code;
  Body result;
  Value answered;        // the result, for what it names; lies in result.owner
  std::string answer;    // the whole message; empty: none
  int answer_error = 0;  // its code, if it is an error
  Noticed noticed;       // by the guard
  bool advised = false;  // the answer has its advice
};

/// A stream of changes that a modern client asks for, as its URIs need it.
struct ListenRequest {
  uint32_t number = 0;
  ClientRequest client;
  MessagePtr message;
  Value params;
};

struct CallTarget;
struct RefusedRequest;

class Calls {
 public:
  static constexpr int kMostRounds = 10;

  explicit Calls(Core& core) : core_(core) {}

  void receive(Session& session, const Rpc& rpc, const MessagePtr& message, CallKind kind);
  /// That stream of changes wants to hear of this URI; Listens::decided() is told of the end.
  void watch(Session& session, const ListenRequest& listen, const std::string& uri);
  /// A request under a name that its sender may not use: refused, with a row.
  void refuse_method(Session& session, const Rpc& rpc, const MessagePtr& message);
  /// A request is refused for what it is or who asks: a row with what can be read of it.
  void record_refused(Session& session, const RefusedRequest& request, ErrorCode code,
                      const std::string& why);
  /// The rules are new: subscriptions that they deny end.
  void decide_subscriptions_again();
  /// A row says how many refused calls of that session have none of their own, if there are such.
  void sum_refused(Session& session);
  /// Servers have changed: calls that wait in Received look again.
  void retry_waiting();
  void paths_resolved(CallNumber number, const RealPaths& paths);
  void recorded(CallNumber number);
  void record_failed(CallNumber number, const Error& error);
  /// The same for an answer that came with a round of that call; null: it is durable.
  void answer_recorded(CallNumber number, const Error* failure);
  void answered(CallNumber number, const Rpc& rpc, const MessagePtr& message);

  /// A legacy child asks a modern client: it learns of it by the answer to its request.
  void ask_modern(CallNumber number, Wanted wanted);
  /// The answer of a legacy client to a question of its modern child; empty `result`: it refused.
  void collected(CallNumber number, const std::string& key, std::string_view result,
                 const std::string& refusal);
  /// That child has been given the roots that a call may have waited for.
  void roots_given(const Server& server);
  /// The child took its question back.
  void question_gone(const Server& server, std::string_view child_id);
  /// That process is gone: nothing that it asked is open, and a task of it has nobody to end it.
  void asker_gone(const Server& server);
  /// A person is asked or has answered: the time does not count meanwhile.
  void person(CallNumber number, bool asked);
  Call* find(CallNumber number);
  /// The capabilities that its client declared.
  Value capabilities_of(const Call& call) const;
  /// A task has ended, with that answer if it has one.
  void task_ended(CallNumber number, Ending ending, const GuardAnswer* answer);
  /// What earlier sessions of that session's client met is known.
  void guard_knows(SessionNumber session);
  /// The lowest level that a modern client wants messages of, of all calls under way; -1: none.
  int wanted_level() const;
  void log_message(CallNumber number, int level, const Rpc& rpc);
  /// That session has a call that is to be made, or is being made, at that child.
  bool any(SessionNumber session, const Server& server) const;
  /// The same of any session.
  bool any_at(const Server& server) const;
  /// Ends the call that has waited longest for its client at that server; its child, or null.
  Server* give_up_waiting(SessionNumber session, ServerIndex server);
  void session_closed(SessionNumber session, const std::string& reason);
  void cancel(CallNumber number, std::string_view reason_json);
  void client_gone(CallNumber number, const std::string& reason);
  void child_lost(CallNumber number, const std::string& why);
  void timed_out(CallNumber number, const std::string& why);
  void wait_is_over(CallNumber number);
  void shut_down();

 private:
  void enter(Call& call, CallState state);
  void route(Call& call, bool time_is_over);
  void route_method(Call& call);
  void refuse_uri(Call& call);
  /// Refuses a long request if the open ones of its principal hold too much.
  bool has_memory(Session& session, const Rpc& rpc, const MessagePtr& message) const;
  Call& made(Session& session, const Rpc& rpc, const MessagePtr& message, CallKind kind,
             CallTarget target);
  void decide_again(Server& server, Subscriber who, const std::string& uri);
  void subscription_decided(Call& call, Outcome outcome);
  bool keeps_refusal(Call& call);
  bool keeps_refusal(Session& session);
  void append_sum(const Session& session, const std::string& text);
  void route_to_server(Call& call, Server* child);
  void resolve(Call& call);
  void go_on_with(CallNumber number, const RealPaths& paths);
  void decided(Call& call, Decision decision);
  /// What comes before the rules: the end of a subscription, a client that is paused or revoked.
  std::optional<Decision> decision_before_rules(const Call& call) const;
  void ask_guard(Call& call);
  void guard_waited(Call& call);
  void stop_by_guard(Call& call, Guarding::Ruling ruling);
  void append_started(Call& call);
  void append_finished(Call& call, Ending& ending);
  void rows_are_durable(Call& call);
  /// The call waits until these answers of its client are in the record.
  void record_answers(Call& call, Value responses);
  void forward(Call& call);
  void send_to_child(Call& call);
  void forward_request(Call& call);
  void subscribe(Call& call);
  void answer_ourselves(Call& call, std::string_view result);
  void request_answered(Call& call, const Rpc& rpc, const MessagePtr& message);
  void come_back(Session& session, const Rpc& rpc, const MessagePtr& message, CallKind kind);
  void read(Call& call, const Rpc& rpc, const MessagePtr& message, Session& session);
  void read_completion(Call& call);
  void go_on(Call& call);
  /// Asks the client first what the child asked outside of a call. False: it asked nothing.
  bool asks_first(Call& call);
  void answered_first(Call& call);
  void give_answers(Call& call);
  void give_answer(const Wanted& wanted, Value answer);
  void answered_early(Call& call);
  void hold_wanted(Call& call);
  void forward_now(Call& call);
  void input_required(Call& call, const Rpc& rpc, const MessagePtr& message);
  void put_to_client(Call& call, const Rpc& rpc, const MessagePtr& message);
  void put_wanted(Call& call);
  /// Its client's request is answered, the call goes on: as a round that the client must come back
  /// for, or as a task.
  void let_go(Call& call, std::string answer);
  void park(Call& call, std::string answer);
  /// The one wake-up that a call has; an earlier one is forgotten.
  void wake_in(Call& call, Nanos time);
  void wake_never(Call& call);
  void next_round(Call& call);
  bool wants_pages(Call& call, const Rpc& rpc);
  void put_pages(Call& call, Value pages);
  void refuse_pages(Call& call, const std::string& why);
  void pages_seen(Call& call);
  /// The child's id of the task that the call becomes by this answer; absent: it ends it.
  static Value task_id(const Call& call, const Rpc& rpc);
  bool became_task(Call& call, const Rpc& rpc);
  void say_round(const Call& call, Edits& edits) const;
  void round_is_over(Call& call);
  void fail_by_question(Call& call, const std::string& why);
  std::string state_for(const Call& call) const;
  void leave_child(Call& call, std::string_view reason_json);
  void refuse(Call& call);
  static Ending failure(const Call& call, Outcome outcome, ErrorCode code,
                        const std::string& message, std::string_view code_word);
  /// Of a name that no server has, or that the client is not to see.
  std::string unknown_text(const Call& call);
  void fail(Call& call, Outcome outcome, ErrorCode code, const std::string& message,
            std::string_view code_word);
  void finish(Call& call, Ending ending);
  void learn_links(const Call& call, Value result);
  Facts facts_of(const Call& call) const;

  Core& core_;
  CallNumber last_ = 0;
  std::unordered_map<CallNumber, std::unique_ptr<Call>> calls_;
  PathQueues path_queues_;
  std::set<CallNumber> waiting_;
};

}  // namespace callgate
