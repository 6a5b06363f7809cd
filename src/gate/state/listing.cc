#include "listing.h"

#include <unordered_map>
#include <unordered_set>

#include "callgate/base/log.h"
#include "callgate/protocol/mend.h"
#include "callgate/protocol/names.h"
#include "callgate/touched/touch.h"
#include "callgate/wire/edits.h"
#include "callgate/wire/folded_keys.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

constexpr size_t kLongestOwnName = 1024;
// The depth allowed for a repaired item. It is larger than limits.depth, which the answer with the
// original item has already passed.
constexpr size_t kDeepest = size_t{1} << 14;

std::string_view key_member(ListKind kind) {
  switch (kind) {
    case ListKind::Tools:
    case ListKind::Prompts:
      return "name";
    case ListKind::Resources:
      return "uri";
    case ListKind::Templates:
      return "uriTemplate";
  }
  return "";
}

bool named(ListKind kind) { return kind == ListKind::Tools || kind == ListKind::Prompts; }

ItemKind item_kind(ListKind kind) {
  switch (kind) {
    case ListKind::Tools:
      return ItemKind::Tool;
    case ListKind::Prompts:
      return ItemKind::Prompt;
    case ListKind::Resources:
      return ItemKind::Resource;
    case ListKind::Templates:
      return ItemKind::Template;
  }
  return ItemKind::Tool;
}

// Returns why the item can't be identified by a name, or "" if it can.
std::string_view unnamed(Value item, Value key) {
  if (!item.is_object()) return "it is not an object";
  if (!key.is_string() || key.raw().size() <= 2) return "it has no name";
  // raw() is longer than the name, because JSON may write a byte as an escape of six characters.
  if (key.raw().size() > kLongestOwnName * 8) return "its name is too long";
  if (item.message().duplicates() > 0 &&
      (repeats_key(item) || repeats_key(item.find("annotations"))))
    return "some programs treat two of its keys as the same key";
  return "";
}

// Each hint has a default (MCP 2025-11-25 "ToolAnnotations"). A library that writes all hints with
// their defaults, as the Go library does, declares nothing about the tool.
std::optional<bool> read_only_hint(Value annotations) {
  const auto is = [&](std::string_view hint, bool fallback) {
    return annotations.find(hint).boolean().value_or(fallback) == fallback;
  };
  const std::optional<bool> read_only = annotations.find("readOnlyHint").boolean();
  const bool all_defaults =
      is("destructiveHint", true) && is("idempotentHint", false) && is("openWorldHint", true);
  if (read_only == false && all_defaults) return std::nullopt;
  return read_only;
}

void define(ListKind kind, Value item, Value key, bool tasks, CatalogEntry& entry) {
  Edits edits;
  if (named(kind) && entry.exposed != entry.name) edits.replace(key, quote(entry.exposed));
  if (kind != ListKind::Tools) {
    entry.definition = edits.apply(item);
    return;
  }
  entry.definition = definition_text(edits, item, DefinitionFor::Modern);
  const auto other = [&](DefinitionFor reader) {
    std::string text = definition_text(edits, item, reader);
    return text == entry.definition ? std::string() : text;
  };
  entry.for_tasks = other(tasks ? DefinitionFor::Tasks : DefinitionFor::Older);
  entry.for_older = other(DefinitionFor::Older);
  entry.read_only = read_only_hint(item.find("annotations"));
  entry.uris = uri_arguments(item.find("inputSchema"));
  entry.needs_tasks = item.find("execution").find("taskSupport").text_is("required");
}

CatalogEntry::Shown shown_for(ListKind kind, const CatalogEntry& entry, const ServerConfig& server,
                              const Policy& policy) {
  using Shown = CatalogEntry::Shown;
  if (kind == ListKind::Tools && hides_tool(server, entry.name)) return Shown::NoHidden;
  if (kind == ListKind::Templates) return Shown::Yes;
  const Facts facts{.subject = subject_of(kind),
                    .server = server.name,
                    .name = entry.name,
                    .account = server.account()};
  return policy.always_denies(facts) ? Shown::NoDenied : Shown::Yes;
}

// Returns the names that would mean two tools: tool_name() makes the same name of two or more of
// the server's own names.
std::unordered_set<std::string> shared_names(const std::vector<Value>& parts, bool bare) {
  // For each result of tool_name(): the first of the server's names that has this result.
  std::unordered_map<std::string, std::string> first;
  std::unordered_set<std::string> shared;
  for (const Value items : parts) {
    for (const Value item : items) {
      const std::string own = item.is_object() ? item.find("name").text() : "";
      if (own.empty() || own.size() > kLongestOwnName * 8) continue;
      std::string name = tool_name(own, bare);
      const auto [known, inserted] = first.emplace(std::move(name), own);
      if (!inserted && known->second != own) shared.insert(known->first);
    }
  }
  return shared;
}

class Lister {
 public:
  Lister(ListKind kind, const std::vector<Value>& parts, ServerIndex index,
         const ServerRegistry& registry, const Policy& policy, bool tasks)
      : kind_(kind),
        index_(index),
        server_(registry[index]),
        policy_(policy),
        tasks_(tasks),
        same_prefix_(registry.shares_prefix(index)),
        shared_names_(named(kind) ? shared_names(parts, bare())
                                  : std::unordered_set<std::string>()) {}

  void take(Value item) {
    Value key = item.find(key_member(kind_));
    if (const std::string_view why = unnamed(item, key); !why.empty())
      return hide(key.text(), std::string(why), {});
    MendedItem mended = mend_item(item_kind(kind_), item);
    if (!mended.fault.empty()) return hide(key.text(), mended.fault, std::move(mended.changes));
    MessagePtr message;
    if (!mended.text.empty()) {
      const size_t size = mended.text.size();
      Result<MessagePtr> walked =
          Walker({.bytes = size, .depth = kDeepest, .nodes = size}).walk(std::move(mended.text));
      if (!walked) return hide(key.text(), "it is nested too deeply", {});
      message = std::move(*walked);
      item = message->root();
      key = item.find(key_member(kind_));
      if (const std::string_view why = unnamed(item, key); !why.empty())
        return hide(key.text(), std::string(why), {});
    }
    if (!seen_.insert(key.text()).second)
      return note({.name = key.text(), .hidden = "an earlier item has the same name"});
    if (!mended.changes.empty()) note({.name = key.text(), .what = std::move(mended.changes)});
    add(item, key);
  }

  size_t size() const { return out_.entries.size(); }
  ListedItems result() { return std::move(out_); }

 private:
  bool bare() const { return server_.prefix == Prefix::Never; }

  std::string name_for(const std::string& own) const {
    const NameNeighbours others{
        .same_prefix = same_prefix_,
        .same_tool = !shared_names_.empty() && shared_names_.contains(tool_name(own, bare()))};
    return bare() ? bare_name(server_.name, own, others) : exposed_name(server_.name, own, others);
  }

  void add(Value item, Value key) {
    CatalogEntry entry{.server = index_, .name = key.text()};
    entry.exposed = entry.name;
    if (named(kind_)) entry.exposed = name_for(entry.name);
    define(kind_, item, key, tasks_, entry);
    entry.shown = shown_for(kind_, entry, server_, policy_);
    out_.entries.push_back(std::move(entry));
  }

  void hide(std::string name, std::string why, std::vector<std::string> changes) {
    if (out_.faults.size() < kMostFaults)
      log::warn("server '{}': an item of {} is left out: {}", server_.name, list_method(kind_),
                why);
    note({.name = std::move(name), .hidden = std::move(why), .what = std::move(changes)});
  }

  void note(ItemFault fault) {
    if (out_.faults.size() < kMostFaults) out_.faults.push_back(std::move(fault));
  }

  ListKind kind_;
  ServerIndex index_;
  const ServerConfig& server_;
  const Policy& policy_;
  bool tasks_, same_prefix_;
  std::unordered_set<std::string> shared_names_;  // see shared_names()
  std::unordered_set<std::string> seen_;
  ListedItems out_;
};

}  // namespace

ListedItems entries_of(ListKind kind, const std::vector<Value>& parts, ServerIndex index,
                       const ServerRegistry& registry, const Policy& policy, bool tasks,
                       size_t limit) {
  Lister lister(kind, parts, index, registry, policy, tasks);
  for (const Value items : parts) {
    for (const Value item : items) {
      lister.take(item);
      if (lister.size() < limit) continue;
      log::warn("server '{}': {} is cut at {} items (limits.tools)", registry[index].name,
                list_method(kind), limit);
      return lister.result();
    }
  }
  return lister.result();
}

}  // namespace callgate
