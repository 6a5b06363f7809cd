#include "state.h"

#include "callgate/base/log.h"

namespace callgate {

GateState::GateState(GateOptions o, RecordPort& r, ListStore& lists)
    : options(std::move(o)),
      record(r),
      walker({.bytes = options.limits.line,
              .depth = options.limits.depth,
              .nodes = options.limits.nodes,
              .text = TextOf::Peer}),
      registry(std::move(options.servers), options.cwd),
      catalog(registry),
      server_cache(lists, options, registry),
      sign(options.secret) {}

void GateState::count_unreadable(std::string_view client, const std::string& why) {
  constexpr uint64_t kLogged = 5;
  if (++unreadable <= kLogged)
    log::warn(
        "{} sent something that is not a message ({}); callgate refuses and counts such messages "
        "(`callgate status` shows their number)",
        client.empty() ? "a client" : "the client '" + std::string(client) + "'", why);
}

const ChosenAccounts& GateState::accounts_of(const std::string& profile) const {
  static const auto& none = *new ChosenAccounts;
  const auto found = options.profiles.find(profile);
  return found == options.profiles.end() ? none : found->second.accounts;
}

bool GateState::shows(const CatalogEntry& tool, const std::string& profile) const {
  const Rights rights(options.policy, options.profiles, profile);
  return tool.shown == CatalogEntry::Shown::Yes &&
         rights.lists({.server = registry[tool.server].name,
                       .name = tool.name,
                       .account = registry[tool.server].account()});
}

bool GateState::asks_alone(ServerIndex server) const {
  const Share share = registry[server].share;
  return server_cache.of(server).asks && (share == Share::Auto || share == Share::Session);
}

}  // namespace callgate
