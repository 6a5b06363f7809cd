#include "questions.h"

#include <algorithm>

#include "callgate/base/log.h"
#include "callgate/protocol/text.h"
#include "callgate/wire/edits.h"
#include "callgate/wire/writer.h"
#include "server.h"
#include "session.h"

namespace callgate {

namespace {

constexpr std::ptrdiff_t kOpenQuestions = 64;  // of one server

struct QuestionKind {
  std::string_view method, word;  // the word is the client's capability and the name in rules
};

const QuestionKind* kind_of(Value method) {
  static constexpr QuestionKind kKinds[] = {{"sampling/createMessage", "sampling"},
                                            {"elicitation/create", "elicitation"},
                                            {"roots/list", "roots"}};
  for (const QuestionKind& kind : kKinds) {
    if (method.text_is(kind.method)) return &kind;
  }
  return nullptr;
}

}  // namespace

// On stdio a child's request names no request that caused it. So: the one session with something
// under way at that server, or the only session there is; never a guess.
Session* Questions::whom_to_ask(const Server& server) const {
  const std::set<SessionNumber> busy = server.busy_sessions();
  if (busy.size() == 1) return core_.session(*busy.begin());
  if (busy.size() > 1) return nullptr;
  Session* only = nullptr;
  for (const auto& [number, session] : core_.sessions) {
    if (!session->initialized()) continue;
    if (only) return nullptr;
    only = session.get();
  }
  return only;
}

void Questions::refuse(Server& server, Value id, int code, const std::string& why) {
  server.send(write_error(id.raw(), static_cast<ErrorCode>(code), why, "question.refused"));
}

void Questions::ask(Server& server, const Rpc& rpc, const MessagePtr& message) {
  const QuestionKind* kind = kind_of(rpc.method);
  if (!kind)
    return refuse(server, rpc.id, static_cast<int>(ErrorCode::MethodNotFound),
                  "method not found: " + rpc.method.text());
  Session* session = whom_to_ask(server);
  Question event{.session = session ? session->number() : 0,
                 .at = core_.now.wall,
                 .server = server.config().name,
                 .method = std::string(kind->method),
                 .call = server.only_call()};
  if (rpc.params) event.params = {.owner = message, .bytes = rpc.params.raw()};
  const Decision decision = core_.options.policy.decide(
      {.subject = RuleSpec::Subject::Question,
       .server = server.config().name,
       .name = kind->word,
       .client = session ? std::string_view(session->client_name()) : std::string_view()},
      {});
  event.verdict = decision.verdict;
  event.rule = decision.rule;
  event.because = decision.because;
  std::string refusal;
  int code = static_cast<int>(ErrorCode::Rejected);
  if (decision.verdict == Verdict::Deny) {
    refusal = "callgate denied this question; rule: " + decision.rule;
  } else if (decision.verdict == Verdict::Ask) {
    refusal =
        "this question needs a person's approval, which this version of callgate cannot ask for; "
        "rule: " +
        decision.rule;
  } else if (!session) {
    refusal = "callgate cannot tell which client this question is for";
  } else if (!session->capabilities().find(kind->word)) {
    refusal = "the client does not support " + std::string(kind->word);
    code = static_cast<int>(ErrorCode::MethodNotFound);
  } else if (open_of(server.index()) >= kOpenQuestions) {
    refusal = "too many questions are open";
  }
  if (!refusal.empty()) {
    event.verdict = Verdict::Deny;
    if (event.because.empty()) event.because = refusal;
    core_.record.append(std::move(event));
    return refuse(server, rpc.id, code, refusal);
  }
  core_.record.append(std::move(event));
  const int64_t id = ++last_id_;
  Open open{.server = server.index(),
            .session = session->number(),
            .child_id = std::string(rpc.id.raw())};
  Edits edits;
  edits.replace(rpc.id, std::to_string(id));
  if (const Value token = rpc.params.find("_meta").find("progressToken")) {
    open.child_token = token.raw();
    edits.replace(token, std::to_string(id));
  }
  open_.emplace(id, std::move(open));
  session->ask(edits.apply(rpc.root), server.only_exchange_of(session->number()));
}

std::ptrdiff_t Questions::open_of(ServerIndex server) const {
  return std::count_if(open_.begin(), open_.end(),
                       [server](const auto& open) { return open.second.server == server; });
}

void Questions::unusable(Session& session, std::string_view id_text, const std::string& why) {
  const auto found = std::find_if(open_.begin(), open_.end(), [&](const auto& open) {
    return std::to_string(open.first) == id_text && open.second.session == session.number();
  });
  if (found == open_.end()) return;
  core_.servers[found->second.server]->send(
      write_error(found->second.child_id, ErrorCode::Internal, why, "question.unusable"));
  open_.erase(found);
}

void Questions::answered(Session& session, const Rpc& rpc) {
  const std::optional<int64_t> id = rpc.id ? rpc.id.integer() : std::nullopt;
  const auto found = id ? open_.find(*id) : open_.end();
  if (found == open_.end() || found->second.session != session.number()) {
    log::debug("a client answered a question that is not open; dropped");
    return;
  }
  Edits edits;
  edits.replace(rpc.id, found->second.child_id);
  Server& server = *core_.servers[found->second.server];
  open_.erase(found);
  if (!server.send(edits.apply(rpc.root)))
    log::warn("server '{}' does not read: the answer to its question is dropped",
              server.config().name);
}

void Questions::cancelled_by(Server& server, const Rpc& rpc) {
  const Value wanted = rpc.params.find("requestId");
  if (!wanted) return;
  for (auto it = open_.begin(); it != open_.end(); ++it) {
    if (it->second.server != server.index() || it->second.child_id != wanted.raw()) continue;
    Edits edits;
    edits.replace(wanted, std::to_string(it->first));
    if (Session* session = core_.session(it->second.session))
      session->notify(edits.apply(rpc.root), 0);
    open_.erase(it);
    return;
  }
}

void Questions::progress(const Rpc& rpc) {
  const Value token = rpc.params.find("progressToken");
  const std::optional<int64_t> id = token ? token.integer() : std::nullopt;
  const auto found = id ? open_.find(*id) : open_.end();
  if (found == open_.end() || found->second.child_token.empty()) return;
  Edits edits;
  edits.replace(token, found->second.child_token);
  core_.servers[found->second.server]->send(edits.apply(rpc.root));
}

void Questions::server_gone(ServerIndex server) {
  for (auto it = open_.begin(); it != open_.end();) {
    if (it->second.server != server) {
      ++it;
      continue;
    }
    const std::string params = "{\"requestId\":" + std::to_string(it->first) +
                               ",\"reason\":\"the server that asked is gone\"}";
    if (Session* session = core_.session(it->second.session))
      session->notify(write_notification("notifications/cancelled", params), 0);
    it = open_.erase(it);
  }
}

void Questions::session_gone(SessionNumber session) {
  for (auto it = open_.begin(); it != open_.end();) {
    if (it->second.session != session) {
      ++it;
      continue;
    }
    Server& server = *core_.servers[it->second.server];
    server.send(write_error(it->second.child_id, ErrorCode::Rejected, "the client is gone",
                            "question.refused"));
    it = open_.erase(it);
  }
}

}  // namespace callgate
