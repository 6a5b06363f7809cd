#include "listing.h"

#include <unordered_set>

#include "callgate/base/log.h"
#include "callgate/guard/touch.h"
#include "callgate/protocol/names.h"
#include "callgate/wire/edits.h"
#include "callgate/wire/folded_keys.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

constexpr size_t kLongestOwnName = 1024;

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

// Why a client can't use this item; empty if it can. One bad tool makes some clients refuse the
// whole list.
std::string_view fault(ListKind kind, Value item, Value key) {
  if (!item.is_object()) return "it is no object";
  if (!key.is_string() || key.raw().size() <= 2) return "it has no name";
  if (key.raw().size() > kLongestOwnName * 8) return "its name is too long";
  if (item.message().duplicates() > 0 &&
      (repeats_key(item) || repeats_key(item.find("annotations"))))
    return "two of its keys are one key for some programs";
  if (kind != ListKind::Tools) return "";
  if (!item.find("inputSchema").is_object()) return "its inputSchema is no object";
  return "";
}

// MCP 2025-11-25 "ToolAnnotations": each hint has a default. A library that writes all of them at
// their defaults (as that of Go does) has said nothing about the tool.
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
  if (tasks) entry.for_tasks = other(DefinitionFor::Tasks);
  entry.for_older = other(DefinitionFor::Older);
  entry.read_only = read_only_hint(item.find("annotations"));
  entry.uris = uri_arguments(item.find("inputSchema"));
  entry.needs_tasks = item.find("execution").find("taskSupport").text_is("required");
}

CatalogEntry::Shown shown_for(ListKind kind, const CatalogEntry& entry, const ServerConfig& server,
                              const Policy& policy) {
  using Shown = CatalogEntry::Shown;
  if (kind == ListKind::Tools) {
    for (const std::string& pattern : server.hide) {
      if (glob_matches(pattern, entry.name)) return Shown::NoHidden;
    }
  }
  if (kind == ListKind::Templates) return Shown::Yes;
  const Facts facts{.subject = subject_of(kind), .server = server.name, .name = entry.name};
  return policy.always_denies(facts) ? Shown::NoDenied : Shown::Yes;
}

}  // namespace

std::vector<CatalogEntry> entries_of(ListKind kind, const std::vector<Value>& parts,
                                     ServerIndex index, const ServerConfig& server,
                                     const Policy& policy, bool tasks, size_t limit) {
  std::vector<CatalogEntry> entries;
  std::unordered_set<std::string> seen;
  for (const Value items : parts) {
    for (const Value item : items) {
      const Value key = item.find(key_member(kind));
      if (const std::string_view why = fault(kind, item, key); !why.empty()) {
        log::warn("server '{}': an item of {} is left out: {}", server.name, list_method(kind),
                  why);
        continue;
      }
      CatalogEntry entry{.server = index, .name = key.text()};
      if (!seen.insert(entry.name).second) continue;
      entry.exposed = entry.name;
      if (named(kind))
        entry.exposed = server.prefix == Prefix::Always ? exposed_name(server.name, entry.name)
                                                        : bare_name(server.name, entry.name);
      define(kind, item, key, tasks, entry);
      entry.shown = shown_for(kind, entry, server, policy);
      entries.push_back(std::move(entry));
      if (entries.size() == limit) {
        log::warn("server '{}': {} is cut at {} items (limits.tools)", server.name,
                  list_method(kind), limit);
        return entries;
      }
    }
  }
  return entries;
}

}  // namespace callgate
