// Questions of servers: sampling, elicitation, roots. Each is decided, recorded, and goes to one
// client; its answer goes to the asker.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "callgate/wire/rpc.h"
#include "core.h"
#include "refusal_rows.h"

namespace callgate {

struct Call;

inline constexpr std::string_view kListRoots = "roots/list";
/// The client's capability for a question of that method, which is its name in rules, too; empty if
/// no server asks such a question.
std::string_view question_word(std::string_view method);

struct Judged {
  std::string why;  ///< it must not be asked; empty: it may
  QuestionNumber question = 0;
};

class Questions {
 public:
  explicit Questions(Core& core) : core_(core) {}

  /// A request of a legacy child.
  void ask(Server& server, const Rpc& rpc, const MessagePtr& message);
  /// One of the inputs that a modern child wants before it answers a legacy client's call.
  void ask_for(Call& call, Value request, const MessagePtr& message);
  /// May that input be asked of the call's client? Recorded.
  Judged judge_for(Call& call, Value request, const MessagePtr& message);
  /// An answer of a client to one of our ids; unknown ones are dropped.
  void answered(Session& session, const Rpc& rpc, const MessagePtr& message);
  /// The client sent something that was to be the answer to this id of ours, but can't be read: the
  /// asker learns that.
  void unusable(Session& session, std::string_view id_text, const std::string& why);
  /// The asker took its question back.
  void cancelled_by(Server& server, const Rpc& rpc);
  /// Progress of the client on a question that it was asked, by the token that we gave it.
  void progress(const Session& session, const Rpc& rpc);
  void child_gone(ChildIndex child);
  void session_gone(SessionNumber session);
  /// What that call's client is still asked is taken back.
  void call_gone(CallNumber call);
  /// A row says how many refused questions of that server have none of their own, if there are
  /// such.
  void sum_refused(ServerIndex server);
  /// The same of all servers.
  void shut_down();

 private:
  struct Open {
    ChildIndex child = 0;
    SessionNumber session = 0;
    std::string child_id, child_token;
    CallNumber call = 0;     // the call that it belongs to, as far as can be told
    std::string key;         // of an input that a modern child wants
    bool to_person = false;  // an elicitation
    bool roots = false;      // the answer names the roots of the session's client
    QuestionNumber question = 0;
    std::string method;
    MessagePtr message;         // with the answer, while that is being recorded
    std::optional<Rpc> answer;  // lies in `message`
    bool remembered = false;    // the answer is one that the client gave before
  };
  struct Asked {
    const Server& server;
    Session* session = nullptr;
    CallNumber call = 0;
    Value capabilities, method, params;
    MessagePtr message;
    bool misplaced = false;  // a request of a modern server, which has other ways to ask
  };
  struct Refusal {
    int code = 0;  // 0: it may be asked
    std::string why;
    QuestionNumber question = 0;
  };
  Refusal judge(const Asked& asked);
  bool keeps_refusal(const Server& server);
  Session* whom_to_ask(const Server& server) const;
  void ask_modern(Server& server, const Rpc& rpc, Session& session, Call* call,
                  QuestionNumber question);
  std::ptrdiff_t open_of(const Asked& asked) const;
  void refuse(Server& server, Value id, const Refusal& refusal);
  void put(Session& session, Open open, std::string bytes, Exchange about);
  void record_answer(int64_t id, Open& open, const Rpc& rpc, const MessagePtr& message);
  void answer_recorded(int64_t id, const Error* failure);
  void keep_answer(const Open& open, Value answer, const MessagePtr& message,
                   const std::string& why);
  void refuse_asker(const Open& open, const std::string& why, std::string_view code_word);
  void give_remembered(Server& server, const Rpc& rpc, Session& session, QuestionNumber question);
  void give_back(const Open& open, const Rpc& rpc);
  void take_back(int64_t id, const Open& open, std::string_view reason);

  Core& core_;
  int64_t last_id_ = 0;
  std::unordered_map<int64_t, Open> open_;
  std::map<ServerIndex, RefusalRows> refusal_rows_;
};

}  // namespace callgate
