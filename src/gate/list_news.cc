#include "list_news.h"

#include <algorithm>

#include "change_streams.h"
#include "child.h"
#include "session.h"

namespace callgate {

using namespace std::chrono_literals;

namespace {

constexpr Nanos kMoment = 200ms;  // how long changes are collected while servers start

size_t digest_of(const Session& session, ListKind kind, const Catalog& catalog) {
  size_t digest = 0;
  for (const CatalogEntry* entry : catalog.merged(kind)) {
    if (entry->shown != CatalogEntry::Shown::Yes || !session.shows(kind, *entry)) continue;
    for (const std::string* text : {&entry->exposed, &entry->definition})
      digest = digest * 31 + std::hash<std::string>()(*text);
  }
  return digest;
}

bool some_server_starts(const Core& core) {
  return std::any_of(core.children.begin(), core.children.end(),
                     [](const auto& server) { return server->starting(); });
}

}  // namespace

size_t ListNews::digest(const Session& session, ListKind kind) {
  Known& known = known_[{session.rights().profile(), kind}];
  // Both numbers are larger by 1 here, because 0 in `known` means that no digest was computed yet.
  const uint64_t generation = core_.catalog.generation(kind) + 1, rules = core_.rules + 1;
  if (known.generation != generation || known.rules != rules)
    known = {generation, rules, digest_of(session, kind, core_.catalog)};
  return known.digest;
}

void ListNews::changed(ListKind kind) {
  changed_[static_cast<size_t>(kind)] = true;
  if (due_ != Nanos{}) return;
  if (!some_server_starts(core_)) return notify();
  due_ = core_.now.monotonic + kMoment;
  core_.deadlines.add({.at = due_, .kind = Deadline::Kind::News});
}

void ListNews::all_changed() {
  changed_.fill(true);
  notify();
}

void ListNews::settled() {
  if (due_ != Nanos{} && !some_server_starts(core_)) notify();
}

void ListNews::notify() {
  if (due_ != Nanos{}) core_.deadlines.remove({.at = due_, .kind = Deadline::Kind::News});
  due_ = Nanos{};
  std::vector<ListKind> kinds;
  for (const ListKind kind : kListKinds)
    if (std::exchange(changed_[static_cast<size_t>(kind)], false)) kinds.push_back(kind);
  for (const auto& [number, session] : core_.sessions) session->notify_of_lists(kinds);
  core_.change_streams->notify_of_lists(kinds);
}

}  // namespace callgate
