#include "server_registry.h"

#include <algorithm>

#include "callgate/protocol/names.h"
#include "workspace_key.h"

namespace callgate {

namespace {

bool same_process(const ServerConfig& a, const ServerConfig& b) {
  return a.remote == b.remote && a.command == b.command && a.args == b.args && a.env == b.env &&
         a.env_pass == b.env_pass && a.cwd == b.cwd && a.era == b.era && a.share == b.share &&
         a.stdio == b.stdio && a.broken == b.broken;
}

/// Returns the configuration of the server for clients that use this account in this workspace.
ServerConfig placed(ServerConfig config, const WorkspacePtr& workspace, std::string_view account) {
  if (workspace && config.cwd.empty()) config.cwd = workspace->folder;
  if (config.remote) config.remote->account = account;
  return config;
}

bool has_number(const std::vector<ServerIndex>& numbers, ServerIndex number) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

}  // namespace

ServerRegistry::ServerRegistry(std::vector<ServerConfig> servers, std::string own_folder)
    : configured_(std::move(servers)), own_folder_(std::move(own_folder)), views_(1) {
  views_[kOwnWorkspace].used = true;
  for (const ServerConfig& server : configured_) {
    views_[kOwnWorkspace].order.push_back(static_cast<ServerIndex>(all_.size()));
    all_.push_back({.config = placed(server, nullptr, account_in(nullptr, {}, server)),
                    .workspace = nullptr,
                    .key = ""});
  }
}

std::string ServerRegistry::account_in(const WorkspacePtr& workspace, const ChosenAccounts& chosen,
                                       const ServerConfig& server) const {
  return account_for(server, chosen, workspace ? workspace->folder : own_folder_);
}

std::vector<ServerIndex> ServerRegistry::served() const {
  std::vector<ServerIndex> numbers;
  for (ServerIndex i = 0; i < all_.size(); ++i)
    if (all_[i].served) numbers.push_back(i);
  return numbers;
}

std::optional<ServerIndex> ServerRegistry::find(WorkspaceNumber workspace,
                                                std::string_view name) const {
  const std::vector<ServerIndex>& all = order(workspace);
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](ServerIndex i) { return all_[i].config.name == name; });
  if (found == all.end()) return std::nullopt;
  return *found;
}

bool ServerRegistry::shares_prefix(ServerIndex server) const {
  const ServerConfig& own = all_[server].config;
  const std::string prefix = name_prefix(own.name);
  return std::any_of(configured_.begin(), configured_.end(), [&](const ServerConfig& other) {
    if (other.name == own.name || other.prefix != own.prefix) return false;
    if (own.prefix == Prefix::Never) return true;
    const std::string theirs = name_prefix(other.name);
    return theirs.starts_with(prefix) || prefix.starts_with(theirs);
  });
}

ServerRegistry::Entered ServerRegistry::enter(const WorkspacePtr& workspace,
                                              const ChosenAccounts& chosen, const IsFree& is_free) {
  Entered entered;
  std::vector<ServerIndex> order = numbers_for(workspace, chosen, {}, is_free, entered.added);
  // Two workspaces get one number if every server has the same number in both. kOwnWorkspace is
  // never given to a client's workspace.
  const auto first = views_.begin() + (workspace ? kOwnWorkspace + 1 : kOwnWorkspace);
  const auto known = std::find_if(first, views_.end(), [&](const View& view) {
    return view.used && !view.outdated && view.order == order;
  });
  const auto unused =
      std::find_if(first, views_.end(), [](const View& view) { return !view.used; });
  const auto view = known != views_.end()    ? known
                    : unused != views_.end() ? unused
                                             : views_.emplace(views_.end());
  entered.fresh = !view->used;
  if (entered.fresh) *view = {.used = true, .order = std::move(order)};
  ++view->sessions;
  entered.workspace = static_cast<WorkspaceNumber>(view - views_.begin());
  return entered;
}

std::optional<WorkspaceNumber> ServerRegistry::own_workspace(const ChosenAccounts& chosen) const {
  std::vector<ServerIndex> order;
  for (const ServerConfig& server : configured_) {
    const auto known = number_of(server.name, account_in(nullptr, chosen, server), "", {});
    if (!known) return std::nullopt;
    order.push_back(*known);
  }
  for (WorkspaceNumber i = kOwnWorkspace; i < views_.size(); ++i)
    if (views_[i].used && !views_[i].outdated && views_[i].order == order) return i;
  return std::nullopt;
}

std::vector<ServerIndex> ServerRegistry::numbers_for(const WorkspacePtr& workspace,
                                                     const ChosenAccounts& chosen,
                                                     const std::vector<ServerIndex>& changed,
                                                     const IsFree& is_free,
                                                     std::vector<ServerIndex>& added) {
  std::vector<ServerIndex> numbers;
  for (const ServerConfig& server : configured_) {
    std::string key = workspace_key(workspace, server);
    const std::string account = account_in(workspace, chosen, server);
    const auto known = number_of(server.name, account, key, changed);
    if (!known)
      added.push_back(add({.config = placed(server, workspace, account),
                           .workspace = workspace,
                           .key = std::move(key)},
                          is_free));
    numbers.push_back(known ? *known : added.back());
  }
  return numbers;
}

std::optional<ServerIndex> ServerRegistry::number_of(
    std::string_view name, std::string_view account, std::string_view key,
    const std::vector<ServerIndex>& changed) const {
  for (ServerIndex i = 0; i < all_.size(); ++i) {
    const Entry& entry = all_[i];
    const bool fits = entry.served && entry.config.name == name &&
                      entry.config.account() == account && entry.key == key;
    if (fits && !has_number(changed, i)) return i;
  }
  return std::nullopt;
}

bool ServerRegistry::in_use(ServerIndex server, bool with_sessions) const {
  return std::any_of(views_.begin(), views_.end(), [&](const View& view) {
    return has_number(view.order, server) && (!with_sessions || view.sessions > 0);
  });
}

ServerRegistry::Unused ServerRegistry::forget_unused(const IsFree& is_unused) {
  Unused unused;
  for (WorkspaceNumber i = kOwnWorkspace + 1; i < views_.size(); ++i) {
    View& view = views_[i];
    const bool needed = std::any_of(view.order.begin(), view.order.end(), [&](ServerIndex server) {
      return !is_unused(server) && !in_use(server, true);
    });
    if (!view.used || view.sessions > 0 || (needed && !view.outdated)) continue;
    view = {};
    unused.workspaces.push_back(i);
  }
  for (ServerIndex i = 0; i < all_.size(); ++i) {
    if (!all_[i].served || in_use(i, false)) continue;
    all_[i].served = false;
    unused.retired.push_back(i);
  }
  return unused;
}

ServerRegistry::Change ServerRegistry::replace(std::vector<ServerConfig> servers,
                                               const std::vector<std::string>& renewed,
                                               const IsFree& is_free) {
  Change change;
  configured_ = std::move(servers);
  for (ServerIndex i = 0; i < all_.size(); ++i) {
    Entry& entry = all_[i];
    if (!entry.served) continue;
    const auto now =
        std::find_if(configured_.begin(), configured_.end(),
                     [&](const ServerConfig& server) { return server.name == entry.config.name; });
    const bool again =
        std::find(renewed.begin(), renewed.end(), entry.config.name) != renewed.end();
    if (now == configured_.end() || again) {
      change.retired.push_back(i);
      continue;
    }
    ServerConfig config = placed(*now, entry.workspace, entry.config.account());
    if (same_process(entry.config, config) && workspace_key(entry.workspace, *now) == entry.key)
      entry.config = std::move(config);
    else
      change.retired.push_back(i);
  }
  views_[kOwnWorkspace].order = numbers_for(nullptr, {}, change.retired, is_free, change.added);
  for (WorkspaceNumber i = kOwnWorkspace + 1; i < views_.size(); ++i)
    views_[i].outdated = views_[i].used;
  for (const ServerIndex i : change.retired) all_[i].served = false;
  return change;
}

ServerIndex ServerRegistry::add(Entry entry, const IsFree& is_free) {
  for (ServerIndex i = 0; i < all_.size(); ++i) {
    if (all_[i].served || !is_free(i)) continue;
    all_[i] = std::move(entry);
    return i;
  }
  all_.push_back(std::move(entry));
  return static_cast<ServerIndex>(all_.size() - 1);
}

}  // namespace callgate
