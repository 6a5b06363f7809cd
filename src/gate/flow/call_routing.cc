// The first states of a call: reading the request, and finding the child that has the name.
#include <algorithm>

#include "call_endings.h"
#include "call_flow.h"
#include "callgate/policy/uri_forms.h"
#include "callgate/protocol/modern.h"
#include "gate/call/call_kinds.h"
#include "gate/call/unknown_name.h"
#include "rounds.h"

namespace callgate {

namespace {

// A call waits for starting servers that may have its name for this time, or for limits.first_list
// if that is longer. A list request can be answered without such servers, but a call needs its
// server.
constexpr Nanos kUnknownName = std::chrono::seconds(10);
// Messages of at least 64 KiB are long; see has_memory().
constexpr size_t kLongMessage = size_t{64} << 10, kMostLongMessages = 16;

// Returns the error text for a name that no server has, or that the client must not see.
std::string unknown_text(Core& core, const Call& call) {
  return not_found_text(call) +
         unknown_hint(core, *core.session(call.session), list_of(call), call.exposed);
}

}  // namespace

void CallFlow::receive(Session& session, const Rpc& rpc, const MessagePtr& message, CallKind kind) {
  CallTarget target = target_of(kind, rpc);
  if (!target.fault.empty())
    return session.refusals.refuse(session.now_asked(rpc), rpc.root, message,
                                   ErrorCode::InvalidParams, target.fault, "call.params");
  if (is_use(kind) && rpc.params.find("requestState") && is_modern(rpc.params))
    return core_.rounds->come_back(session, rpc, message, kind);
  // Calls that wait for the client's next round, and tasks, hold memory like open requests.
  if (!session.has_room(rpc, message, session.detached_calls()) ||
      !has_memory(session, rpc, message))
    return;
  Call& call = core_.calls->add(session.number(), kind, target.subject, core_.now);
  call.exposed = std::move(target.name);
  read(call, rpc, message, session);
  route(call, false);
}

void CallFlow::read(Call& call, const Rpc& rpc, const MessagePtr& message, Session& session) {
  call.client = session.now_asked(rpc);
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
  session.requests.add(call.client, {.where = OpenRequest::Where::Call, .number = call.number});
}

void CallFlow::read_completion(Call& call) {
  const Result<MessagePtr> arguments = core_.walker.walk(completed_arguments(call.params));
  if (!arguments) return;
  call.own_args = *arguments;
  call.args = call.own_args->root();
  if (call.subject == RuleSpec::Subject::Resource)
    call.filled = filled_template(call.exposed, call.args);
}

// A call keeps its message until the call ends. All long messages of one principal (a token with a
// profile), in all its sessions, may together be as large as kMostLongMessages messages of maximal
// length. The number of short messages is limited by limits.in_flight only.
bool CallFlow::has_memory(Session& session, const Rpc& rpc, const MessagePtr& message) const {
  if (message->bytes().size() < kLongMessage) return true;
  const std::string principal = session.client.principal();
  size_t held = message->bytes().size();
  core_.calls->each([&](const Call& call) {
    if (!call.message || call.message->bytes().size() < kLongMessage) return;
    const Session* owner = core_.session(call.session);
    if (owner && owner->client.principal() == principal) held += call.message->bytes().size();
  });
  if (held <= kMostLongMessages * core_.options.limits.line) return true;
  session.refusals.turn_away(
      rpc, message, ErrorCode::Internal,
      "the open requests of this client hold too much memory; send the request again when some "
      "of them have been answered",
      "session.full", "limits.line");
  return false;
}

void CallFlow::route(Call& call, bool time_is_over) {
  // Forgets the child that was found before the call waited: after its start, the server may no
  // longer have this name. Besides, a call without a server must not keep a child in use.
  call.child = {};
  if (call.kind == CallKind::Method) {
    call.name = call.exposed;
    return route_method(call);
  }
  Session& session = *core_.session(call.session);
  const bool resource = call.subject == RuleSpec::Subject::Resource;
  const CatalogEntry* entry = core_.catalog.find(session.workspace(), list_of(call), call.exposed);
  if (entry && session.sees(entry->server)) {
    call.name = entry->name;
    call.hidden = entry->shown == CatalogEntry::Shown::NoHidden;
    call.hinted_read_only = entry->read_only;
    call.uris = entry->uris;
    return route_to_child(call, child_for(session, entry->server));
  }
  const bool odd = resource && is_odd_uri(call.exposed);
  if (resource) {
    call.name = call.exposed;
    const auto owner = odd ? core_.catalog.giver_of(session.workspace(), call.exposed)
                           : core_.catalog.owner_of(session.workspace(), call.exposed);
    if (owner && session.sees(*owner)) return route_to_child(call, child_for(session, *owner));
  }
  core_.pool.start_children(session);
  if (!time_is_over && may_still_come(core_, session, list_of(call), call.exposed))
    return wait_for_servers(call);
  if (odd) return refuse_uri(call);
  // Not every server lists all its resources. If only one server has resources, that server is
  // asked.
  if (resource) {
    if (Child* only = core_.pool.server_of_uri(session, call.exposed))
      return route_to_child(call, only);
  }
  core_.endings->fail(call, Outcome::RpcError, not_found_code(call), unknown_text(core_, call),
                      not_found_word(call.kind));
}

// If the session's children of the server all wait for input of the client, the call that has
// waited longest makes room.
Child* CallFlow::child_for(const Session& session, ServerIndex server) {
  Child* child = core_.pool.child_for_call(session, server);
  if (child || !core_.pool.is_full_for(session, server)) return child;
  child = core_.rounds->give_up_oldest(session.number(), server);
  if (child) child->life.ensure_started();
  return child;
}

// A call that has waited already keeps the time at which it gives up.
void CallFlow::wait_for_servers(Call& call) {
  Nanos until{};
  if (const Routing* routing = call.in<Routing>()) until = routing->until;
  const Nanos now = core_.now.monotonic;
  if (until <= now) until = now + std::max<Nanos>(core_.options.limits.first_list, kUnknownName);
  enter(call, Routing{.until = until, .child_since = {}}, CallDeadline::UnknownName, until - now);
}

void CallFlow::route_to_child(Call& call, Child* child) {
  if (!child)
    return core_.endings->fail(
        call, Outcome::RpcError, ErrorCode::Internal,
        "callgate can't start another process of this server: too many calls of this "
        "client wait for the client's input, or callgate already runs too many processes",
        "child.full");
  call.child = ChildUse(*child, call.session);
  if (call.hidden) {
    call.decision = {
        .permission = Permission::Deny, .rule = "tools.hide", .because = "hidden by configuration"};
    return core_.endings->fail(call, Outcome::Denied, ErrorCode::InvalidParams,
                               unknown_text(core_, call), not_found_word(call.kind));
  }
  if (child->ready()) return resolve(call);
  wait_for_child(call, *child);
}

// A child that has failed is soon started again. The call waits for this, too, but not after it has
// waited for the start_timeout. A start that has not failed yet is left its time.
void CallFlow::wait_for_child(Call& call, const Child& child) {
  Routing routing = *call.in<Routing>();
  const Nanos now = core_.now.monotonic;
  if (!routing.child_since) routing.child_since = now;
  const bool has_time = now - *routing.child_since < child.config().start_timeout;
  if (child.life.settled() && !(child.life.starts_soon() && has_time))
    return core_.endings->fail(call, Outcome::RpcError, ErrorCode::Internal, child.life.down_text(),
                               "server.down");
  enter(call, routing);
}

// A request with an unknown method does not name a server, so the gate can forward it only if a
// single server is configured. The request never waits for the server's start, because a client
// that only tries out the method should get its answer quickly.
void CallFlow::route_method(Call& call) {
  Session& session = *core_.session(call.session);
  const auto& all = core_.registry.order(session.workspace());
  Child* only = all.size() == 1 && session.sees(all.front())
                    ? core_.pool.child_of(session, all.front())
                    : nullptr;
  if (only && only->ready()) return route_to_child(call, only);
  core_.endings->fail(call, Outcome::RpcError, not_found_code(call), not_found_text(call),
                      not_found_word(call.kind));
}

// Refuses an odd URI, because a server may read it differently from the rules.
void CallFlow::refuse_uri(Call& call) {
  call.decision = {.permission = Permission::Deny,
                   .rule = "built-in: characters of a URI",
                   .because = "the URI contains white space, a control character or a backslash"};
  core_.endings->fail(
      call, Outcome::Denied, ErrorCode::InvalidParams,
      "the URI contains white space, a control character or a backslash. No URI may have these, "
      "and servers read them in different ways, so the request was not sent; percent-encode the "
      "character (a space is %20), or write the URI exactly as a list of resources has it",
      "resource.characters");
}

void CallFlow::retry_waiting() {
  for (const CallNumber number :
       core_.calls->all([](const Call& call) { return call.is<Routing>(); })) {
    Call* call = core_.calls->find(number);
    if (call && call->is<Routing>()) route(*call, false);
  }
}

}  // namespace callgate
