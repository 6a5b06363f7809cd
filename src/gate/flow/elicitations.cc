// Pages that a user must visit before a legacy server continues (elicitation, mode "url"), and how
// a modern client is asked to show them. Source: MCP 2025-11-25 "Elicitation", sections "URL Mode"
// and "URLElicitationRequiredError".
#include "call_endings.h"
#include "call_forwarding.h"
#include "callgate/base/log.h"
#include "callgate/wire/writer.h"
#include "questions.h"
#include "rounds.h"

namespace callgate {

namespace {

constexpr size_t kMostPages = 16;  // pages in one answer; the others are left out
constexpr const char* kMethod = "elicitation/create";

}  // namespace

// Handles an error with which the server demands that the user visit pages. Returns false if the
// client must get the error like any other error.
bool Rounds::wants_pages(Call& call, const Rpc& rpc) {
  if (call.child->era() == Era::Modern ||
      rpc.error.find("code").integer() != static_cast<int>(ErrorCode::UrlElicitationNeeded))
    return false;
  const Value pages = rpc.error.find("data").find("elicitations");
  if (!pages.is_array()) return false;
  if (call.client.era == Era::Modern) {
    put_pages(call, pages);
    return true;
  }
  for (const Value page : pages) {
    if (const Value id = page.find("elicitationId"); id.is_string())
      call.child->elicitations.add(id.text(), call.session);
  }
  return false;
}

void Rounds::put_pages(Call& call, Value pages) {
  call.in<AtChild>()->request = 0;  // the child has answered
  if (has_too_many_rounds(call)) return;
  JsonWriter out;
  out.begin_object().key("resultType").string("input_required").key("inputRequests");
  out.begin_object();
  size_t count = 0;
  AskedQuestions asked;
  for (const Value page : pages) {
    if (!page.is_object() || ++count > kMostPages) break;
    JsonWriter request;
    request.begin_object().key("method").string(kMethod).key("params").begin_object();
    request.key("mode").string("url").key("message").string(page.find("message").text());
    request.key("url").string(page.find("url").text()).end_object().end_object();
    const Result<MessagePtr> question = core_.walker.walk(request.take());
    if (!question) return refuse_pages(call, question.error().message);
    const QuestionDecision decision =
        core_.questions->evaluate_for(call, (*question)->root(), *question);
    if (!decision.why.empty()) return refuse_pages(call, decision.why);
    const std::string key =
        "question-" + std::to_string(call.round.number) + "-" + std::to_string(count);
    asked[key] = {.number = decision.question, .method = kMethod};
    out.key(key).raw((*question)->bytes());
  }
  if (count == 0)
    return refuse_pages(call, "the server wants the user to visit a page, but names no page");
  out.end_object().key("requestState").string(state_for(call)).end_object();
  await_next_round(call, write_answer(call.client.id, out.take()), std::move(asked));
}

void Rounds::refuse_pages(Call& call, const std::string& why) {
  if (call.missing.empty()) return core_.endings->fail_by_question(call, why);
  Ending ending{.outcome = Outcome::RpcError, .error = why};
  ending.error_code = ending.answer_error = static_cast<int>(ErrorCode::MissingCapability);
  ending.answer = write_error_with(call.client.id, ErrorCode::MissingCapability,
                                   "the server needs a capability that this client lacks: " + why,
                                   R"({"requiredCapabilities":{"elicitation":{"url":{}}}})");
  core_.endings->finish(call, std::move(ending));
}

// The client has repeated its call after the server asked the user to visit pages. If the client
// reports that the user refused, the call fails. Otherwise the gate sends the call to the child
// again, because only the server knows whether the user visited the pages.
void Rounds::pages_seen(Call& call) {
  const Value answers = call.params.find("inputResponses");
  if (answers.is_object()) {
    for (const Value answer : answers) {
      const Value action = answer.find("action");
      if (action && !action.text_is("accept"))
        return core_.endings->fail_by_question(
            call, "the user did not open the page that the server needs");
    }
  }
  core_.forwarding->send(call);
}

}  // namespace callgate
