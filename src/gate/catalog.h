// What all servers offer, as one list a kind, and who owns which name or URI.
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
#include "roster.h"

namespace callgate {

enum class ListKind : uint8_t { Tools, Prompts, Resources, Templates };
inline constexpr std::array<ListKind, 4> kListKinds = {ListKind::Tools, ListKind::Prompts,
                                                       ListKind::Resources, ListKind::Templates};

/// "tools/list" …, and the member of its result that holds the items.
std::string_view list_method(ListKind kind);
std::string_view list_member(ListKind kind);
/// "notifications/tools/list_changed" …; templates change with the resources.
std::string_view changed_notification(ListKind kind);

/// What rules call an item of that list; templates are resources.
RuleSpec::Subject subject_of(ListKind kind);

struct CatalogEntry {
  enum class Shown : uint8_t { Yes, NoDenied, NoHidden };
  ServerIndex server = 0;
  std::string name;                  // the server's own name, or the URI (template)
  std::string exposed;               // what the client uses
  std::string definition;            // JSON as a modern client gets it
  std::string for_tasks, for_older;  // as other clients get it; empty: the same
  Shown shown = Shown::Yes;
  bool needs_tasks = false;       // can only be called as a task
  std::optional<bool> read_only;  // its readOnlyHint
  std::vector<std::string> uris;  // arguments that its schema says to be URIs
  const std::string& text_for(DefinitionFor reader) const {
    const std::string& other = reader == DefinitionFor::Tasks ? for_tasks : for_older;
    return reader == DefinitionFor::Modern || other.empty() ? definition : other;
  }
  bool operator==(const CatalogEntry&) const = default;
};

/// What was wrong with an item: clients get it changed, or not at all.
struct ItemFault {
  std::string name;               // the server's own name, or the URI; empty: it has none
  std::string hidden;             // why no client gets it; empty: clients get it
  std::vector<std::string> what;  // what was changed
  bool operator==(const ItemFault&) const = default;
};

struct ListedItems {
  std::vector<CatalogEntry> entries;
  std::vector<ItemFault> faults;  // at most kMostFaults
};
inline constexpr size_t kMostFaults = 100;

/// Lookup by table, never by splitting a name. The first server in the configuration's order keeps
/// a name.
class Catalog {
 public:
  explicit Catalog(const Roster& roster) : roster_(roster) {}

  /// True if something that clients see has changed.
  bool set(ServerIndex server, ListKind kind, ListedItems items);
  /// Many at once: seen by clients with merge_all().
  void put(ServerIndex server, ListKind kind, ListedItems items) {
    faults_[at(kind)][server] = std::move(items.faults);
    list_of(server, kind) = std::move(items.entries);
  }
  const std::vector<ItemFault>& faults(ServerIndex server, ListKind kind) const;
  /// Nothing of that server is known any more; seen by clients with merge_all().
  void forget(ServerIndex server);
  void merge_all();
  const CatalogEntry* find(ListKind kind, const std::string& exposed) const;
  const std::vector<const CatalogEntry*>& merged(ListKind kind) const { return merged_[at(kind)]; }
  /// Another number each time the merged list may have changed.
  uint64_t generation(ListKind kind) const { return generation_[at(kind)]; }
  size_t count(ServerIndex server, ListKind kind) const {
    const auto& lists = lists_[at(kind)];
    return server < lists.size() ? lists[server].size() : 0;
  }

  /// Which server a URI belongs to: listed, by template, or learnt from a link in a result; as it
  /// is written, or else as programs normalise it. Empty: unknown.
  std::optional<ServerIndex> owner_of(const std::string& uri) const;
  /// Which server gave an odd URI (is_odd_uri) itself: listed, linked to, or by a template that is
  /// as odd.
  std::optional<ServerIndex> giver_of(const std::string& uri) const;
  /// A result of `server` named this URI. The last 10,000 are kept; listed ones need none of that.
  void learn(ServerIndex server, std::string uri);

  /// One page as a result object, of the entries that `visible` lets through; empty for a stale or
  /// foreign cursor.
  std::optional<std::string> page(ListKind kind, std::string_view cursor, const Dialect& reader,
                                  const std::function<bool(const CatalogEntry&)>& visible) const;

 private:
  enum class Which { All, Odd };
  std::optional<ServerIndex> owner_of_text(const std::string& uri) const;
  std::optional<ServerIndex> owner_by_template(const std::string& uri, Which which) const;
  static size_t at(ListKind kind) { return static_cast<size_t>(kind); }
  void merge(ListKind kind);
  std::vector<CatalogEntry>& list_of(ServerIndex server, ListKind kind);

  const Roster& roster_;
  std::array<std::vector<std::vector<CatalogEntry>>, 4> lists_;  // by ServerIndex
  std::array<std::map<ServerIndex, std::vector<ItemFault>>, 4> faults_;
  std::array<std::vector<const CatalogEntry*>, 4> merged_;
  std::array<std::unordered_map<std::string, const CatalogEntry*>, 4> by_name_;
  std::vector<std::pair<const CatalogEntry*, UriTemplate>> templates_;  // the merged ones
  std::array<uint64_t, 4> generation_{};
  std::unordered_map<std::string, ServerIndex> learnt_;
  std::deque<std::string> learnt_order_;
};

}  // namespace callgate
