// Replaces the configuration while calls are running.
#include <algorithm>

#include "call_flow.h"
#include "change_streams.h"
#include "child.h"
#include "core.h"
#include "guard_adapter.h"
#include "list_news.h"
#include "session.h"
#include "subscription_calls.h"
#include "tasks.h"

namespace callgate {

namespace {

std::vector<std::string> names_of(const ServerRegistry& registry,
                                  const std::vector<ServerIndex>& servers) {
  std::vector<std::string> names;
  for (const ServerIndex server : servers) names.push_back(registry[server].name);
  return names;
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Reloaded reload_result(std::vector<std::string> added, std::vector<std::string> retired) {
  Reloaded told;
  for (std::string& name : added)
    (holds(retired, name) ? told.restarted : told.added).push_back(std::move(name));
  for (std::string& name : retired)
    if (!holds(told.restarted, name)) told.removed.push_back(std::move(name));
  return told;
}

}  // namespace

Reloaded Core::reload(Reload today) {
  server_cache.recall();
  server_cache.recall_lists(catalog);
  options.policy = std::move(today.policy);
  options.profiles = std::move(today.profiles);
  options.on_failure = today.on_failure;
  ++rules;
  for (const auto& [number, session] : sessions) session->take_rights();

  const ServerRegistry::Change change =
      registry.replace(std::move(today.servers), today.renewed,
                       [this](ServerIndex server) { return no_child_of(server); });
  guard->use(today.guard);
  for (const ServerIndex server : change.added) adopt(server);
  for (const ServerIndex server : change.retired) retire(server);
  server_cache.recall_lists(catalog);
  server_cache.show(catalog);

  for (const auto& [number, session] : sessions) session->update_children();
  subscription_calls->decide_all_again();
  server_settled();
  end_retired();
  list_news->all_changed();
  const Reloaded told =
      reload_result(names_of(registry, change.added), names_of(registry, change.retired));
  for (const std::string& server : told.restarted) guard->server_changed(server);
  return told;
}

bool Core::no_child_of(ServerIndex server) const {
  return std::none_of(children.begin(), children.end(), [&](const auto& child) {
    return child->configured() == server && (!child->idle() || child->in_use());
  });
}

// The number may have belonged to another server before. Nothing of that server may stay.
void Core::adopt(ServerIndex server) {
  server_cache.adopt(server);
  for (ChildIndex slot = 0; slot < children.size(); ++slot) {
    if (children[slot]->configured() != server) continue;
    tasks->forget(slot);
    children[slot] = std::make_unique<Child>(*this, slot, server);
  }
  if (!free_child(server)) add_child(server);
}

void Core::retire(ServerIndex server) {
  catalog.forget(server);
  const auto heir = registry.find(registry[server].name);
  for (ChildIndex i = 0; i < children.size(); ++i) {
    if (children[i]->configured() != server) continue;
    for (const auto& [uri, all] : children[i]->take_subscribers()) {
      for (const Subscriber who : all) {
        if ((who & kStreamBit) != 0) {
          change_streams->lost(static_cast<StreamNumber>(who & ~kStreamBit), uri);
          continue;
        }
        Session* session = this->session(static_cast<SessionNumber>(who));
        Child* child = session && heir ? session->child_of(*heir) : nullptr;
        if (child) child->watch(who, uri, true);
      }
    }
  }
}

void Core::end_retired() {
  retiring = 0;
  for (const auto& child : children) {
    if (registry.serves(child->configured()) || child->idle()) continue;
    ++retiring;
    if (!child->busy()) child->end();
  }
}

}  // namespace callgate
