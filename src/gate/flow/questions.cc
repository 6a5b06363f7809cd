#include "questions.h"

#include <algorithm>
#include <array>
#include <vector>

#include "callgate/base/log.h"
#include "callgate/protocol/modern.h"
#include "callgate/protocol/text.h"
#include "callgate/protocol/translate.h"
#include "callgate/wire/edits.h"
#include "callgate/wire/writer.h"
#include "gate/call/answers.h"
#include "gate/call/guard_adapter.h"
#include "gate/child/child.h"
#include "gate/session/session.h"
#include "gate/state/returned_number.h"
#include "held_questions.h"
#include "rounds.h"

namespace callgate {

namespace {

constexpr std::string_view kElicitation = "elicitation/create";

constexpr const char* kNoRequests = "servers send no requests in revision 2026-07-28";

constexpr std::ptrdiff_t kOpenQuestions = 64;  // unanswered questions of one child

struct QuestionKind {
  std::string_view method, word;  // `word` is the client's capability, and the name in rules
};

constexpr std::array kKinds = {QuestionKind{"sampling/createMessage", "sampling"},
                               QuestionKind{kElicitation, "elicitation"},
                               QuestionKind{kListRoots, "roots"}};

const QuestionKind* kind_of(Value method) {
  for (const QuestionKind& kind : kKinds) {
    if (method.text_is(kind.method)) return &kind;
  }
  return nullptr;
}

}  // namespace

std::string_view question_word(std::string_view method) {
  for (const QuestionKind& kind : kKinds) {
    if (kind.method == method) return kind.word;
  }
  return "";
}

Questions::Questions(Core& core)
    : core_(core), last_id_(static_cast<int64_t>(core.options.run) << 20) {}

// On stdio, a child's request does not name the request that caused it. So the question goes to the
// only session with a pending request there or, if there is none, to the only session that uses
// this child. The gate never guesses the session.
Session* Questions::whom_to_ask(const Child& child) const {
  const std::set<SessionNumber> busy = child.requests.busy_sessions();
  const auto& sessions = busy.empty() ? child.users.sessions() : busy;
  return sessions.size() == 1 ? core_.session(*sessions.begin()) : nullptr;
}

Questions::Refusal Questions::evaluate(const Asked& asked) {
  const QuestionKind* kind = kind_of(asked.method);
  if (!kind)
    return {static_cast<int>(ErrorCode::MethodNotFound),
            asked.misplaced ? kNoRequests : "method not found: " + asked.method.text()};
  Question event{.number = core_.answers->next(),
                 .session = asked.session ? asked.session->number() : 0,
                 .at = core_.now.wall,
                 .server = asked.child.config().name,
                 .method = std::string(kind->method),
                 .call = asked.call};
  if (asked.params) event.params = {.owner = asked.message, .bytes = asked.params.raw()};
  const Facts facts{
      .subject = RuleSpec::Subject::Question,
      .server = asked.child.config().name,
      .name = kind->word,
      .client = asked.session ? std::string_view(asked.session->client.name()) : std::string_view(),
      .account = asked.child.config().account()};
  const std::optional<Decision> stopped =
      asked.session ? core_.clients.decision(asked.session->number(), facts.client) : std::nullopt;
  const Decision decision = stopped         ? *stopped
                            : asked.session ? asked.session->rights().decide(facts, {})
                                            : core_.options.policy.decide(facts, {});
  event.permission = decision.permission;
  event.rule = decision.rule;
  event.because = decision.because;
  Refusal refusal{
      .code = static_cast<int>(ErrorCode::Rejected), .why = "", .question = event.number};
  if (asked.misplaced) {
    refusal.why = kNoRequests;
    refusal.code = static_cast<int>(ErrorCode::MethodNotFound);
  } else if (decision.permission == Permission::Deny) {
    refusal.why = "callgate denied this question; rule: " + decision.rule;
  } else if (decision.permission == Permission::Ask) {
    refusal.why =
        "this question needs a person's approval, which this version of callgate cannot ask for; "
        "rule: " +
        decision.rule;
  } else if (!asked.session) {
    refusal.why = "callgate cannot tell which client this question is for";
  } else if (!allows_question(asked.capabilities, kind->word, asked.params)) {
    refusal.why = "the client does not support " + std::string(kind->word);
    refusal.code = static_cast<int>(ErrorCode::MethodNotFound);
    if (Call* call = core_.calls->find(asked.call); call && call->client.era == Era::Modern)
      call->missing = kind->word;
  } else if (open_of(asked) >= kOpenQuestions) {
    refusal.why = "the server has too many unanswered questions";
  } else {
    refusal.code = 0;
  }
  if (refusal.code != 0) {
    event.permission = Permission::Deny;
    if (event.because.empty()) event.because = refusal.why;
    if (!keeps_refusal(asked.child)) return refusal;
  }
  core_.record.append(std::move(event));
  return refusal;
}

void Questions::refuse(Child& child, Value id, const Refusal& refusal) {
  child.send(
      write_error(id.raw(), static_cast<ErrorCode>(refusal.code), refusal.why, "question.refused"));
}

void Questions::ask(Child& child, const Rpc& rpc, const MessagePtr& message) {
  if (child.era() == Era::Modern)
    return refuse(child, rpc.id,
                  evaluate({.child = child,
                            .session = whom_to_ask(child),
                            .method = rpc.method,
                            .params = rpc.params,
                            .message = message,
                            .misplaced = true}));
  core_.server_cache.asks(child.configured());
  Call* call = core_.calls->find(child.requests.only_call());
  Session* session = call ? core_.session(call->session) : whom_to_ask(child);
  const bool modern =
      call ? call->client.era == Era::Modern : session && !session->client.initialized();
  // The child has several calls, and the gate can't know which of them the question is about. A
  // modern client would get the question in the answer to a call, perhaps to the wrong call, so the
  // question is refused. Only a question for roots is allowed, because roots belong to the session.
  if (modern && !call && child.requests.has_calls() && !rpc.method.text_is(kListRoots))
    session = nullptr;
  // The capabilities that a modern client declared when its child was started. `capabilities`
  // points into `declared`.
  Result<MessagePtr> declared = MessagePtr();
  if (modern && !call && session)
    declared = core_.walker.walk(session->client.child_capabilities());
  const Value capabilities = call                    ? capabilities_of(*call, core_)
                             : declared && *declared ? (*declared)->root()
                             : session               ? session->client.capabilities()
                                                     : Value();
  const Refusal refusal = evaluate({.child = child,
                                    .session = session,
                                    .call = call ? call->number : 0,
                                    .capabilities = capabilities,
                                    .method = rpc.method,
                                    .params = rpc.params,
                                    .message = message});
  if (refusal.code != 0) return refuse(child, rpc.id, refusal);
  if (modern) return ask_modern(child, rpc, *session, call, refusal.question);
  Value token = rpc.params.find("_meta").find("progressToken");
  if (token.is(NodeKind::Null)) token = Value();
  Open open{.child = child.number(),
            .session = session->number(),
            .child_id = std::string(rpc.id.raw()),
            .child_token = token ? std::string(token.raw()) : "",
            .call = call ? call->number : 0,
            .key = "",
            .to_person = rpc.method.text_is(kElicitation),
            .roots = rpc.method.text_is(kListRoots),
            .question = refusal.question,
            .method = rpc.method.text()};
  const std::string id = std::to_string(last_id_ + 1);
  Edits edits;
  leave_out_nulls(edits, rpc.root);
  edits.replace(rpc.id, id);
  if (token) edits.replace(token, id);
  if (call) {
    core_.calls->person(call->number, true, core_.now.monotonic);
    child.requests.hold(call->child_request());
  }
  if (const Value elicitation = rpc.params.find("elicitationId"); elicitation.is_string())
    child.elicitations.add(elicitation.text(), session->number());
  put(*session, std::move(open), edits.apply(rpc.root),
      child.requests.only_exchange_of(session->number()));
}

void Questions::ask_modern(Child& child, const Rpc& rpc, Session& session, Call* call,
                           QuestionNumber question) {
  const std::string child_id(rpc.id.raw());
  // If the server asks for roots during a call, the client is asked, as it would be without a gate.
  // At other times the gate gives the client's earlier answer, if there is one.
  if (rpc.method.text_is(kListRoots) && !session.client.roots().empty() && !call)
    return give_remembered(child, rpc, session, question);
  Edits edits;
  if (const Value token = rpc.params.find("_meta").find("progressToken")) edits.drop(token);
  if (const Value id = rpc.params.find("elicitationId")) edits.drop(id);
  const std::string method = rpc.method.text(), params = rpc.params ? edits.apply(rpc.params) : "";
  if (call)
    return core_.rounds->ask_modern(call->number, {.key = "",
                                                   .method = method,
                                                   .params = params,
                                                   .child_id = child_id,
                                                   .question = question});
  core_.held_questions->hold({.child = child.number(),
                              .session = session.number(),
                              .child_id = child_id,
                              .method = method,
                              .params = params,
                              .question = question});
}

void Questions::put(Session& session, Open open, std::string bytes, Exchange about) {
  open_.emplace(++last_id_, std::move(open));
  session.output.ask(std::move(bytes), about);
}

QuestionDecision Questions::evaluate_for(Call& call, Value request, const MessagePtr& message) {
  Refusal refusal = evaluate({.child = *call.child,
                              .session = core_.session(call.session),
                              .call = call.number,
                              .capabilities = capabilities_of(call, core_),
                              .method = request.find("method"),
                              .params = request.find("params"),
                              .message = message});
  return {.why = std::move(refusal.why), .question = refusal.question};
}

void Questions::ask_for(Call& call, Value request, const MessagePtr& message) {
  const QuestionDecision decision = evaluate_for(call, request, message);
  if (!decision.why.empty())
    return core_.rounds->collected(call.number, request.key(), "", decision.why);
  const Value params = request.find("params");
  const std::string id = std::to_string(last_id_ + 1);
  std::string text = params ? std::string(params.raw()) : "{}";
  if (params.find("mode").text_is("url") && !params.find("elicitationId")) {
    Edits edits;  // the legacy era requires an elicitationId, but the modern era has none
    edits.add(params, "elicitationId", quote("callgate-" + id));
    text = edits.apply(params);
  }
  core_.calls->person(call.number, true, core_.now.monotonic);
  put(*core_.session(call.session),
      {.child = call.child->number(),
       .session = call.session,
       .child_id = "",
       .child_token = "",
       .call = call.number,
       .key = request.key(),
       .to_person = request.find("method").text_is(kElicitation),
       .roots = request.find("method").text_is(kListRoots),
       .question = decision.question,
       .method = request.find("method").text()},
      write_request(last_id_ + 1, request.find("method").text(), text), call.client.exchange);
}

std::ptrdiff_t Questions::open_of(const Asked& asked) const {
  const ChildIndex child = asked.child.number();
  const Call* call = core_.calls->find(asked.call);
  const size_t wanted = call ? call->round.input_requests.size() : 0;
  return static_cast<std::ptrdiff_t>(core_.held_questions->of(child) + wanted) +
         std::count_if(open_.begin(), open_.end(),
                       [child](const auto& open) { return open.second.child == child; });
}

void Questions::cancelled_by(Child& child, const Rpc& rpc) {
  const Value wanted = rpc.params.find("requestId");
  if (!wanted) return;
  core_.rounds->question_gone(child, wanted.raw());
  core_.held_questions->cancelled(child.number(), wanted.raw());
  for (auto it = open_.begin(); it != open_.end(); ++it) {
    if (it->second.child != child.number() || it->second.child_id != wanted.raw()) continue;
    Edits edits;
    edits.replace(wanted, std::to_string(it->first));
    const Open open = std::move(it->second);
    open_.erase(it);
    if (open.answer) return;
    core_.calls->person(open.call, false, core_.now.monotonic);
    if (Session* session = core_.session(open.session))
      session->output.notify(edits.apply(rpc.root), 0);
    return;
  }
}

void Questions::progress(const Session& session, const Rpc& rpc) {
  const Value token = rpc.params.find("progressToken");
  const std::optional<int64_t> id = returned_number(token);
  const auto found = id ? open_.find(*id) : open_.end();
  if (found == open_.end() || found->second.session != session.number() ||
      found->second.child_token.empty())
    return;
  Edits edits;
  edits.replace(token, found->second.child_token);
  core_.pool[found->second.child].send(edits.apply(rpc.root));
}

void Questions::take_back(int64_t id, const Open& open, std::string_view reason) {
  if (open.answer) return;
  core_.calls->person(open.call, false, core_.now.monotonic);
  const std::string params =
      "{\"requestId\":" + std::to_string(id) + ",\"reason\":" + quote(reason) + "}";
  if (Session* session = core_.session(open.session))
    session->output.notify(write_notification("notifications/cancelled", params), 0);
}

void Questions::child_gone(ChildIndex child) {
  core_.held_questions->child_gone(child);
  core_.rounds->asker_gone(core_.pool[child]);
  for (auto it = open_.begin(); it != open_.end();) {
    // A question with a key asks for the input of a call, and ends with the call; see call_gone().
    if (it->second.child != child || !it->second.key.empty()) {
      ++it;
      continue;
    }
    take_back(it->first, it->second, "the server that asked is gone");
    it = open_.erase(it);
  }
}

void Questions::call_gone(CallNumber call) {
  for (auto it = open_.begin(); it != open_.end();) {
    if (it->second.call != call || it->second.key.empty()) {
      ++it;
      continue;
    }
    take_back(it->first, it->second, "the call is over");
    it = open_.erase(it);
  }
}

void Questions::session_gone(SessionNumber session) {
  core_.held_questions->session_gone(session);
  for (auto it = open_.begin(); it != open_.end();) {
    // An answer that the client has already given still goes to the child.
    if (it->second.session != session || !it->second.key.empty() || it->second.answer) {
      ++it;
      continue;
    }
    Child& child = core_.pool[it->second.child];
    child.send(write_error(it->second.child_id, ErrorCode::Rejected, "the client is gone",
                           "question.refused"));
    it = open_.erase(it);
  }
}

}  // namespace callgate
