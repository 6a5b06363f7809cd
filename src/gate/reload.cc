// Replaces the configuration while calls are running.
#include <algorithm>

#include "call.h"
#include "core.h"
#include "guarding.h"
#include "list_news.h"
#include "listens.h"
#include "server.h"
#include "session.h"
#include "tasks.h"

namespace callgate {

namespace {

std::vector<std::string> names_of(const Roster& roster, const std::vector<ServerIndex>& servers) {
  std::vector<std::string> names;
  for (const ServerIndex server : servers) names.push_back(roster[server].name);
  return names;
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Reloaded told_of(std::vector<std::string> added, std::vector<std::string> retired) {
  Reloaded told;
  for (std::string& name : added)
    (holds(retired, name) ? told.restarted : told.added).push_back(std::move(name));
  for (std::string& name : retired)
    if (!holds(told.restarted, name)) told.removed.push_back(std::move(name));
  return told;
}

}  // namespace

Reloaded Core::reload(Reload today) {
  remembered.recall();
  remembered.recall_lists(catalog);
  options.policy = std::move(today.policy);
  options.profiles = std::move(today.profiles);
  options.on_failure = today.on_failure;
  ++rules;
  for (const auto& [number, session] : sessions) session->take_rights();

  const Roster::Change change =
      roster.replace(std::move(today.servers), today.renewed,
                     [this](ServerIndex server) { return no_child_of(server); });
  guarding->use(today.guard);
  for (const ServerIndex server : change.added) adopt(server);
  for (const ServerIndex server : change.retired) retire(server);
  remembered.recall_lists(catalog);
  remembered.show(catalog);

  for (const auto& [number, session] : sessions) session->look_at_servers();
  calls->decide_subscriptions_again();
  server_settled();
  end_retired();
  list_news->all_changed();
  const Reloaded told = told_of(names_of(roster, change.added), names_of(roster, change.retired));
  for (const std::string& server : told.restarted) guarding->server_changed(server);
  return told;
}

bool Core::no_child_of(ServerIndex server) const {
  return std::none_of(servers.begin(), servers.end(), [&](const auto& child) {
    return child->configured() == server && (!child->idle() || calls->any_at(*child));
  });
}

// The number may have belonged to another server before. Nothing of that server may stay.
void Core::adopt(ServerIndex server) {
  remembered.adopt(server);
  for (ChildIndex slot = 0; slot < servers.size(); ++slot) {
    if (servers[slot]->configured() != server) continue;
    tasks->forget(slot);
    servers[slot] = std::make_unique<Server>(*this, slot, server);
  }
  if (!free_child(server)) add_child(server);
}

void Core::retire(ServerIndex server) {
  catalog.forget(server);
  const auto heir = roster.find(roster[server].name);
  for (ChildIndex i = 0; i < servers.size(); ++i) {
    if (servers[i]->configured() != server) continue;
    for (const auto& [uri, all] : servers[i]->take_subscribers()) {
      for (const Subscriber who : all) {
        if ((who & kListenBit) != 0) {
          listens->lost(static_cast<ListenNumber>(who & ~kListenBit), uri);
          continue;
        }
        Session* session = this->session(static_cast<SessionNumber>(who));
        Server* child = session && heir ? session->child_of(*heir) : nullptr;
        if (child) child->watch(who, uri, true);
      }
    }
  }
}

void Core::end_retired() {
  retiring = 0;
  for (const auto& child : servers) {
    if (roster.serves(child->configured()) || child->idle()) continue;
    ++retiring;
    if (!child->busy()) child->end();
  }
}

}  // namespace callgate
