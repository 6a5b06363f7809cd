#include "unknown_name.h"

#include <algorithm>
#include <vector>

#include "callgate/protocol/names.h"
#include "core.h"
#include "gate/child/child.h"
#include "gate/session/session.h"

namespace callgate {

namespace {

constexpr size_t kServers = 3, kNames = 3;  // how many a hint names at most
constexpr size_t kCompared = 500;           // names; each costs some microseconds
constexpr size_t kFarthest = 3;             // the largest edit distance that nearest() allows

// Only the names of this server begin with this prefix, unless another server has names without a
// prefix. The result is cut, because the ends of long exposed names are replaced by a digest.
std::string prefix_of(const std::string& server) {
  constexpr size_t kNeverCut = kLongestName / 2;
  return name_prefix(server).substr(0, kNeverCut);
}

bool may_have(const ServerConfig& server, ListKind kind, const std::string& exposed) {
  return kind == ListKind::Resources || kind == ListKind::Templates ||
         server.prefix == Prefix::Never || exposed.starts_with(prefix_of(server.name));
}

std::string servers_not_up(Core& core, Session& session, ListKind kind,
                           const std::string& exposed) {
  std::string text;
  size_t listed = 0;
  for (const ServerIndex i : core.registry.order(session.workspace())) {
    if (!session.sees(i) || !may_have(core.registry[i], kind, exposed)) continue;
    const Child* child = core.pool.child_for(session, i);
    if (!child || child->ready() || ++listed > kServers) continue;
    text +=
        "; " + (child->life.settled() ? child->life.down_text()
                                      : "server '" + core.registry[i].name +
                                            "', which may have it, is still starting: try again "
                                            "in a few seconds");
  }
  return text;
}

bool ends_in(const std::string& text, const std::string& end) {
  return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// Returns the exposed names of items whose own name at the server is `exposed`, or the part of
// `exposed` after a "__". If there are no such items, returns the exposed name with the most
// similar spelling.
std::vector<std::string> near_names(Core& core, Session& session, ListKind kind,
                                    const std::string& exposed) {
  std::vector<std::string> same, close;
  for (const CatalogEntry* entry : core.catalog.merged(session.workspace(), kind)) {
    if (entry->shown != CatalogEntry::Shown::Yes || !session.shows(kind, *entry)) continue;
    const bool is_same = entry->name == exposed || ends_in(exposed, "__" + entry->name);
    if (is_same && same.size() < kNames) same.push_back(entry->exposed);
    const size_t longer = std::max(entry->exposed.size(), exposed.size()),
                 shorter = std::min(entry->exposed.size(), exposed.size());
    if (longer - shorter <= kFarthest && close.size() < kCompared) close.push_back(entry->exposed);
  }
  if (!same.empty()) return same;
  const std::optional<std::string> near = nearest(exposed, close);
  return near ? std::vector<std::string>{*near} : std::vector<std::string>{};
}

}  // namespace

bool may_still_come(Core& core, Session& session, ListKind kind, const std::string& exposed) {
  for (const ServerIndex i : core.registry.order(session.workspace())) {
    if (!session.sees(i) || !may_have(core.registry[i], kind, exposed)) continue;
    const Child* child = core.pool.child_for(session, i);
    if (child && !child->life.settled()) return true;
  }
  return false;
}

std::string unknown_hint(Core& core, Session& session, ListKind kind, const std::string& exposed) {
  std::string text = servers_not_up(core, session, kind, exposed);
  if (!text.empty()) return text;
  const std::vector<std::string> names = near_names(core, session, kind, exposed);
  for (const std::string& name : names)
    text += (text.empty() ? "; did you mean '" : "' or '") + name;
  return text.empty() ? text : text + "'?";
}

}  // namespace callgate
