#include "reload.h"

#include <algorithm>

#include "gate/call/guard_adapter.h"
#include "gate/flow/change_streams.h"
#include "gate/flow/retries.h"
#include "gate/flow/subscription_calls.h"

namespace callgate {

namespace {

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Returns each name once, although a server has a number for each workspace.
std::vector<std::string> names_of(const ServerRegistry& registry,
                                  const std::vector<ServerIndex>& servers) {
  std::vector<std::string> names;
  for (const ServerIndex server : servers)
    if (!holds(names, registry[server].name)) names.push_back(registry[server].name);
  return names;
}

Reloaded reload_result(std::vector<std::string> added, std::vector<std::string> retired) {
  Reloaded result;
  for (std::string& name : added)
    (holds(retired, name) ? result.restarted : result.added).push_back(std::move(name));
  for (std::string& name : retired)
    if (!holds(result.restarted, name)) result.removed.push_back(std::move(name));
  return result;
}

/// Adds the servers for which a profile in `some` chooses an account that the profile of the same
/// name in `others` does not choose.
void add_other_choices(const Profiles& some, const Profiles& others,
                       std::vector<std::string>& servers) {
  for (const auto& [name, profile] : some) {
    const auto other = others.find(name);
    for (const auto& [server, account] : profile.accounts) {
      if (other != others.end()) {
        const auto same = other->second.accounts.find(server);
        if (same != other->second.accounts.end() && same->second == account) continue;
      }
      servers.push_back(server);
    }
  }
}

}  // namespace

Reloaded Reloader::reload(Reload today) {
  core_.server_cache.recall();
  core_.server_cache.recall_lists(core_.catalog);
  // If a profile's account changes, all sessions with the server begin again, so that no session
  // keeps anything of an account that it does not use any more.
  add_other_choices(core_.options.profiles, today.profiles, today.renewed);
  add_other_choices(today.profiles, core_.options.profiles, today.renewed);
  core_.options.policy = std::move(today.policy);
  core_.options.profiles = std::move(today.profiles);
  core_.options.on_failure = today.on_failure;
  ++core_.rules;
  for (const auto& [number, session] : core_.sessions) session->take_rights();

  const ServerRegistry::Change change =
      core_.registry.replace(std::move(today.servers), today.renewed,
                             [this](ServerIndex server) { return core_.pool.is_free(server); });
  core_.guard->use(today.guard);
  core_.retries->use(today.retry);
  std::vector<ServerIndex> added = change.added;
  for (const ServerIndex server : change.added) workspaces_.adopt(server);
  const std::vector<ServerIndex> more = workspaces_.enter_again(change.retired);
  added.insert(added.end(), more.begin(), more.end());
  for (const ServerIndex server : change.retired) retire(server);
  workspaces_.forget_unused();
  core_.server_cache.recall_lists(core_.catalog);
  core_.server_cache.show(core_.catalog);

  for (const auto& [number, session] : core_.sessions) core_.pool.update_children(*session);
  core_.subscription_calls->decide_all_again();
  router_.settled();
  core_.pool.end_retired();
  router_.list_news().all_changed();
  const Reloaded result =
      reload_result(names_of(core_.registry, added), names_of(core_.registry, change.retired));
  for (const std::string& server : result.restarted) core_.guard->server_changed(server);
  for (const auto* names : {&result.restarted, &result.removed})
    for (const std::string& server : *names) core_.retries->server_changed(server);
  return result;
}

void Reloader::retire(ServerIndex server) {
  core_.catalog.forget(server);
  for (ChildIndex i = 0; i < core_.pool.size(); ++i) {
    if (core_.pool[i].configured() != server) continue;
    for (const auto& [uri, all] : core_.pool[i].subscriptions.take_all())
      for (const Subscriber who : all) move_subscription(who, uri, core_.registry[server].name);
  }
}

void Reloader::move_subscription(Subscriber who, const std::string& uri,
                                 const std::string& server) {
  if ((who & kStreamBit) != 0)
    return core_.change_streams->lost(static_cast<StreamNumber>(who & ~kStreamBit), uri);
  Session* session = core_.session(static_cast<SessionNumber>(who));
  const auto heir = session ? core_.registry.find(session->workspace(), server) : std::nullopt;
  Child* child = heir ? core_.pool.child_of(*session, *heir) : nullptr;
  if (child) child->subscriptions.watch(who, uri, true);
}

}  // namespace callgate
