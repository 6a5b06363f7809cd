// A call as a state machine. A call may wait in any state, and ends in finish(). Legacy peers speak
// revisions up to 2025-11-25, which begin with a handshake; modern peers speak 2026-07-28, which
// has none.
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
#include "guard_adapter.h"
#include "path_queues.h"
#include "session.h"

namespace callgate {

enum class CallState : uint8_t {
  Received,   // finds the server; waits until the server is up
  Resolving,  // waits until the paths that rules need are resolved
  Deciding,   // has a decision of the rules; waits for the guard's memory or the guard's delay
  Asking,     // needs a person's approval; callgate can't ask a person yet, so the call is refused
  Recording,  // waits until the row of its CallStarted event is durable
  Running,    // waits until the child answers
  Finishing,
  Done,
};

/// A question of a legacy child to a modern client.
struct InputRequest {
  // `key` is the key under which the client gets the question; `params` is JSON text.
  std::string key, method, params;
  ChildIndex child = 0;
  // The id of the child's request. Empty if the child no longer waits for the answer.
  std::string child_id;
  QuestionNumber question = 0;  // the question's number in the record
};

/// The input that a call waits for from its client. Source: MCP 2026-07-28 "Multi Round-Trip
/// Requests".
struct Round {
  std::vector<InputRequest> input_requests;      // a legacy child's questions without an answer
  AskedQuestions asked;                          // questions sent to a modern client, by key
  std::map<std::string, std::string> collected;  // answers of a legacy client, by key
  std::string state;  // the bytes of the child's own requestState; empty if it has none
  size_t open = 0;    // how many questions a legacy client has not answered
  MessagePtr early;   // the child's answer, if it came before the client's next round
  // The child asked the questions in `input_requests` outside of this call. The client answers them
  // before the gate sends the call to the child.
  bool before = false;
  // The call waits: the gate has notified the child of roots, and expects the child to ask for
  // them.
  bool awaits_roots = false;
};

struct Call {
  CallNumber number = 0;
  SessionNumber session = 0;
  ClientRequest client;
  // True while the client's request is open. False if the call has become a task, if it waits for
  // the client's next round, or if the gate itself made the call.
  bool client_waits = true;
  CallKind kind{};
  RuleSpec::Subject subject{};  // which rules apply: those for tools, for prompts, …
  // The stream of changes for which the gate itself made this call, to subscribe to a URI; 0: none.
  uint32_t stream = 0;
  // True if the gate made this call only to decide again on an existing subscription.
  bool again = false;
  Subscriber subscriber{};  // the owner of the subscription, if `again` is true
  MessagePtr message;
  Value root, params, args;
  MessagePtr own_args;  // of a completion: the message that holds `args`
  std::string filled;   // of a completion: the URI template with the values that the client gave
  std::string exposed;  // the name, URI or method that the client used
  std::string name;     // the server's own name of what `exposed` names
  Child* child = nullptr;
  std::string client_token;
  CallState state = CallState::Received;
  Now received;
  Decision decision{.verdict = Verdict::None, .rule = "", .because = ""};
  uint64_t rules = 0;        // Core::rules when the rules were applied to the call
  bool started = false;      // its CallStarted event has been appended
  int unrecorded = 0;        // how many rows must become durable before the call continues
  std::string unrecordable;  // why an answer that came with this round could not be recorded
  bool unkept = false;       // the refused call gets no row; see RefusalRows
  bool hidden = false;       // the configuration hides the tool
  int64_t gate_id = 0;       // the id of the gate's request to the child; 0: no request is pending
  Nanos wait_due{};          // when the call's timer fires; 0: the timer is not set
  int rounds = 1;
  Round round;
  int questions = 0;  // how many questions a person has not answered
  // Since when a person is being asked, and how long persons were asked before.
  Nanos asked_at{}, waited{};
  int log_level = -1;   // the log level that a modern client wants for this request
  std::string missing;  // a capability that the server needed and the client does not have
  std::string task;     // our id of the task that it became
  std::optional<bool> hinted_read_only;  // the tool's readOnlyHint, from the catalog
  std::vector<std::string> uris;         // its arguments that are URIs, from the catalog
  std::vector<Touch> touches;            // the accessed data in its CallStarted event
  std::optional<Effect> effect;          // set when the guard is asked
  bool awaits_memory = false;            // waits for the memory of the client's earlier sessions
  bool guarded = false;                  // the guard has been asked
  GuardRule advice_rule{};               // the rule that `advice` is about
  std::string advice, refusal;           // the guard's texts for the client
  GuardResult guard_result;              // findings of the guard when it stopped the call
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
};

/// A client's request for a stream of changes. The gate makes one call for each URI to which the
/// stream subscribes.
struct StreamRequest {
  uint32_t number = 0;
  ClientRequest client;
  MessagePtr message;
  Value params;
};

struct CallTarget;
struct RefusedRequest;

class Calls {
 public:
  /// A call fails when its server asks for input in more rounds than this.
  static constexpr int kMostRounds = 10;

  explicit Calls(Core& core) : core_(core) {}

  void receive(Session& session, const Rpc& rpc, const MessagePtr& message, CallKind kind);
  /// Makes the call that subscribes to `uri` for a stream of changes. At its end, the call reports
  /// to ChangeStreams::decided().
  void watch(Session& session, const StreamRequest& stream, const std::string& uri);
  /// Refuses a request for a method that this client may not use, and records it.
  void refuse_method(Session& session, const Rpc& rpc, const MessagePtr& message);
  /// Records a request that was refused because of its form or its sender, as far as it could be
  /// read.
  void record_refused(Session& session, const RefusedRequest& request, ErrorCode code,
                      const std::string& why);
  /// Ends the subscriptions that new rules deny.
  void decide_subscriptions_again();
  /// Appends a row with the number of the session's refused calls that have no row of their own, if
  /// there are any.
  void sum_refused(Session& session);
  /// To be called when a server became ready, failed or changed its lists. Looks again for the
  /// servers of all calls that wait in CallState::Received.
  void retry_waiting();
  void paths_resolved(CallNumber number, const RealPaths& paths);
  void recorded(CallNumber number);
  void record_failed(CallNumber number, const Error& error);
  /// An answer that came with a round of the call is durable if `failure` is nullptr; otherwise it
  /// could not be recorded.
  void answer_recorded(CallNumber number, const Error* failure);
  void answered(CallNumber number, const Rpc& rpc, const MessagePtr& message);

  /// A legacy child asks a modern client during the call. The client gets the question in the
  /// answer to its request.
  void ask_modern(CallNumber number, InputRequest wanted);
  /// The answer of a legacy client to a question of a modern child. If `refusal` is not empty,
  /// there is no answer, for the reason in `refusal`.
  void collected(CallNumber number, const std::string& key, std::string_view result,
                 const std::string& refusal);
  /// The gate has sent the client's roots to the child. Sends the call that waited for this.
  void roots_given(const Child& child);
  /// The child has cancelled its question.
  void question_gone(const Child& child, std::string_view child_id);
  /// The child's process is gone. Drops its open questions, and ends calls that were about to
  /// become a task of that process.
  void asker_gone(const Child& child);
  /// `asked` is true when a person is asked something for the call, and false when the person has
  /// answered. The time in between is recorded as waiting time.
  void person(CallNumber number, bool asked);
  Call* find(CallNumber number);
  /// The capabilities that the call's client declared.
  Value capabilities_of(const Call& call) const;
  /// The call's task has ended. `answer` is what the guard observes, or nullptr.
  void task_ended(CallNumber number, Ending ending, const GuardAnswer* answer);
  /// The memory of the earlier sessions of this session's client has arrived.
  void guard_knows(SessionNumber session);
  /// Returns the lowest log level that modern clients want for their running calls, or -1 if no
  /// call wants log messages.
  int lowest_log_level() const;
  void log_message(CallNumber number, int level, const Rpc& rpc);
  /// True if the session has a call at the child, or a call that will be sent to it.
  bool any(SessionNumber session, const Child& child) const;
  /// True if any session has a call at the child, or a call that will be sent to it.
  bool any_at(const Child& child) const;
  /// Of the session's calls that occupy children of this server while they wait for the client's
  /// next round, ends the call that has waited longest. Returns the child of this call, or nullptr
  /// if no call waits.
  Child* give_up_waiting(SessionNumber session, ServerIndex server);
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
  /// Returns false and refuses the request if it is long and the open long requests of the same
  /// principal (see Session::principal()) already hold too much memory.
  bool has_memory(Session& session, const Rpc& rpc, const MessagePtr& message) const;
  Call& made(Session& session, const Rpc& rpc, const MessagePtr& message, CallKind kind,
             CallTarget target);
  void decide_again(Child& child, Subscriber who, const std::string& uri);
  void subscription_decided(Call& call, Outcome outcome);
  bool keeps_refusal(Call& call);
  bool keeps_refusal(Session& session);
  void append_sum(const Session& session, const std::string& text);
  void route_to_child(Call& call, Child* child);
  void resolve(Call& call);
  void go_on_with(CallNumber number, const RealPaths& paths);
  void decided(Call& call, Decision decision);
  /// Decides the cases that are not left to the rules: the end of a subscription is allowed, and
  /// the calls of a paused or revoked client are denied. Returns nothing for all other calls.
  std::optional<Decision> decision_before_rules(const Call& call) const;
  void ask_guard(Call& call);
  void guard_waited(Call& call);
  void stop_by_guard(Call& call, GuardDecision ruling);
  void append_started(Call& call);
  void append_finished(Call& call, Ending& ending);
  void rows_are_durable(Call& call);
  /// Records these answers of the client. The call waits until the answers are durable.
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
  /// Asks the client the questions that the child has asked outside of a call. The call is sent to
  /// the child after the client's answers. Returns false if there are no such questions.
  bool asks_first(Call& call);
  void answered_first(Call& call);
  void give_answers(Call& call);
  void give_answer(const InputRequest& wanted, Value answer);
  void answered_early(Call& call);
  void hold_requests(Call& call);
  void forward_now(Call& call);
  void input_required(Call& call, const Rpc& rpc, const MessagePtr& message);
  void put_to_client(Call& call, const Rpc& rpc, const MessagePtr& message);
  void put_requests(Call& call);
  /// Answers the client's request although the call continues, as a task or until the client comes
  /// back with the next round.
  void let_go(Call& call, std::string answer);
  /// Answers the client's request and waits for the client's next round.
  void park(Call& call, std::string answer);
  /// Sets the call's only timer, and replaces an earlier setting.
  void wake_in(Call& call, Nanos time);
  void wake_never(Call& call);
  void next_round(Call& call);
  bool wants_pages(Call& call, const Rpc& rpc);
  void put_pages(Call& call, Value pages);
  void refuse_pages(Call& call, const std::string& why);
  void pages_seen(Call& call);
  /// The child's id of the task that the call becomes with this answer. Absent if the answer ends
  /// the call.
  static Value task_id(const Call& call, const Rpc& rpc);
  bool became_task(Call& call, const Rpc& rpc);
  void add_round_members(const Call& call, Edits& edits) const;
  void round_is_over(Call& call);
  void fail_by_question(Call& call, const std::string& why);
  std::string state_for(const Call& call) const;
  void leave_child(Call& call, std::string_view reason_json);
  void refuse(Call& call);
  static Ending failure(const Call& call, Outcome outcome, ErrorCode code,
                        const std::string& message, std::string_view code_word);
  /// The error text for a name that no server has, or that the client must not see.
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
