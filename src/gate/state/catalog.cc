#include "catalog.h"

#include <algorithm>
#include <utility>

#include "callgate/base/log.h"
#include "callgate/policy/uri_forms.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

// Clients close the connection when a line has 10 MiB, so a page stays far below this size.
constexpr size_t kPageBytes = size_t{2} << 20;
constexpr size_t kPageItems = 1000;
constexpr size_t kLearntUris = 10'000;
constexpr size_t kLongestLearntUri = 8192;
// The most steps in which one server's templates are compared with one URI. So many steps take some
// milliseconds; templates that are not meant to slow the gate down need far fewer.
constexpr size_t kTemplateSteps = size_t{1} << 21;

std::string cursor_for(uint64_t generation, size_t index) {
  return std::to_string(generation) + "." + std::to_string(index);
}

// Returns the index in a cursor. Empty if the cursor is not of this generation.
std::optional<size_t> index_of(std::string_view cursor, uint64_t generation, size_t size) {
  const std::string head = std::to_string(generation) + ".";
  if (cursor.size() <= head.size() || cursor.size() > 40 || cursor.substr(0, head.size()) != head)
    return std::nullopt;
  size_t index = 0;
  for (const char c : cursor.substr(head.size())) {
    if (c < '0' || c > '9' || index > size) return std::nullopt;
    index = index * 10 + static_cast<size_t>(c - '0');
  }
  if (index > size) return std::nullopt;
  return index;
}

}  // namespace

std::string_view list_method(ListKind kind) {
  switch (kind) {
    case ListKind::Tools:
      return "tools/list";
    case ListKind::Prompts:
      return "prompts/list";
    case ListKind::Resources:
      return "resources/list";
    case ListKind::Templates:
      return "resources/templates/list";
  }
  return "";
}

std::string_view list_member(ListKind kind) {
  switch (kind) {
    case ListKind::Tools:
      return "tools";
    case ListKind::Prompts:
      return "prompts";
    case ListKind::Resources:
      return "resources";
    case ListKind::Templates:
      return "resourceTemplates";
  }
  return "";
}

RuleSpec::Subject subject_of(ListKind kind) {
  switch (kind) {
    case ListKind::Tools:
      return RuleSpec::Subject::Tool;
    case ListKind::Prompts:
      return RuleSpec::Subject::Prompt;
    case ListKind::Resources:
    case ListKind::Templates:
      return RuleSpec::Subject::Resource;
  }
  return RuleSpec::Subject::Tool;
}

std::string_view changed_notification(ListKind kind) {
  switch (kind) {
    case ListKind::Tools:
      return "notifications/tools/list_changed";
    case ListKind::Prompts:
      return "notifications/prompts/list_changed";
    case ListKind::Resources:
    case ListKind::Templates:
      return "notifications/resources/list_changed";
  }
  return "";
}

std::vector<CatalogEntry>& Catalog::list_of(ServerIndex server, ListKind kind) {
  auto& lists = lists_[at(kind)];
  if (server >= lists.size()) lists.resize(server + 1);
  return lists[server];
}

const std::vector<ItemFault>& Catalog::faults(ServerIndex server, ListKind kind) const {
  static const auto& none = *new std::vector<ItemFault>;
  const auto found = faults_[at(kind)].find(server);
  return found == faults_[at(kind)].end() ? none : found->second;
}

bool Catalog::set(ServerIndex server, ListKind kind, ListedItems items) {
  faults_[at(kind)][server] = std::move(items.faults);
  auto& list = list_of(server, kind);
  if (list == items.entries) return false;
  list = std::move(items.entries);
  merge(kind, server);
  return true;
}

void Catalog::forget(ServerIndex server) {
  for (const ListKind kind : kListKinds) put(server, kind, {});
  std::erase_if(learnt_, [&](const auto& known) { return known.second == server; });
  std::erase_if(learnt_order_, [&](const auto& known) { return known.second == server; });
}

void Catalog::merge_all() {
  for (const ListKind kind : kListKinds) merge(kind, std::nullopt);
}

void Catalog::merge_workspace(WorkspaceNumber workspace) {
  make_views();
  for (const ListKind kind : kListKinds) merge_view(workspace, kind);
}

void Catalog::make_views() {
  if (views_.size() < registry_.workspaces()) views_.resize(registry_.workspaces());
}

void Catalog::merge(ListKind kind, std::optional<ServerIndex> server) {
  make_views();
  for (WorkspaceNumber i = 0; i < views_.size(); ++i) {
    if (!server || has(i, *server)) merge_view(i, kind);
  }
}

bool Catalog::has(WorkspaceNumber workspace, ServerIndex server) const {
  const std::vector<ServerIndex>& all = registry_.order(workspace);
  return std::find(all.begin(), all.end(), server) != all.end();
}

void Catalog::merge_view(WorkspaceNumber workspace, ListKind kind) {
  View& view = views_[workspace];
  Merged& merged = view.lists[at(kind)];
  merged.entries.clear();
  merged.by_name.clear();
  merged.generation = ++generation_;
  for (const ServerIndex server : registry_.order(workspace)) {
    for (const CatalogEntry& entry : list_of(server, kind)) {
      const auto [first, inserted] = merged.by_name.emplace(entry.exposed, &entry);
      if (!inserted) {
        log::warn(
            "'{}' of server '{}' is hidden, because server '{}' comes earlier in the configuration "
            "and has an item of the same name",
            entry.exposed, registry_[entry.server].name, registry_[first->second->server].name);
        continue;
      }
      merged.entries.push_back(&entry);
    }
  }
  if (kind != ListKind::Templates) return;
  view.templates.clear();
  for (const CatalogEntry* entry : merged.entries)
    view.templates.emplace_back(entry, UriTemplate(entry->name));
}

const CatalogEntry* Catalog::find(WorkspaceNumber workspace, ListKind kind,
                                  const std::string& exposed) const {
  const auto& names = list(workspace, kind).by_name;
  const auto found = names.find(exposed);
  return found == names.end() ? nullptr : found->second;
}

std::optional<ServerIndex> Catalog::owner_by_template(WorkspaceNumber workspace,
                                                      const std::string& uri, Which which) const {
  ServerIndex server = 0;
  size_t steps = kTemplateSteps;
  for (const auto& [entry, parsed] : views_[workspace].templates) {
    if (std::exchange(server, entry->server) != entry->server) steps = kTemplateSteps;
    if (steps == 0 || (which == Which::Odd && !is_odd_uri(entry->name))) continue;
    if (parsed.matches(uri, steps)) return entry->server;
    if (steps == 0)
      log::warn(
          "the resource templates of server '{}' take too long to compare with a URI, so some were "
          "skipped; a resource that the server lists is found without them",
          registry_[entry->server].name);
  }
  return std::nullopt;
}

std::optional<ServerIndex> Catalog::learnt_owner(WorkspaceNumber workspace,
                                                 const std::string& uri) const {
  const auto [begin, end] = learnt_.equal_range(uri);
  for (auto known = begin; known != end; ++known)
    if (has(workspace, known->second)) return known->second;
  return std::nullopt;
}

std::optional<ServerIndex> Catalog::owner_of_text(WorkspaceNumber workspace,
                                                  const std::string& uri) const {
  if (const CatalogEntry* listed = find(workspace, ListKind::Resources, uri)) return listed->server;
  if (const auto owner = owner_by_template(workspace, uri, Which::All)) return owner;
  return learnt_owner(workspace, uri);
}

std::optional<ServerIndex> Catalog::owner_of(WorkspaceNumber workspace,
                                             const std::string& uri) const {
  if (const auto owner = owner_of_text(workspace, uri)) return owner;
  for (const auto& [folded, cased] : uri_forms(uri).normal) {
    for (const std::string& form : {cased, folded})
      if (const auto owner = form == uri ? std::nullopt : owner_of_text(workspace, form))
        return owner;
  }
  return std::nullopt;
}

std::optional<ServerIndex> Catalog::giver_of(WorkspaceNumber workspace,
                                             const std::string& uri) const {
  if (const CatalogEntry* listed = find(workspace, ListKind::Resources, uri)) return listed->server;
  if (const auto known = learnt_owner(workspace, uri)) return known;
  return owner_by_template(workspace, uri, Which::Odd);
}

bool Catalog::lists_resource(ServerIndex server, const std::string& uri) const {
  for (WorkspaceNumber i = 0; i < views_.size(); ++i) {
    const CatalogEntry* listed = find(i, ListKind::Resources, uri);
    if (listed && listed->server == server) return true;
  }
  return false;
}

void Catalog::learn(ServerIndex server, std::string uri) {
  if (uri.size() > kLongestLearntUri || lists_resource(server, uri)) return;
  const auto same = [server](const auto& known) { return known.second == server; };
  const auto [begin, end] = learnt_.equal_range(uri);
  if (std::any_of(begin, end, same)) return;
  learnt_.emplace(uri, server);
  learnt_order_.emplace_back(std::move(uri), server);
  if (learnt_order_.size() <= kLearntUris) return;
  const auto [oldest, last] = learnt_.equal_range(learnt_order_.front().first);
  const ServerIndex of = learnt_order_.front().second;
  learnt_.erase(std::find_if(oldest, last, [of](const auto& known) { return known.second == of; }));
  learnt_order_.pop_front();
}

std::optional<std::string> Catalog::page(
    WorkspaceNumber workspace, ListKind kind, std::string_view cursor, const Dialect& reader,
    const std::function<bool(const CatalogEntry&)>& visible) const {
  const auto& all = merged(workspace, kind);
  const uint64_t generation = this->generation(workspace, kind);
  size_t index = 0;
  if (!cursor.empty()) {
    const auto start = index_of(cursor, generation, all.size());
    if (!start) return std::nullopt;
    index = *start;
  }
  const DefinitionFor text = definition_for(reader);
  JsonWriter out;
  out.begin_object();
  if (reader.era == Era::Modern) {
    // No client may cache the page, because any server may change the list at any time.
    out.key("resultType").string("complete").key("ttlMs").integer(0);
    out.key("cacheScope").string("private");
  }
  out.key(list_member(kind)).begin_array();
  size_t bytes = 0, items = 0;
  for (; index < all.size(); ++index) {
    const CatalogEntry& entry = *all[index];
    if (entry.shown != CatalogEntry::Shown::Yes || !visible(entry)) continue;
    if (entry.needs_tasks && text != DefinitionFor::Tasks) continue;
    const std::string& definition = entry.text_for(text);
    if (items > 0 && (items == kPageItems || bytes + definition.size() > kPageBytes)) break;
    out.raw(definition);
    bytes += definition.size();
    ++items;
  }
  out.end_array();
  if (index < all.size()) out.key("nextCursor").string(cursor_for(generation, index));
  out.end_object();
  return out.take();
}

}  // namespace callgate
