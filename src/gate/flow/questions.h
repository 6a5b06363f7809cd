// Questions of servers: sampling, elicitation and roots. The gate decides on each question, records
// it and sends it to one client. The answer goes back to the child that asked. Legacy peers speak
// revisions up to 2025-11-25, which begin with a handshake; modern peers speak 2026-07-28, which
// has none.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "callgate/wire/rpc.h"
#include "gate/call/core.h"
#include "gate/state/refusal_rows.h"

namespace callgate {

struct Call;

inline constexpr std::string_view kListRoots = "roots/list";
/// The client's capability that a question with this method needs; rules use the same name. Empty
/// if the method is not a question.
std::string_view question_word(std::string_view method);

struct QuestionDecision {
  std::string why;  ///< why the question must not be asked; empty if it may be asked
  QuestionNumber question = 0;
};

class Questions {
 public:
  explicit Questions(Core& core);

  /// A child has sent a request. Decides on the question and sends it to the client. A modern child
  /// gets an error instead, because modern servers must not send requests.
  void ask(Child& child, const Rpc& rpc, const MessagePtr& message);
  /// Asks a legacy client for one of the inputs that a modern child needs before it answers the
  /// call.
  void ask_for(Call& call, Value request, const MessagePtr& message);
  /// Decides whether the call's client may be asked for this input, and records the decision.
  QuestionDecision evaluate_for(Call& call, Value request, const MessagePtr& message);
  /// A client's answer to one of our questions. The gate drops an answer with an unknown id.
  void answered(Session& session, const Rpc& rpc, const MessagePtr& message);
  /// The client's answer to the question with our id `id_text` can't be read. The child that asked
  /// gets an error.
  void unusable(Session& session, std::string_view id_text, const std::string& why);
  /// The child has cancelled its question.
  void cancelled_by(Child& child, const Rpc& rpc);
  /// The client reports progress on a question, with the token that we gave it.
  void progress(const Session& session, const Rpc& rpc);
  void child_gone(ChildIndex child);
  void session_gone(SessionNumber session);
  /// The call has ended. Cancels the questions that the client was asked for the call.
  void call_gone(CallNumber call);
  /// Appends a row with the number of the server's refused questions that have no row of their own,
  /// if there are any.
  void sum_refused(ServerIndex server);
  /// Calls sum_refused() for all servers.
  void shut_down();

 private:
  struct Open {
    ChildIndex child = 0;
    SessionNumber session = 0;
    std::string child_id, child_token;
    CallNumber call = 0;     // the call to which the question belongs; 0 if unknown
    std::string key;         // the key of an input that a modern child needs; otherwise empty
    bool to_person = false;  // an elicitation
    bool roots = false;      // the answer names the roots of the session's client
    QuestionNumber question = 0;
    std::string method;
    MessagePtr message;         // holds the answer while it is being recorded
    std::optional<Rpc> answer;  // part of `message`
    bool remembered = false;    // the client gave this answer earlier
  };
  struct Asked {
    const Child& child;
    Session* session = nullptr;
    CallNumber call = 0;
    Value capabilities, method, params;
    MessagePtr message;
    bool misplaced = false;  // a request of a modern server, which must not send requests
  };
  struct Refusal {
    int code = 0;  // 0 if the question may be asked
    std::string why;
    QuestionNumber question = 0;
  };
  Refusal evaluate(const Asked& asked);
  bool keeps_refusal(const Child& child);
  Session* whom_to_ask(const Child& child) const;
  void ask_modern(Child& child, const Rpc& rpc, Session& session, Call* call,
                  QuestionNumber question);
  std::ptrdiff_t open_of(const Asked& asked) const;
  void refuse(Child& child, Value id, const Refusal& refusal);
  void put(Session& session, Open open, std::string bytes, Exchange about);
  void record_answer(int64_t id, Open& open, const Rpc& rpc, const MessagePtr& message);
  void answer_recorded(int64_t id, const Error* failure);
  void keep_answer(const Open& open, Value answer, const MessagePtr& message,
                   const std::string& why);
  void refuse_asker(const Open& open, const std::string& why, std::string_view code_word);
  void give_remembered(Child& child, const Rpc& rpc, Session& session, QuestionNumber question);
  void give_back(const Open& open, const Rpc& rpc);
  void take_back(int64_t id, const Open& open, std::string_view reason);

  Core& core_;
  // Begins with another number in each run, because a client may answer a question of a gate
  // process that has died.
  int64_t last_id_;
  std::unordered_map<int64_t, Open> open_;
  std::map<ServerIndex, RefusalRows> refusal_rows_;
};

}  // namespace callgate
