#include "list_digests.h"

#include <functional>

#include "gate/session/session.h"

namespace callgate {

namespace {

size_t digest_of(const Session& session, ListKind kind, const Catalog& catalog) {
  size_t digest = 0;
  for (const CatalogEntry* entry : catalog.merged(session.workspace(), kind)) {
    if (entry->shown != CatalogEntry::Shown::Yes || !session.shows(kind, *entry)) continue;
    for (const std::string* text : {&entry->exposed, &entry->definition})
      digest = digest * 31 + std::hash<std::string>()(*text);
  }
  return digest;
}

}  // namespace

size_t ListDigests::digest(const Session& session, ListKind kind) {
  Known& known = known_[{session.rights().profile(), session.workspace(), kind}];
  // Both numbers are larger by 1 here, because 0 in `known` means that no digest was computed yet.
  const uint64_t generation = gate_.catalog.generation(session.workspace(), kind) + 1,
                 rules = gate_.rules + 1;
  if (known.generation != generation || known.rules != rules)
    known = {generation, rules, digest_of(session, kind, gate_.catalog)};
  return known.digest;
}

}  // namespace callgate
