// Merges the servers' lists into one list per kind, and finds the server that owns a name or URI.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "callgate/gate/ports.h"
#include "callgate/protocol/translate.h"
#include "callgate/protocol/uri_template.h"
#include "server_registry.h"

namespace callgate {

enum class ListKind : uint8_t { Tools, Prompts, Resources, Templates };
inline constexpr std::array<ListKind, 4> kListKinds = {ListKind::Tools, ListKind::Prompts,
                                                       ListKind::Resources, ListKind::Templates};

/// "tools/list" …
std::string_view list_method(ListKind kind);
/// The member of the method's result that holds the items: "tools" …
std::string_view list_member(ListKind kind);
/// "notifications/tools/list_changed" … Templates have the notification of resources.
std::string_view changed_notification(ListKind kind);

/// Returns which rules apply to the items of the list. Rules for resources apply to templates, too.
RuleSpec::Subject subject_of(ListKind kind);

struct CatalogEntry {
  enum class Shown : uint8_t { Yes, NoDenied, NoHidden };
  ServerIndex server = 0;
  std::string name;        // the server's own name, or the URI (template)
  std::string exposed;     // the name that clients use
  std::string definition;  // the item's JSON as a modern client gets it
  // The item's JSON as legacy clients with tasks (2025-11-25) and older clients get it. Empty if it
  // is the same as `definition`.
  std::string for_tasks, for_older;
  Shown shown = Shown::Yes;
  bool needs_tasks = false;       // the tool can only be called as a task
  std::optional<bool> read_only;  // its readOnlyHint
  std::vector<std::string> uris;  // the arguments that its schema declares as URIs
  const std::string& text_for(DefinitionFor reader) const {
    const std::string& other = reader == DefinitionFor::Tasks ? for_tasks : for_older;
    return reader == DefinitionFor::Modern || other.empty() ? definition : other;
  }
  bool operator==(const CatalogEntry&) const = default;
};

/// The faults of an item. Clients get the item with changes, or not at all.
struct ItemFault {
  std::string name;               // the server's own name, or the URI; empty if it has none
  std::string hidden;             // why no client gets it; empty if clients get it
  std::vector<std::string> what;  // how the gate changed the item
  bool operator==(const ItemFault&) const = default;
};

struct ListedItems {
  std::vector<CatalogEntry> entries;
  std::vector<ItemFault> faults;  // at most kMostFaults
};
inline constexpr size_t kMostFaults = 100;

/// The catalog looks names up in a table and never splits them. If several servers have a name, the
/// first one in the configuration's order keeps it. Each workspace has its own table, because
/// clients of different workspaces may use different children, whose lists may differ.
class Catalog {
 public:
  explicit Catalog(const ServerRegistry& registry) : registry_(registry) {}

  /// Returns true if a list that clients see may have changed.
  bool set(ServerIndex server, ListKind kind, ListedItems items);
  /// Like set, for many lists in a row. Clients see them after merge_all().
  void put(ServerIndex server, ListKind kind, ListedItems items) {
    faults_[at(kind)][server] = std::move(items.faults);
    list_of(server, kind) = std::move(items.entries);
  }
  const std::vector<ItemFault>& faults(ServerIndex server, ListKind kind) const;
  /// Removes all items of the server. Clients see the change after merge_all().
  void forget(ServerIndex server);
  void merge_all();
  /// Makes the merged lists of a workspace that has just got its number.
  void merge_workspace(WorkspaceNumber workspace);
  const CatalogEntry* find(WorkspaceNumber workspace, ListKind kind,
                           const std::string& exposed) const;
  const std::vector<const CatalogEntry*>& merged(WorkspaceNumber workspace, ListKind kind) const {
    return list(workspace, kind).entries;
  }
  /// A number that is different after each possible change of the merged list.
  uint64_t generation(WorkspaceNumber workspace, ListKind kind) const {
    return list(workspace, kind).generation;
  }
  size_t count(ServerIndex server, ListKind kind) const {
    const auto& lists = lists_[at(kind)];
    return server < lists.size() ? lists[server].size() : 0;
  }

  /// Returns the server that owns the URI: it lists the URI, has a template that matches it, or
  /// linked to it in a result. The URI is tried as it is written, and then in the forms to which
  /// programs normalise it. Empty if no server is known to own it.
  std::optional<ServerIndex> owner_of(WorkspaceNumber workspace, const std::string& uri) const;
  /// Returns the server from which an odd URI (see is_odd_uri()) came: it lists the URI, linked to
  /// it, or has a matching template that is odd itself. Empty if there is no such server.
  std::optional<ServerIndex> giver_of(WorkspaceNumber workspace, const std::string& uri) const;
  /// Remembers that a result of `server` linked to this URI. The catalog keeps the last 10,000 such
  /// URIs that are not in the server's own list.
  void learn(ServerIndex server, std::string uri);

  /// Returns one page, as a result object with the entries for which `visible` returns true. Empty
  /// if the cursor is stale or was not made by this function.
  std::optional<std::string> page(WorkspaceNumber workspace, ListKind kind, std::string_view cursor,
                                  const Dialect& reader,
                                  const std::function<bool(const CatalogEntry&)>& visible) const;

 private:
  enum class Which { All, Odd };
  struct Merged {
    std::vector<const CatalogEntry*> entries;
    std::unordered_map<std::string, const CatalogEntry*> by_name;
    uint64_t generation = 0;
  };
  struct View {
    std::array<Merged, 4> lists;
    // The templates in the merged list.
    std::vector<std::pair<const CatalogEntry*, UriTemplate>> templates;
  };
  std::optional<ServerIndex> owner_of_text(WorkspaceNumber workspace, const std::string& uri) const;
  std::optional<ServerIndex> owner_by_template(WorkspaceNumber workspace, const std::string& uri,
                                               Which which) const;
  bool has(WorkspaceNumber workspace, ServerIndex server) const;
  bool lists_resource(ServerIndex server, const std::string& uri) const;
  std::optional<ServerIndex> learnt_owner(WorkspaceNumber workspace, const std::string& uri) const;
  static size_t at(ListKind kind) { return static_cast<size_t>(kind); }
  const Merged& list(WorkspaceNumber workspace, ListKind kind) const {
    return views_[workspace].lists[at(kind)];
  }
  /// Merges the lists of this kind again, for all workspaces or only for those with `server`.
  void merge(ListKind kind, std::optional<ServerIndex> server);
  void merge_view(WorkspaceNumber workspace, ListKind kind);
  void make_views();
  std::vector<CatalogEntry>& list_of(ServerIndex server, ListKind kind);

  const ServerRegistry& registry_;
  std::array<std::vector<std::vector<CatalogEntry>>, 4> lists_;  // by ServerIndex
  std::array<std::map<ServerIndex, std::vector<ItemFault>>, 4> faults_;
  std::deque<View> views_{1};  // by WorkspaceNumber
  uint64_t generation_ = 0;    // of the list that was merged last
  std::unordered_multimap<std::string, ServerIndex> learnt_;
  std::deque<std::pair<std::string, ServerIndex>> learnt_order_;
};

}  // namespace callgate
