#include "child_pool.h"

#include <algorithm>
#include <utility>

#include "gate/session/session.h"
#include "stateless_servers.h"

namespace callgate {

namespace {
constexpr size_t kMostChildren = 512;  // of all servers together
constexpr size_t kMostForOne = 16;     // children of one server for one session
}  // namespace

ChildPool::ChildPool(GateState& gate, ChildProcesses& processes, ChildHost& host)
    : gate_(gate), processes_(processes), host_(host) {
  for (const ServerIndex server : gate.registry.served()) add_child(server);
}

// A client must not see what a child has learnt from another client, so a child never serves two
// tokens or profiles. A child gets its client's capabilities only once, so all sessions that share
// the child must declare the same capabilities, unless `share` is "one".
Sharing ChildPool::sharing(const Session& session, ServerIndex server) const {
  const Share share = gate_.registry[server].share;
  const bool alone = share == Share::Session || gate_.asks_alone(server) ||
                     (share == Share::Auto && !keeps_no_state(gate_.registry[server]));
  if (alone) return {};
  std::string key = session.client.principal();
  const auto add = [&key](const std::string& part) { (key += '\0') += part; };
  if (share != Share::One) add(session.client.child_capabilities());
  if (share == Share::Root) {
    const std::string root = session.client.project_root();
    if (root.empty()) return {};
    add(root);
  }
  return {.shared = true, .key = std::move(key)};
}

std::string ChildPool::sharing_text(ServerIndex server) const {
  const Share share = gate_.registry[server].share;
  const std::string alone = "each session has a child of its own: ";
  if (share == Share::Session) return alone + "share is \"session\"";
  if (gate_.asks_alone(server)) return alone + "the server asks its clients questions";
  // Clients on stdio that share this gate have workspaces of their own, or accounts.
  const bool workspaces = gate_.registry.workspaces() > 1;
  const std::string environment = workspaces ? " and equal environments" : "";
  switch (share) {
    case Share::All:
      return "sessions of one token and profile with equal capabilities" + environment +
             " share a child: share is \"all\"";
    case Share::One:
      return "sessions of one token and profile" + environment + " share a child: share is \"one\"";
    case Share::Root:
      return "sessions of one token, profile and project folder" + environment +
             " share a child: share is \"root\"";
    case Share::Auto:
    case Share::Session:
      break;
  }
  if (keeps_no_state(gate_.registry[server]))
    return "sessions of one token and profile with equal capabilities" +
           std::string(workspaces ? " and environments, in one folder," : "") +
           " share a child: the server is known to keep no state";
  return alone + "the server may keep state; set share to \"all\" if it keeps none";
}

Child* ChildPool::child_for(const Session& session, ServerIndex server) {
  for (const auto& child : children_) {
    if (child->configured() != server || !child->users.contains(session.number())) continue;
    // If the server has asked a question, each session that shares this child moves to a child of
    // its own as soon as nothing ties the session to this child.
    const bool better_alone =
        child->users.shared() && child->users.sessions().size() > 1 && gate_.asks_alone(server);
    if (!better_alone || child->tied_to(session.number())) return child.get();
    child->leave(session.number());
    break;
  }
  return join(session, server, sharing(session, server));
}

Child* ChildPool::join(const Session& session, ServerIndex server, const Sharing& sharing) {
  Child* joined = nullptr;
  for (const auto& child : children_) {
    const bool fits = sharing.shared && child->configured() == server && child->users.shared() &&
                      child->users.key() == sharing.key;
    if (fits) {
      joined = child.get();
      break;
    }
  }
  if (!joined) joined = free_child(server);
  const auto in_use = [](const auto& child) { return !child->idle(); };
  if (!joined && static_cast<size_t>(std::count_if(begin(), end(), in_use)) >= kMostChildren)
    return nullptr;
  if (!joined) joined = &add_child(server);
  joined->join(session.number(),
               {.revision = session.client.revision(),
                .capabilities = session.client.child_capabilities(),
                .name = session.client.name()},
               sharing.key, sharing.shared);
  return joined;
}

Child* ChildPool::free_child(ServerIndex server) {
  for (const auto& one : children_) {
    if (one->configured() == server && one->idle()) return one.get();
  }
  for (std::unique_ptr<Child>& slot : children_) {
    const ServerIndex before = slot->configured();
    if (gate_.registry.serves(before) || !is_free(before)) continue;
    slot = new_child(slot->number(), server);
    return slot.get();
  }
  return nullptr;
}

std::unique_ptr<Child> ChildPool::new_child(ChildIndex number, ServerIndex server) {
  return std::make_unique<Child>(gate_, processes_, host_, number, server);
}

Child& ChildPool::add_child(ServerIndex server) {
  return *children_.emplace_back(new_child(static_cast<ChildIndex>(children_.size()), server));
}

Child* ChildPool::child_of(const Session& session, ServerIndex server) {
  Child* child = child_for(session, server);
  if (child) child->life.ensure_started();
  return child;
}

bool ChildPool::is_full_for(const Session& session, ServerIndex server) const {
  const auto count = std::count_if(begin(), end(), [&](const auto& child) {
    return child->configured() == server && child->users.contains(session.number());
  });
  return static_cast<size_t>(count) >= kMostForOne;
}

// A modern client's call may wait at a legacy child for an answer that comes with a later request,
// or never. If the child asks a question meanwhile, the gate must not connect the question with
// another call of this child. So if the server asks questions, each such call has its own child.
Child* ChildPool::free_for_call(const Session& session, ServerIndex server) {
  Child* child = child_for(session, server);
  // A call whose row is not durable yet has not been sent, but will use the child, too.
  const auto free = [&session](const Child& one) {
    return one.requests.calls() == 0 && !one.users.has_calls_of(session.number());
  };
  if (!child || session.client.initialized() || !gate_.asks_alone(server) ||
      child->era() == Era::Modern || free(*child))
    return child;
  for (const auto& one : children_) {
    if (one->configured() != server || !one->users.contains(session.number())) continue;
    if (!one->users.shared() && free(*one)) return one.get();
  }
  return is_full_for(session, server) ? nullptr : join(session, server, {});
}

Child* ChildPool::child_for_call(const Session& session, ServerIndex server) {
  Child* child = free_for_call(session, server);
  if (child) child->life.ensure_started();
  return child;
}

Child* ChildPool::server_of_uri(const Session& session, const std::string& uri) {
  if (const auto owner = gate_.catalog.owner_of(session.workspace(), uri))
    return session.sees(*owner) ? child_of(session, *owner) : nullptr;
  Child* only = nullptr;
  for (const ServerIndex i : gate_.registry.order(session.workspace())) {
    Child* child = session.sees(i) ? child_of(session, i) : nullptr;
    if (!child || !child->capability("resources")) continue;
    if (only) return nullptr;
    only = child;
  }
  return only;
}

void ChildPool::start_children(Session& session) {
  if (gate_.shutting_down) return;
  session.set_uses_servers();
  for (const ServerIndex i : gate_.registry.order(session.workspace())) {
    if (session.sees(i)) child_of(session, i);
  }
}

void ChildPool::update_children(Session& session) {
  const SessionNumber number = session.number();
  for (const auto& child : children_) {
    const bool out_of_sight = !child->retired() && !session.sees(child->configured());
    if (out_of_sight && child->users.contains(number) && !child->tied_to(number))
      child->leave(number);
  }
  if (session.uses_servers()) start_children(session);
}

void ChildPool::leave_all(SessionNumber session) {
  for (size_t i = 0; i < children_.size(); ++i) children_[i]->leave(session);
}

bool ChildPool::settled(const Session& session) {
  for (const ServerIndex i : gate_.registry.order(session.workspace())) {
    if (!session.sees(i)) continue;
    const Child* child = child_for(session, i);
    if (child && !child->life.settled()) return false;
  }
  return true;
}

bool ChildPool::lists_known(const Session& session) {
  const bool some = some_list_known(session);
  for (const ServerIndex i : gate_.registry.order(session.workspace())) {
    if (!session.sees(i)) continue;
    const KnownServer& known = gate_.server_cache.of(i);
    if (known.listed || (known.missing && some)) continue;
    const Child* child = child_for(session, i);
    if (child && !child->life.settled()) return false;
  }
  return true;
}

bool ChildPool::some_list_known(const Session& session) {
  for (const ServerIndex i : gate_.registry.order(session.workspace())) {
    if (!session.sees(i)) continue;
    const Child* child = child_for(session, i);
    if (gate_.server_cache.of(i).listed || (child && child->ready())) return true;
  }
  return false;
}

bool ChildPool::is_free(ServerIndex server) const {
  return std::none_of(begin(), end(), [&](const auto& child) {
    return child->configured() == server && (!child->idle() || child->users.has_calls());
  });
}

bool ChildPool::is_unused(ServerIndex server) const {
  return std::none_of(begin(), end(), [&](const auto& child) {
    const bool down = child->life.has_no_process() || child->life.suspended();
    return child->configured() == server &&
           (!down || !child->users.empty() || child->users.has_calls());
  });
}

std::vector<ChildIndex> ChildPool::adopt(ServerIndex server) {
  std::vector<ChildIndex> replaced;
  for (std::unique_ptr<Child>& slot : children_) {
    if (slot->configured() != server) continue;
    replaced.push_back(slot->number());
    slot = new_child(slot->number(), server);
  }
  if (!free_child(server)) add_child(server);
  return replaced;
}

void ChildPool::end_retired() {
  retiring_ = 0;
  for (const auto& child : children_) {
    if (gate_.registry.serves(child->configured()) || child->idle()) continue;
    ++retiring_;
    if (!child->busy()) child->end();
  }
}

}  // namespace callgate
