// Decides which child of a server a session uses.
#include <utility>

#include "child.h"
#include "core.h"
#include "rounds.h"
#include "session.h"
#include "stateless_servers.h"

namespace callgate {

namespace {
constexpr size_t kMostChildren = 512;  // of all servers together
constexpr size_t kMostForOne = 16;     // children of one server for one session
}  // namespace

// A client must not see what a child has learnt from another client, so a child never serves two
// tokens or profiles. A child gets its client's capabilities only once, so all sessions that share
// the child must declare the same capabilities, unless `share` is "one".
Sharing Core::sharing(const Session& session, ServerIndex server) const {
  const Share share = registry[server].share;
  const bool alone = share == Share::Session || asks_alone(server) ||
                     (share == Share::Auto && !keeps_no_state(registry[server]));
  if (alone) return {};
  std::string key = session.principal();
  const auto add = [&key](const std::string& part) { (key += '\0') += part; };
  if (share != Share::One) add(session.child_capabilities());
  if (share == Share::Root) {
    const std::string root = session.project_root();
    if (root.empty()) return {};
    add(root);
  }
  return {.shared = true, .key = std::move(key)};
}

std::string Core::common_capabilities(const std::set<SessionNumber>& of) {
  std::string common = "{}";
  bool first = true;
  for (const SessionNumber number : of) {
    const Session* one = session(number);
    if (!one) continue;
    const std::string own = one->child_capabilities();
    if (std::exchange(first, false)) {
      common = own;
      continue;
    }
    const Result<MessagePtr> a = walker.walk(common), b = walker.walk(own);
    common = a && b ? callgate::common_capabilities((*a)->root(), (*b)->root()) : "{}";
  }
  return common;
}

std::string Core::sharing_text(ServerIndex server) const {
  const Share share = registry[server].share;
  const std::string alone = "each session has a child of its own: ";
  if (share == Share::Session) return alone + "share is \"session\"";
  if (asks_alone(server)) return alone + "the server asks its clients questions";
  switch (share) {
    case Share::All:
      return "sessions of one token and profile with equal capabilities share a child: share is "
             "\"all\"";
    case Share::One:
      return "sessions of one token and profile share a child: share is \"one\"";
    case Share::Root:
      return "sessions of one token, profile and project folder share a child: share is \"root\"";
    case Share::Auto:
    case Share::Session:
      break;
  }
  if (keeps_no_state(registry[server]))
    return "sessions of one token and profile with equal capabilities share a child: the server is "
           "known to keep no state";
  return alone + "the server may keep state; set share to \"all\" if it keeps none";
}

Child* Core::child_for(Session& session, ServerIndex server) {
  for (const auto& child : children) {
    if (child->configured() != server || !child->used_by(session.number())) continue;
    // If the server has asked a question, each session that shares this child moves to a child of
    // its own as soon as nothing ties the session to this child.
    const bool better_alone = child->shared() && child->sessions().size() > 1 && asks_alone(server);
    if (!better_alone || child->tied_to(session.number())) return child.get();
    child->leave(session.number());
    break;
  }
  const Sharing wanted = sharing(session, server);
  for (const auto& child : children) {
    const bool fits = wanted.shared && child->configured() == server && child->shared() &&
                      child->key() == wanted.key;
    if (!fits) continue;
    child->join(session, wanted.key, true);
    return child.get();
  }
  return new_child(session, server, wanted.key, wanted.shared);
}

bool Core::asks_alone(ServerIndex server) const {
  const Share share = registry[server].share;
  return server_cache.of(server).asks && (share == Share::Auto || share == Share::Session);
}

Child* Core::new_child(Session& session, ServerIndex server, const std::string& key, bool shared) {
  Child* child = free_child(server);
  if (!child && children.size() >= kMostChildren) return nullptr;
  if (!child) child = &add_child(server);
  child->join(session, key, shared);
  return child;
}

Child* Core::free_child(ServerIndex server) {
  for (const auto& one : children) {
    if (one->configured() == server && one->idle()) return one.get();
  }
  for (ChildIndex slot = 0; slot < children.size(); ++slot) {
    const ServerIndex before = children[slot]->configured();
    if (registry.serves(before) || !no_child_of(before)) continue;
    children[slot] = std::make_unique<Child>(*this, slot, server);
    return children[slot].get();
  }
  return nullptr;
}

Child& Core::add_child(ServerIndex server) {
  const auto slot = static_cast<ChildIndex>(children.size());
  return *children.emplace_back(std::make_unique<Child>(*this, slot, server));
}

// A modern client's call may wait at a legacy child for an answer that comes with a later request,
// or never. If the child asks a question meanwhile, the gate must not connect the question with
// another call of this child. So if the server asks questions, each such call has its own child.
Child* Core::child_for_call(Session& session, ServerIndex server) {
  Child* first = child_for(session, server);
  // A call whose row is not durable yet has not been sent, but will use the child, too.
  const auto free = [&session](const Child& child) {
    return child.calls() == 0 && !child.in_use_by(session.number());
  };
  if (!first || session.initialized() || !asks_alone(server) || first->era() == Era::Modern ||
      free(*first))
    return first;
  size_t count = 0;
  for (const auto& child : children) {
    if (child->configured() != server || !child->used_by(session.number())) continue;
    if (!child->shared() && free(*child)) return child.get();
    ++count;
  }
  if (count < kMostForOne) return new_child(session, server, "", false);
  return rounds->give_up_oldest(session.number(), server);
}

void Core::leave_children(SessionNumber session) {
  for (size_t i = 0; i < children.size(); ++i) children[i]->leave(session);
}

}  // namespace callgate
