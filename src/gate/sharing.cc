// Which session uses which child of a server.
#include "call.h"
#include "core.h"
#include "server.h"
#include "session.h"

namespace callgate {

namespace {
constexpr size_t kMostChildren = 512;
constexpr size_t kMostForOne = 16;  // children of one server for one session
}  // namespace

// A child is told once what its client can do. So only sessions that say the same can share it, and
// none shares one that asks (unless share is "all"): an answer must come from the client that the
// question is about.
Server* Core::child_for(Session& session, ServerIndex server) {
  const ServerConfig& config = roster[server];
  for (const auto& child : servers) {
    if (child->configured() != server || !child->used_by(session.number())) continue;
    // It has turned out to ask: whoever shares it moves to a child of his own as soon as nothing
    // ties him to this one.
    const bool better_alone = child->shared() && child->sessions().size() > 1 && asks_alone(server);
    if (!better_alone || child->tied_to(session.number())) return child.get();
    child->leave(session.number());
    break;
  }
  const bool alone = config.share == Share::Session || asks_alone(server);
  const std::string key = alone ? "" : session.child_capabilities();
  for (const auto& child : servers) {
    const bool fits =
        !alone && child->configured() == server && child->shared() && child->key() == key;
    if (!fits) continue;
    child->join(session, key, true);
    return child.get();
  }
  return new_child(session, server, key, !alone);
}

bool Core::asks_alone(ServerIndex server) const {
  return remembered.of(server).asks && roster[server].share != Share::All;
}

Server* Core::new_child(Session& session, ServerIndex server, const std::string& key, bool shared) {
  Server* child = free_child(server);
  if (!child && servers.size() >= kMostChildren) return nullptr;
  if (!child) child = &add_child(server);
  child->join(session, key, shared);
  return child;
}

Server* Core::free_child(ServerIndex server) {
  for (const auto& one : servers) {
    if (one->configured() == server && one->idle()) return one.get();
  }
  for (ChildIndex slot = 0; slot < servers.size(); ++slot) {
    const ServerIndex before = servers[slot]->configured();
    if (roster.serves(before) || !no_child_of(before)) continue;
    servers[slot] = std::make_unique<Server>(*this, slot, server);
    return servers[slot].get();
  }
  return nullptr;
}

Server& Core::add_child(ServerIndex server) {
  const auto slot = static_cast<ChildIndex>(servers.size());
  return *servers.emplace_back(std::make_unique<Server>(*this, slot, server));
}

// A modern client's call may wait at a legacy child for an answer that comes with a later request,
// or never. A question of that child meanwhile must not be taken for another call's: where a server
// asks, each such call has a child of its own.
Server* Core::child_for_call(Session& session, ServerIndex server) {
  Server* first = child_for(session, server);
  // Calls that wait for the record are on their way to it, too.
  const auto free = [this, &session](const Server& child) {
    return child.calls() == 0 && !calls->any(session.number(), child);
  };
  if (!first || session.initialized() || !asks_alone(server) || first->era() == Era::Modern ||
      free(*first))
    return first;
  size_t count = 0;
  for (const auto& child : servers) {
    if (child->configured() != server || !child->used_by(session.number())) continue;
    if (!child->shared() && free(*child)) return child.get();
    ++count;
  }
  if (count < kMostForOne) return new_child(session, server, "", false);
  return calls->give_up_waiting(session.number(), server);
}

void Core::leave_children(SessionNumber session) {
  for (size_t i = 0; i < servers.size(); ++i) servers[i]->leave(session);
}

}  // namespace callgate
