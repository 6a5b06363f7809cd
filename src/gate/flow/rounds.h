// Calls of several rounds: the server needs input from the client before it answers. Such a call
// stays one call, but the rules decide again on each round. Source: MCP 2026-07-28 "Multi
// Round-Trip Requests".
#pragma once

#include <string>
#include <string_view>

#include "gate/call/calls.h"
#include "gate/call/core.h"

namespace callgate {

class Rounds {
 public:
  /// A call fails when its server asks for input in more rounds than this.
  static constexpr int kMostRounds = 10;

  explicit Rounds(Core& core) : core_(core) {}

  /// A modern client sends the next round of a call.
  void come_back(Session& session, const Rpc& rpc, const MessagePtr& message, CallKind kind);
  /// The next round of a call is recorded, and its child is ready.
  void go_on(Call& call);
  void next_round(Call& call);
  /// Adds the client's answers and the child's own state to the request for a modern child.
  void add_members(const Call& call, Edits& edits) const;

  /// A modern child needs input from the client.
  void input_required(Call& call, const Rpc& rpc, const MessagePtr& message);
  /// The answer of a legacy client to a question of a modern child. If `refusal` is not empty,
  /// there is no answer, for the reason in `refusal`.
  void collected(CallNumber number, const std::string& key, std::string_view result,
                 const std::string& refusal);

  /// A legacy child asks a modern client during the call. The client gets the question in the
  /// answer to its request.
  void ask_modern(CallNumber number, InputRequest request);
  /// Answers the client's request with the questions that the child has asked, and waits for the
  /// client's next round.
  void put_requests(Call& call);
  /// Asks the client the questions that the child has asked outside of a call. The call is sent to
  /// the child after the client's answers. Returns false if there are no such questions.
  bool asks_first(Call& call);
  /// Handles an answer that the child gave before the client's next round.
  void answered_early(Call& call);
  /// The call has become a task, so its client can't be asked in the answer to the call any more.
  /// The questions wait for another call.
  void hold_requests(Call& call);
  /// To be called when the gate has sent the client's roots to the child. Sends the call that
  /// waited for this.
  void roots_given(const Child& child);
  /// The child has cancelled its question.
  void question_gone(const Child& child, std::string_view child_id);
  /// The child's process is gone. Drops its open questions, and ends calls that were about to
  /// become a task of that process.
  void asker_gone(const Child& child);

  /// Handles an error with which the server demands that the user visit pages. Returns false if the
  /// client must get the error like any other error.
  bool wants_pages(Call& call, const Rpc& rpc);

  /// The client has not sent the next round, or the task of the call takes too long.
  void give_up(Call& call);
  /// Of the session's calls that occupy children of this server while they wait for the client's
  /// next round, ends the call that has waited longest. Returns the child of this call, or nullptr
  /// if no call waits.
  Child* give_up_oldest(SessionNumber session, ServerIndex server);

 private:
  void put_to_client(Call& call, const Rpc& rpc, const MessagePtr& message);
  void await_next_round(Call& call, std::string answer, AskedQuestions asked);
  void answered_first(Call& call);
  void give_answers(Call& call);
  void give_answer(const InputRequest& request, Value answer);
  void put_pages(Call& call, Value pages);
  void refuse_pages(Call& call, const std::string& why);
  void pages_seen(Call& call);
  /// Fails the call and returns true if it has had too many rounds.
  bool has_too_many_rounds(Call& call);
  std::string state_for(const Call& call) const;

  Core& core_;
};

/// The capabilities that the call's client declared.
Value capabilities_of(const Call& call, const Core& core);

}  // namespace callgate
