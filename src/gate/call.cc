// The states of a call. Every function that advances a call ends in enter() or finish().
#include "call.h"

#include <algorithm>

#include "accessed_data.h"
#include "call_kinds.h"
#include "callgate/base/log.h"
#include "callgate/policy/uri_forms.h"
#include "callgate/protocol/modern.h"
#include "child.h"
#include "guard_adapter.h"
#include "session.h"
#include "unknown_name.h"

namespace callgate {

namespace {

// A call waits for starting servers that may have its name for this time, or for limits.first_list
// if that is longer. A list request can be answered without such servers, but a call needs its
// server.
constexpr Nanos kUnknownName = std::chrono::seconds(10);

bool may_write(Effect effect) { return effect != Effect::Read && effect != Effect::Wait; }

}  // namespace

Call* Calls::find(CallNumber number) {
  const auto found = calls_.find(number);
  return found == calls_.end() ? nullptr : found->second.get();
}

void Calls::receive(Session& session, const Rpc& rpc, const MessagePtr& message, CallKind kind) {
  CallTarget target = target_of(kind, rpc);
  if (!target.fault.empty())
    return session.refuse(session.now_asked(rpc), rpc.root, message, ErrorCode::InvalidParams,
                          target.fault, "call.params");
  if (is_use(kind) && rpc.params.find("requestState") && is_modern(rpc.params))
    return come_back(session, rpc, message, kind);
  // Calls that wait for the client's next round, and tasks, hold memory like open requests.
  if (!session.has_room(rpc, message, session.detached_calls()) ||
      !has_memory(session, rpc, message))
    return;
  route(made(session, rpc, message, kind, std::move(target)), false);
}

Call& Calls::made(Session& session, const Rpc& rpc, const MessagePtr& message, CallKind kind,
                  CallTarget target) {
  auto made = std::make_unique<Call>();
  Call& call = *made;
  call.number = ++last_;
  call.session = session.number();
  call.kind = kind;
  call.subject = target.subject;
  call.exposed = std::move(target.name);
  call.received = core_.now;
  read(call, rpc, message, session);
  calls_.emplace(call.number, std::move(made));
  return call;
}

// Reads the client's request into the call. The request of a later round replaces the earlier one.
void Calls::read(Call& call, const Rpc& rpc, const MessagePtr& message, Session& session) {
  call.client = session.now_asked(rpc);
  call.client_waits = true;
  call.message = message;
  call.root = rpc.root;
  call.params = rpc.params;
  if (call.kind <= CallKind::Prompt) call.args = given_arguments(rpc.params);
  if (call.kind == CallKind::Complete) read_completion(call);
  if (call.kind == CallKind::Method) call.args = rpc.params;
  const Value meta = rpc.params.find("_meta");
  const Value token = meta.find("progressToken");
  call.client_token = token && !token.is(NodeKind::Null) ? token.raw() : std::string_view();
  if (call.client.era == Era::Modern) {
    const Value level = meta.find(kMetaLogLevel);
    call.log_level = level ? log_level(level.text()) : -1;
  }
  session.opened(call.client, {.where = Session::OpenRequest::Where::Call, .call = call.number});
}

void Calls::read_completion(Call& call) {
  const Result<MessagePtr> arguments = core_.walker.walk(completed_arguments(call.params));
  if (!arguments) return;
  call.own_args = *arguments;
  call.args = call.own_args->root();
  if (call.subject == RuleSpec::Subject::Resource)
    call.filled = filled_template(call.exposed, call.args);
}

// The work of CallState::Received: finds the server in the catalog. The call waits while a server
// that may have the name is still starting.
void Calls::route(Call& call, bool time_is_over) {
  // Forgets the child that was found before the call waited: after its start, the server may no
  // longer have this name. Besides, a call without a server must not keep a child in use.
  call.child = nullptr;
  if (call.kind == CallKind::Method) {
    call.name = call.exposed;
    return route_method(call);
  }
  Session& session = *core_.session(call.session);
  const bool resource = call.subject == RuleSpec::Subject::Resource;
  const CatalogEntry* entry = core_.catalog.find(list_of(call), call.exposed);
  if (entry && session.sees(entry->server)) {
    call.name = entry->name;
    call.hidden = entry->shown == CatalogEntry::Shown::NoHidden;
    call.hinted_read_only = entry->read_only;
    call.uris = entry->uris;
    return route_to_child(call, session.child_for_call(entry->server));
  }
  const bool odd = resource && is_odd_uri(call.exposed);
  if (resource) {
    call.name = call.exposed;
    const auto owner =
        odd ? core_.catalog.giver_of(call.exposed) : core_.catalog.owner_of(call.exposed);
    if (owner && session.sees(*owner)) return route_to_child(call, session.child_for_call(*owner));
  }
  session.start_children();
  if (!time_is_over && may_still_come(core_, session, list_of(call), call.exposed)) {
    waiting_.insert(call.number);
    if (call.wait_due != Nanos{}) return;
    return wake_in(call, std::max<Nanos>(core_.options.limits.first_list, kUnknownName));
  }
  if (odd) return refuse_uri(call);
  // Not every server lists all its resources. If only one server has resources, that server is
  // asked.
  if (resource) {
    if (Child* only = session.server_of_uri(call.exposed)) return route_to_child(call, only);
  }
  fail(call, Outcome::RpcError, not_found_code(call), unknown_text(call),
       not_found_word(call.kind));
}

std::string Calls::unknown_text(const Call& call) {
  return not_found_text(call) +
         unknown_hint(core_, *core_.session(call.session), list_of(call), call.exposed);
}

void Calls::route_to_child(Call& call, Child* child) {
  if (!child)
    return fail(call, Outcome::RpcError, ErrorCode::Internal,
                "callgate can't start another process of this server: too many calls of this "
                "client wait for the client's input, or callgate already runs too many processes",
                "child.full");
  call.child = child;
  if (call.hidden) {
    call.decision = {
        .verdict = Verdict::Deny, .rule = "tools.hide", .because = "hidden by configuration"};
    return fail(call, Outcome::Denied, ErrorCode::InvalidParams, unknown_text(call),
                not_found_word(call.kind));
  }
  if (child->ready()) {
    waiting_.erase(call.number);
    wake_never(call);  // the call may have waited for servers that could have its name
    return enter(call, CallState::Resolving);
  }
  if (child->settled() && !child->starts_soon())
    return fail(call, Outcome::RpcError, ErrorCode::Internal, child->down_text(), "server.down");
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
  if (call->state == CallState::Received && !call->child) return route(*call, true);
  if (call->state == CallState::Deciding) return guard_waited(*call);
  if (call->state == CallState::Running) round_is_over(*call);
}

void Calls::enter(Call& call, CallState state) {
  ENSURE(call.state < CallState::Finishing || state == CallState::Done);
  call.state = state;
  switch (state) {
    case CallState::Received:
      break;
    case CallState::Resolving:
      return resolve(call);
    case CallState::Deciding:
      break;
    case CallState::Asking:
      // Callgate can't ask a person yet, so the call is refused. Its recorded decision stays "ask".
      return enter(call, CallState::Recording);
    case CallState::Recording:
      if (!call.started) {
        if (call.decision.verdict != Verdict::Allow && !keeps_refusal(call)) return refuse(call);
        append_started(call);
      }
      // In a later round, the row of CallStarted is durable already.
      if (call.unrecorded == 0) rows_are_durable(call);
      return;
    case CallState::Running:
      return forward(call);
    case CallState::Finishing:
    case CallState::Done:
      break;
  }
}

Facts Calls::facts_of(const Call& call) const {
  const Session* session = core_.session(call.session);
  const bool acts = call.kind == CallKind::Tool || call.kind == CallKind::Method;
  return {.subject = call.subject,
          .server = call.child->config().name,
          .name = call.name,
          .filled = call.filled,
          .args = call.args,
          .client = session ? std::string_view(session->client_name()) : std::string_view(),
          .roots = session ? std::string_view(session->roots()) : std::string_view(),
          .may_write = acts && may_write(core_.guard->effect(call))};
}

void Calls::resolve(Call& call) {
  call.rules = core_.rules;
  if (std::optional<Decision> decision = decision_before_rules(call))
    return decided(call, *std::move(decision));
  const Rights& rights = core_.session(call.session)->rights();
  const Facts facts = facts_of(call);
  std::vector<PathNeed> needs;
  if (std::optional<Decision> decision = rights.try_decide(facts, needs))
    return decided(call, *std::move(decision));
  if (!path_queues_.enter(call.number, call.session)) return;
  core_.paths.resolve(call.number, call.child->config(), std::move(needs));
}

void Calls::paths_resolved(CallNumber number, const RealPaths& paths) {
  const std::optional<SessionNumber> session = path_queues_.answered(number);
  go_on_with(number, paths);
  if (!session) return;
  while (const auto next = path_queues_.next(*session)) {
    Call* waiting = find(*next);
    if (waiting && waiting->state == CallState::Resolving) resolve(*waiting);
  }
}

void Calls::go_on_with(CallNumber number, const RealPaths& paths) {
  Call* call = find(number);
  if (!call || call->state != CallState::Resolving) return;
  // The rules have been replaced while the paths were resolved, and may need other paths.
  if (call->rules != core_.rules) return resolve(*call);
  std::optional<Decision> before = decision_before_rules(*call);
  decided(*call, before ? *std::move(before)
                        : core_.session(call->session)->rights().decide(facts_of(*call), paths));
}

void Calls::decided(Call& call, Decision decision) {
  enter(call, CallState::Deciding);
  call.decision = std::move(decision);
  const bool allowed = call.decision.verdict == Verdict::Allow;
  if (allowed && call.again) {
    core_.record.append(CallSkipped{.call = call.number, .at = core_.now.wall});
    return subscription_decided(call, Outcome::Ok);
  }
  if (allowed && !call.guarded && is_use(call.kind)) return ask_guard(call);
  enter(call, call.decision.verdict == Verdict::Ask ? CallState::Asking : CallState::Recording);
}

std::optional<Decision> Calls::decision_before_rules(const Call& call) const {
  // A client may always end its subscription.
  if (call.kind == CallKind::Unsubscribe && call.child->subscribed(call.session, call.name))
    return Decision{};
  // A paused client keeps its subscriptions, so that they continue after the pause.
  if (call.again) return std::nullopt;
  return core_.clients.decision(call.session, core_.session(call.session)->client_name());
}

void Calls::append_started(Call& call) {
  call.started = true;
  // A call that ends before the rules have decided on it cannot access anything.
  if (call.decision.verdict != Verdict::None) call.touches = data_of_call(call, core_);
  CallStarted event{.call = call.number,
                    .session = call.session,
                    .at = call.received.wall,
                    .kind = call.kind,
                    .server = call.child ? call.child->config().name : "",
                    .tool = call.name.empty() ? call.exposed : call.name,
                    .exposed = call.exposed,
                    .era = name(call.client.era),
                    .read_only = core_.guard->reads(call),
                    .client_id = call.client.id,
                    .verdict = call.decision.verdict,
                    .rule = call.decision.rule,
                    .because = call.decision.because,
                    .touches = call.touches};
  // The digest covers all params, because a server may read more than the arguments.
  if (call.params) {
    event.args.owner = call.message;
    event.wire = call.params.raw();
    const Value kept = is_use(call.kind)                   ? call.args
                       : call.kind > CallKind::Unsubscribe ? call.params
                                                           : Value();
    if (kept) event.args.bytes = kept.raw();
  }
  ++call.unrecorded;
  core_.record.append(std::move(event));
  if (!is_use(call.kind) || call.decision.verdict != Verdict::Allow) return;
  if (const Value stray = call.params.find("inputResponses")) record_answers(call, stray);
}

void Calls::record_answers(Call& call, Value responses) {
  call.unrecorded += core_.answers->brought(
      {.session = call.session,
       .server = call.child ? call.child->config().name : "",
       .call = call.number,
       .message = call.message,
       .responses = responses},
      call.round.asked,
      [this, number = call.number](const Error* failure) { answer_recorded(number, failure); });
}

void Calls::recorded(CallNumber number) {
  Call* call = find(number);
  if (!call || call->state != CallState::Recording) return;
  if (--call->unrecorded == 0) rows_are_durable(*call);
}

void Calls::rows_are_durable(Call& call) {
  if (!call.unrecordable.empty())
    return fail(call, Outcome::RpcError, ErrorCode::Internal,
                "an answer of the client could not be recorded, so the server did not get it: " +
                    call.unrecordable,
                "record.failed");
  if (call.decision.verdict != Verdict::Allow) return refuse(call);
  enter(call, CallState::Running);
}

void Calls::answer_recorded(CallNumber number, const Error* failure) {
  Call* call = find(number);
  if (!call) return;
  if (failure) call->unrecordable = failure->text();
  if (--call->unrecorded == 0 && call->state == CallState::Recording) rows_are_durable(*call);
}

void Calls::record_failed(CallNumber number, const Error& error) {
  Call* call = find(number);
  if (!call || call->state != CallState::Recording) return;
  if (core_.options.on_failure == RecordConfig::OnFailure::Allow) {
    log::warn("a call is made although it could not be recorded (record.on_failure is allow): {}",
              error.text());
    return recorded(number);
  }
  fail(*call, Outcome::RpcError, ErrorCode::Internal,
       "the call could not be recorded, so it was not made: " + error.text(), "record.failed");
}

}  // namespace callgate
