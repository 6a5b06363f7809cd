// The public functions. Each one stores the time, finds the part that handles the event, and calls
// it.
#include "callgate/gate/gate.h"

#include <map>
#include <set>
#include <utility>

#include "child_router.h"
#include "gate/call/answers.h"
#include "gate/call/core.h"
#include "gate/call/guard_adapter.h"
#include "gate/call/refusals.h"
#include "gate/flow/call_endings.h"
#include "gate/flow/call_flow.h"
#include "gate/flow/change_streams.h"
#include "gate/flow/held_questions.h"
#include "gate/flow/questions.h"
#include "gate/flow/retries.h"
#include "reload.h"
#include "session_router.h"
#include "workspaces.h"

namespace callgate {

struct Gate::Impl {
  Impl(GateOptions options, const GatePorts& ports)
      : core(std::move(options), ports, child_router),
        child_router(core),
        session_router(core),
        workspaces(core) {}

  Core core;  // its children use the router only after all members are made
  ChildRouter child_router;
  SessionRouter session_router;
  Workspaces workspaces;
  SessionNumber last_session = 0;
  // Links refuse some requests that no session receives. The rows of these requests belong to the
  // sessions in this table, one for each ClientPeer::principal(), so at most one for each token.
  std::map<std::string, SessionNumber> outside;
};

Gate::Gate(GateOptions options, ChildProcesses& processes, RecordPort& record, PathPort& paths,
           ListStore& lists, GuardPort& guard)
    : impl_(new Impl(std::move(options), {processes, record, paths, lists, guard})) {}
Gate::~Gate() = default;

SessionNumber Gate::open_session(Now now, ClientLink& link, ClientFacts facts) {
  Core& core = impl_->core;
  core.now = now;
  core.server_cache.recall();
  const SessionNumber number = ++impl_->last_session;
  core.clients.opened(number, link, facts);
  const WorkspaceNumber workspace = impl_->workspaces.enter(facts);
  core.sessions.emplace(number, std::make_unique<Session>(core, impl_->session_router, number, link,
                                                          std::move(facts), workspace));
  return number;
}

void Gate::client_line(Now now, SessionNumber session, std::string line) {
  impl_->core.now = now;
  if (Session* s = impl_->core.session(session)) s->line(std::move(line));
}

void Gate::client_line_too_long(Now now, SessionNumber session, std::string_view head) {
  impl_->core.now = now;
  if (Session* s = impl_->core.session(session)) s->line_too_long(head);
}

void Gate::client_message(Now now, SessionNumber session, const MessagePtr& message,
                          Exchange exchange) {
  impl_->core.now = now;
  if (Session* s = impl_->core.session(session)) s->message(message, exchange);
}

void Gate::unreadable(Now now, const std::string& why) {
  impl_->core.now = now;
  impl_->core.count_unreadable("", why);
}

uint64_t Gate::unreadable() const { return impl_->core.unreadable; }

// The rows of such requests belong to a session that only exists for them, one for each token and
// profile. The link of this session discards all messages.
void Gate::refused_outside(Now now, const RefusedOutside& request) {
  struct Nobody : ClientLink {
    void send(Outgoing) override {}
  };
  static auto& nobody = *new Nobody;
  Core& core = impl_->core;
  const std::string whose = request.from.token + '\0' + request.from.profile;
  SessionNumber& number = impl_->outside[whose];
  if (number == 0) {
    ClientFacts facts = request.from;
    facts.peer.clear();  // later requests of this session may come from other addresses
    number = open_session(now, nobody, std::move(facts));
  }
  core.now = now;
  Session& session = *core.session(number);
  // The address without its port.
  const std::string from = request.from.peer.substr(0, request.from.peer.rfind(':'));
  const std::string why = from.empty() ? request.why : request.why + "; it came from " + from;
  if (request.message)
    session.refusals.record(request.message->root(), request.message, request.code, why);
  else
    session.refusals.record(request.name, request.code, why);
}

void Gate::exchange_gone(Now now, SessionNumber session, Exchange exchange) {
  impl_->core.now = now;
  if (Session* s = impl_->core.session(session)) s->exchange_gone(exchange);
}

void Gate::client_gone(Now now, SessionNumber session, const std::string& reason) {
  Core& core = impl_->core;
  core.now = now;
  Session* s = core.session(session);
  if (!s) return;
  s->close(reason);
  const WorkspaceNumber workspace = s->workspace();
  core.sessions.erase(session);
  impl_->workspaces.leave(workspace);
  core.clients.closed(session);
  core.guard->closed(session);
}

void Gate::child_up(Now now, ChildIndex child, int64_t pid, std::optional<ServerFolders> folders) {
  impl_->core.now = now;
  if (folders) impl_->core.pool[child].set_folders(*std::move(folders));
  impl_->core.pool[child].life.up(pid);
}

void Gate::child_line(Now now, ChildIndex child, std::string line) {
  impl_->core.now = now;
  impl_->core.pool[child].messages.line(std::move(line));
}

void Gate::child_line_too_long(Now now, ChildIndex child, std::string_view head) {
  impl_->core.now = now;
  impl_->core.pool[child].messages.line_too_long(head);
}

void Gate::child_gone(Now now, ChildIndex child, const ChildEnd& end) {
  impl_->core.now = now;
  impl_->core.pool[child].life.gone(end);
  impl_->workspaces.forget_unused();
}

void Gate::recorded(Now now, CallNumber call) {
  impl_->core.now = now;
  impl_->core.flow->recorded(call);
}

void Gate::record_failed(Now now, CallNumber call, const Error& error) {
  impl_->core.now = now;
  impl_->core.flow->record_failed(call, error);
}

void Gate::answer_recorded(Now now, QuestionNumber question, const Error* failure) {
  impl_->core.now = now;
  impl_->core.answers->recorded(question, failure);
}

void Gate::paths_resolved(Now now, CallNumber call, RealPaths paths) {
  impl_->core.now = now;
  impl_->core.flow->paths_resolved(call, std::move(paths));
}

void Gate::client_recalled(Now now, const std::string& key, const AgentMemory& memory) {
  impl_->core.now = now;
  impl_->core.retries->recalled(key, memory.unanswered);
  for (const SessionNumber session : impl_->core.guard->recalled(key, memory))
    impl_->core.flow->memory_arrived(session);
}

void Gate::answer_missed(Now now, SessionNumber session, const std::string& id) {
  impl_->core.now = now;
  if (const Session* s = impl_->core.session(session)) impl_->core.retries->answer_missed(*s, id);
}

void Gate::earlier_call_told(Now now, CallId call) {
  impl_->core.now = now;
  impl_->core.retries->told(call);
}

void Gate::finding_cleared(Now now, uint32_t number) {
  impl_->core.now = now;
  impl_->core.guard->cleared(number);
}

void Gate::finding_approved(Now now, uint32_t number) {
  impl_->core.now = now;
  impl_->core.guard->approved(number);
}

void Gate::dead_end_ended(Now now, uint64_t key, Micros at) {
  impl_->core.now = now;
  impl_->core.guard->forget_dead_end(key, at);
}

void Gate::set_client_states(Now now, std::vector<ClientState> states) {
  Core& core = impl_->core;
  core.now = now;
  core.clients.set(std::move(states));
  core.guard->clients_changed();
  for (const auto& [number, session] : core.sessions)
    if (ClientLink* link = core.clients.to_end(number, session->client.name()))
      link->dismiss("revoked by a person");
}

bool Gate::token_revoked(std::string_view token) const {
  return impl_->core.clients.token_revoked(token);
}

std::optional<Nanos> Gate::tick(Now now) {
  Core& core = impl_->core;
  core.now = now;
  while (const auto due = core.deadlines.take_due(now.monotonic)) {
    switch (due->kind) {
      case Deadline::Kind::Child:
        core.pool[static_cast<ChildIndex>(due->owner)].life.deadline_passed();
        break;
      case Deadline::Kind::Request:
        core.pool[static_cast<ChildIndex>(due->owner)].request_due(due->request);
        break;
      case Deadline::Kind::Relist:
        core.pool[static_cast<ChildIndex>(due->owner)].lists.deadline_passed(
            static_cast<ListKind>(due->request));
        break;
      case Deadline::Kind::Lists:
        if (Session* s = core.session(static_cast<SessionNumber>(due->owner)))
          s->lists.check_requests(true);
        break;
      case Deadline::Kind::News:
        impl_->child_router.list_news().notify();
        break;
      case Deadline::Kind::Call:
        core.flow->deadline_passed(static_cast<CallNumber>(due->owner));
        break;
      case Deadline::Kind::Held:
        core.held_questions->due(static_cast<ChildIndex>(due->owner));
        break;
      case Deadline::Kind::Listen:
        core.pool[static_cast<ChildIndex>(due->owner)].subscriptions.deadline_passed();
        break;
      case Deadline::Kind::RefusedCalls:
        if (Session* s = core.session(static_cast<SessionNumber>(due->owner)))
          core.refusals->sum_up(*s);
        break;
      case Deadline::Kind::RefusedQuestions:
        core.questions->sum_refused(static_cast<ServerIndex>(due->owner));
        break;
      case Deadline::Kind::Left:
        core.retries->deadline_passed(due->owner);
        break;
      case Deadline::Kind::Idle:
        core.pool[static_cast<ChildIndex>(due->owner)].idle_due();
        break;
    }
  }
  if (core.pool.retiring() > 0) core.pool.end_retired();
  return core.deadlines.next();
}

void Gate::assume_listed(SessionNumber session) {
  if (Session* found = impl_->core.session(session)) found->lists.assume_listed();
}

std::string Gate::client_name(SessionNumber session) const {
  const Session* s = impl_->core.session(session);
  return s ? s->client.name() : "";
}

size_t Gate::open_requests(SessionNumber session) const {
  const Session* s = impl_->core.session(session);
  return s ? s->requests.size() : 0;
}

void Gate::start_all(Now now, SessionNumber session) {
  Core& core = impl_->core;
  core.now = now;
  core.server_cache.recall_lists(core.catalog);
  if (Session* s = core.session(session)) core.pool.start_children(*s);
}

bool Gate::settled(SessionNumber session) const {
  Session* s = impl_->core.session(session);
  return !s || impl_->core.pool.settled(*s);
}

void Gate::restart_child(Now now, ChildIndex child) {
  Core& core = impl_->core;
  core.now = now;
  core.server_cache.recall();  // stored data must be loaded before the child sends newer data
  core.server_cache.recall_lists(core.catalog);
  core.pool[child].life.restart();
}

std::vector<SessionStatus> Gate::sessions() const {
  std::set<SessionNumber> without_client;
  for (const auto& [whose, number] : impl_->outside) without_client.insert(number);
  std::vector<SessionStatus> all;
  for (const auto& [number, session] : impl_->core.sessions)
    if (!without_client.contains(number)) all.push_back(session->status());
  return all;
}

// A server may have children in several workspaces. Its first child that is not stopped represents
// it; if all are stopped, its first child does. Each account of a remote server is represented.
std::vector<ServerStatus> Gate::servers() const {
  std::vector<ServerStatus> all;
  std::set<std::pair<std::string, std::string>> started, represented;  // name and account
  for (const auto& child : impl_->core.pool) {
    ServerStatus status = child->status();
    status.sharing = impl_->core.pool.sharing_text(child->configured());
    if (!status.retired && status.state != ServerStatus::State::Stopped)
      started.emplace(status.name, status.account);
    all.push_back(std::move(status));
  }
  for (ServerStatus& status : all) {
    const bool other = status.state == ServerStatus::State::Stopped &&
                       started.contains({status.name, status.account});
    status.spare =
        status.retired || other || !represented.emplace(status.name, status.account).second;
  }
  return all;
}

std::string_view Gate::tool_definition(const std::string& exposed,
                                       const std::string& profile) const {
  Core& core = impl_->core;
  core.server_cache.recall_lists(core.catalog);
  const auto workspace = core.registry.own_workspace(core.accounts_of(profile));
  const CatalogEntry* entry =
      workspace ? core.catalog.find(*workspace, ListKind::Tools, exposed) : nullptr;
  return entry && core.shows(*entry, profile) ? std::string_view(entry->definition)
                                              : std::string_view();
}

std::vector<ToolView> Gate::tools(const std::string& profile) const {
  std::vector<ToolView> all;
  const Core& core = impl_->core;
  const auto workspace = core.registry.own_workspace(core.accounts_of(profile));
  if (!workspace) return all;
  for (const CatalogEntry* entry : core.catalog.merged(*workspace, ListKind::Tools)) {
    all.push_back({.exposed = entry->exposed,
                   .server = core.registry[entry->server].name,
                   .name = entry->name,
                   .definition = entry->definition,
                   .hidden = !core.shows(*entry, profile)});
  }
  return all;
}

std::vector<ItemReport> Gate::item_faults() const {
  std::vector<ItemReport> all;
  const Core& core = impl_->core;
  for (const ServerIndex server : core.registry.order(kOwnWorkspace)) {
    for (const ListKind kind : kListKinds) {
      for (const ItemFault& fault : core.catalog.faults(server, kind))
        all.push_back({.server = core.registry[server].name,
                       .list = std::string(list_method(kind)),
                       .name = fault.name,
                       .hidden = fault.hidden,
                       .changes = fault.what});
    }
  }
  return all;
}

Reloaded Gate::reload(Now now, Reload today) {
  impl_->core.now = now;
  return Reloader(impl_->core, impl_->child_router, impl_->workspaces).reload(std::move(today));
}

void Gate::shut_down(Now now) {
  Core& core = impl_->core;
  core.now = now;
  core.shutting_down = true;
  core.endings->shut_down();
  core.questions->shut_down();
  core.change_streams->shut_down();
  for (const auto& [whose, number] : std::exchange(impl_->outside, {}))
    client_gone(now, number, "callgate ends");
  for (const auto& child : core.pool) child->life.stop();
}

}  // namespace callgate
