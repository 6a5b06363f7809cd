// The states of a call. Every function that advances one ends in enter() or finish().
#include "call.h"

#include "callgate/base/log.h"
#include "callgate/wire/edits.h"
#include "callgate/wire/writer.h"
#include "server.h"
#include "session.h"

namespace callgate {

namespace {

constexpr size_t kLongestTarget = 8192;

ListKind list_of(CallKind kind) {
  switch (kind) {
    case CallKind::Tool:
      return ListKind::Tools;
    case CallKind::Prompt:
      return ListKind::Prompts;
    case CallKind::Resource:
      return ListKind::Resources;
  }
  return ListKind::Tools;
}

RuleSpec::Subject subject_of(CallKind kind) {
  switch (kind) {
    case CallKind::Tool:
      return RuleSpec::Subject::Tool;
    case CallKind::Prompt:
      return RuleSpec::Subject::Prompt;
    case CallKind::Resource:
      return RuleSpec::Subject::Resource;
  }
  return RuleSpec::Subject::Tool;
}

std::string unknown_text(CallKind kind, const std::string& exposed) {
  switch (kind) {
    case CallKind::Tool:
      return "Unknown tool: " + exposed;
    case CallKind::Prompt:
      return "Unknown prompt: " + exposed;
    case CallKind::Resource:
      return "Resource not found: " + exposed;
  }
  return "";
}

std::string refusal_text(const Call& call) {
  const bool asks = call.decision.verdict == Verdict::Ask;
  std::string text = asks ? "This call needs a person's approval, and this version of callgate has "
                            "no way to ask for "
                            "it yet, so it was not made."
                          : "callgate denied this call; it was not made.";
  text +=
      " Rule: " + (call.decision.rule.empty() ? std::string("the default") : call.decision.rule) +
      ".";
  if (!call.decision.because.empty()) text += " Reason: " + call.decision.because + ".";
  return text + " Trying again with the same arguments will not help.";
}

}  // namespace

Call* Calls::find(CallNumber number) {
  const auto found = calls_.find(number);
  return found == calls_.end() ? nullptr : found->second.get();
}

void Calls::receive(Session& session, const Rpc& rpc, const MessagePtr& message, CallKind kind) {
  const Value target = rpc.params.find(kind == CallKind::Resource ? "uri" : "name");
  const Value arguments = rpc.params.find("arguments");
  if (!target.is_string() || (arguments && !arguments.is_object())) {
    session.fail(session.now_asked(rpc), ErrorCode::InvalidParams,
                 target.is_string()           ? "params.arguments is no object"
                 : kind == CallKind::Resource ? "params.uri is no string"
                                              : "params.name is no string",
                 "call.params");
    return;
  }
  if (target.raw().size() > kLongestTarget) {
    session.fail(session.now_asked(rpc), ErrorCode::InvalidParams,
                 "a name or URI of more than 8 KiB is not served", "call.params");
    return;
  }
  if (session.open_requests() >= core_.options.limits.in_flight) {
    session.fail(session.now_asked(rpc), ErrorCode::Internal,
                 "too many requests are open in this session (limits.in_flight)", "session.full");
    return;
  }
  auto made = std::make_unique<Call>();
  Call& call = *made;
  call.number = ++last_;
  call.session = session.number();
  call.client = session.now_asked(rpc);
  call.kind = kind;
  call.message = message;
  call.root = rpc.root;
  call.params = rpc.params;
  call.args = kind == CallKind::Resource ? Value() : arguments;
  call.exposed = target.text();
  call.received = core_.now;
  if (const Value token = rpc.params.find("_meta").find("progressToken"))
    call.client_token = token.raw();
  session.opened(call.client, {.where = Session::OpenRequest::Where::Call, .call = call.number});
  calls_.emplace(call.number, std::move(made));
  route(call, false);
}

// Received: find the server by table. Parks while servers that could have the name are still
// starting.
void Calls::route(Call& call, bool time_is_over) {
  call.server = nullptr;  // it may have come back without this name
  if (const CatalogEntry* entry = core_.catalog.find(list_of(call.kind), call.exposed)) {
    call.name = entry->name;
    call.hidden = entry->shown == CatalogEntry::Shown::NoHidden;
    return route_to_server(call, *core_.servers[entry->server]);
  }
  if (call.kind == CallKind::Resource) {
    call.name = call.exposed;
    if (const auto owner = core_.catalog.owner_of(call.exposed))
      return route_to_server(call, *core_.servers[*owner]);
  }
  core_.ensure_started();
  if (!core_.settled() && !time_is_over) {
    waiting_.insert(call.number);
    if (call.wait_due != Nanos{}) return;
    call.wait_due = core_.now.monotonic + core_.options.limits.first_list;
    core_.deadlines.add({.at = call.wait_due, .kind = Deadline::Kind::Call, .owner = call.number});
    return;
  }
  if (call.kind == CallKind::Resource) {
    // Not every server lists all it has: the only one with resources may know more than it told.
    Server* only = nullptr;
    size_t count = 0;
    for (const auto& server : core_.servers) {
      if (!server->capability("resources")) continue;
      only = server.get();
      ++count;
    }
    if (count == 1) return route_to_server(call, *only);
  }
  fail(call, Outcome::RpcError,
       call.kind == CallKind::Resource ? ErrorCode::ResourceNotFound : ErrorCode::InvalidParams,
       unknown_text(call.kind, call.exposed), "call.unknown");
}

void Calls::route_to_server(Call& call, Server& server) {
  call.server = &server;
  if (call.hidden) {
    call.decision = {
        .verdict = Verdict::Deny, .rule = "tools.hide", .because = "hidden by configuration"};
    return fail(call, Outcome::Denied, ErrorCode::InvalidParams,
                unknown_text(call.kind, call.exposed), "call.unknown");
  }
  server.ensure_started();
  if (server.ready()) {
    waiting_.erase(call.number);
    return enter(call, CallState::Resolving);
  }
  if (server.settled())
    return fail(call, Outcome::RpcError, ErrorCode::Internal, server.down_text(), "server.down");
  waiting_.insert(call.number);  // the server's own start_timeout bounds this wait
}

void Calls::retry_waiting() {
  const std::set<CallNumber> waiting = waiting_;
  for (const CallNumber number : waiting) {
    Call* call = find(number);
    if (call && call->state == CallState::Received) route(*call, false);
  }
}

void Calls::wait_is_over(CallNumber number) {
  Call* call = find(number);
  if (!call) return;
  call->wait_due = Nanos{};
  if (call->state == CallState::Received && !call->server) route(*call, true);
}

void Calls::enter(Call& call, CallState state) {
  CHECK(call.state < CallState::Finishing || state == CallState::Done);
  call.state = state;
  switch (state) {
    case CallState::Received:
      break;
    case CallState::Resolving:
      return resolve(call);
    case CallState::Deciding:
      break;
    case CallState::Asking:
      // Nobody can be asked yet: refused, and said so, but recorded as what it is.
      return enter(call, CallState::Recording);
    case CallState::Recording:
      return append_started(call);
    case CallState::Running:
      return forward(call);
    case CallState::Finishing:
    case CallState::Done:
      break;
  }
}

Facts Calls::facts_of(const Call& call) const {
  const Session* session = core_.session(call.session);
  return {.subject = subject_of(call.kind),
          .server = call.server->config().name,
          .name = call.name,
          .args = call.args,
          .client = session ? std::string_view(session->client_name()) : std::string_view()};
}

void Calls::resolve(Call& call) {
  std::vector<PathNeed> needs = core_.options.policy.needs(facts_of(call));
  if (needs.empty()) return decide(call, {});
  core_.paths.resolve(call.number, call.server->index(), std::move(needs));
}

void Calls::paths_resolved(CallNumber number, const RealPaths& paths) {
  Call* call = find(number);
  if (call && call->state == CallState::Resolving) decide(*call, paths);
}

void Calls::decide(Call& call, const RealPaths& paths) {
  enter(call, CallState::Deciding);
  call.decision = core_.options.policy.decide(facts_of(call), paths);
  enter(call, call.decision.verdict == Verdict::Ask ? CallState::Asking : CallState::Recording);
}

void Calls::append_started(Call& call) {
  call.started = true;
  CallStarted event{.call = call.number,
                    .session = call.session,
                    .at = call.received.wall,
                    .kind = call.kind,
                    .server = call.server ? call.server->config().name : "",
                    .tool = call.name.empty() ? call.exposed : call.name,
                    .exposed = call.exposed,
                    .era = "legacy",
                    .client_id = call.client.id,
                    .verdict = call.decision.verdict,
                    .rule = call.decision.rule,
                    .because = call.decision.because};
  if (call.args) {
    event.args = {.owner = call.message, .bytes = call.args.raw()};
    event.wire = call.args.raw();
  }
  core_.record.append(std::move(event));
}

void Calls::recorded(CallNumber number) {
  Call* call = find(number);
  if (!call || call->state != CallState::Recording) return;
  if (call->decision.verdict != Verdict::Allow) return refuse(*call);
  enter(*call, CallState::Running);
}

void Calls::record_failed(CallNumber number, const Error& error) {
  Call* call = find(number);
  if (!call || call->state != CallState::Recording) return;
  if (core_.options.on_failure == RecordConfig::OnFailure::Allow) {
    log::warn("a call goes on unrecorded (record.on_failure is allow): {}", error.text());
    return recorded(number);
  }
  fail(*call, Outcome::RpcError, ErrorCode::Internal,
       "the call could not be recorded, so it was not made: " + error.text(), "record.failed");
}

void Calls::refuse(Call& call) {
  const std::string text = refusal_text(call);
  const char* decision = name(call.decision.verdict);
  Ending ending{.outcome = Outcome::Denied, .error = text};
  if (call.kind == CallKind::Tool) {
    ending.answer = write_answer(call.client.id, write_denial(decision, text));
  } else {
    ending.answer =
        write_error(call.client.id, ErrorCode::InvalidRequest, text,
                    call.decision.verdict == Verdict::Ask ? "policy.ask" : "policy.denied");
    ending.answer_error = static_cast<int>(ErrorCode::InvalidRequest);
  }
  finish(call, std::move(ending));
}

void Calls::forward(Call& call) {
  Server& server = *call.server;
  // The server may have gone while the row was written.
  if (!server.ready())
    return fail(call, Outcome::RpcError, ErrorCode::Internal, server.down_text(), "server.down");
  call.gate_id = server.next_id();
  const std::string gate_id = std::to_string(call.gate_id);
  Edits edits;
  edits.replace(call.root.find("id"), gate_id);
  if (call.kind != CallKind::Resource && call.name != call.exposed)
    edits.replace(call.params.find("name"), quote(call.name));
  if (!call.client_token.empty())
    edits.replace(call.params.find("_meta").find("progressToken"), gate_id);
  Pending pending{.kind = Pending::Kind::Call,
                  .session = call.session,
                  .client = call.client,
                  .call = call.number,
                  .token = call.client_token};
  if (!server.send(call.gate_id, std::move(pending), edits.apply(call.root))) {
    fail(call, Outcome::RpcError, ErrorCode::Internal,
         "the queue towards server '" + server.config().name + "' is full (limits.queue)",
         "server.full");
  }
}

void Calls::answered(CallNumber number, const Rpc& rpc, const MessagePtr& message) {
  Call* call = find(number);
  if (!call || call->state != CallState::Running) return;
  Edits edits;
  edits.replace(rpc.id, call->client.id);
  Ending ending;
  ending.answer = edits.apply(rpc.root);
  const Value body = rpc.kind == RpcKind::Answer ? rpc.result : rpc.error;
  ending.result = {.owner = message, .bytes = body.raw()};
  if (rpc.kind == RpcKind::ErrorAnswer) {
    ending.outcome = Outcome::RpcError;
    ending.error = rpc.error.find("message").text();
    ending.error_code = rpc.error.find("code").integer();
    ending.answer_error = static_cast<int>(ending.error_code.value_or(-32603));
  } else {
    const bool tool_error =
        call->kind == CallKind::Tool && rpc.result.find("isError").boolean().value_or(false);
    ending.outcome = tool_error ? Outcome::ToolError : Outcome::Ok;
    learn_links(*call, rpc.result);
  }
  finish(*call, std::move(ending));
}

// URIs that a result names can be read later though no list has them (MCP 2025-11-25 "Tools",
// resource links).
void Calls::learn_links(const Call& call, Value result) {
  constexpr size_t kLooked = 1000;
  const auto learn = [&](Value uri) {
    if (uri.is_string()) core_.catalog.learn(call.server->index(), uri.text());
  };
  const auto look = [&](Value content) {
    const Value type = content.find("type");
    if (type.text_is("resource_link")) learn(content.find("uri"));
    if (type.text_is("resource")) learn(content.find("resource").find("uri"));
  };
  size_t looked = 0;
  for (const std::string_view list : {"content", "messages", "contents"}) {
    const Value items = result.find(list);
    if (!items.is_array()) continue;
    for (const Value item : items) {
      if (++looked > kLooked) return;
      if (list == "content") look(item);
      if (list == "messages") look(item.find("content"));
      if (list == "contents") learn(item.find("uri"));
    }
  }
}

void Calls::cancel(CallNumber number, std::string_view reason_json) {
  Call* call = find(number);
  if (!call) return;
  if (call->state == CallState::Running) call->server->cancel(call->gate_id, reason_json);
  finish(*call, {.outcome = Outcome::Cancelled, .error = "the client cancelled it"});
}

void Calls::session_gone(CallNumber number, const std::string& reason) {
  Call* call = find(number);
  if (!call) return;
  if (call->state == CallState::Running)
    call->server->cancel(call->gate_id, "\"the client is gone\"");
  finish(*call, {.outcome = Outcome::Cancelled, .error = "the client is gone: " + reason});
}

void Calls::child_lost(CallNumber number, const std::string& why) {
  if (Call* call = find(number))
    fail(*call, Outcome::RpcError, ErrorCode::Internal, why, "server.gone");
}

void Calls::timed_out(CallNumber number, const std::string& why) {
  if (Call* call = find(number))
    fail(*call, Outcome::Timeout, ErrorCode::Internal, why, "server.timeout");
}

void Calls::shut_down() {
  std::vector<CallNumber> open;
  for (const auto& [number, call] : calls_) open.push_back(number);
  for (const CallNumber number : open) {
    Call* call = find(number);
    if (!call) continue;
    if (call->state == CallState::Running) call->server->cancel(call->gate_id, "\"callgate ends\"");
    fail(*call, Outcome::Cancelled, ErrorCode::Internal, "callgate is shutting down",
         "gate.ending");
  }
}

void Calls::fail(Call& call, Outcome outcome, ErrorCode code, const std::string& message,
                 std::string_view code_word) {
  Ending ending{.outcome = outcome, .error = message};
  if (outcome == Outcome::RpcError) ending.error_code = static_cast<int>(code);
  ending.answer = write_error(call.client.id, code, message, code_word);
  ending.answer_error = static_cast<int>(code);
  finish(call, std::move(ending));
}

// The one door out of every state.
void Calls::finish(Call& call, Ending ending) {
  enter(call, CallState::Finishing);
  waiting_.erase(call.number);
  if (call.wait_due != Nanos{})
    core_.deadlines.remove(
        {.at = call.wait_due, .kind = Deadline::Kind::Call, .owner = call.number});
  // A call that ends before it was decided is in the record all the same.
  if (!call.started) append_started(call);
  core_.record.append(CallFinished{.call = call.number,
                                   .at = core_.now.wall,
                                   .outcome = ending.outcome,
                                   .duration = core_.now.monotonic - call.received.monotonic,
                                   .error_code = ending.error_code,
                                   .error = std::move(ending.error),
                                   .result = ending.result,
                                   .wire = ending.result.bytes});
  if (Session* session = core_.session(call.session)) {
    session->closed(call.client.id, Session::OpenRequest::Where::Call, call.number);
    if (!ending.answer.empty())
      session->send_answer(call.client, std::move(ending.answer), ending.answer_error);
  }
  enter(call, CallState::Done);
  calls_.erase(call.number);
}

}  // namespace callgate
