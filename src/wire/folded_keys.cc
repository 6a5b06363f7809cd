#include "callgate/wire/folded_keys.h"

#include <string>
#include <unordered_set>

#include "callgate/base/fold.h"

namespace callgate {

FoundMember find_folded(Value object, std::string_view key) {
  if (const Value found = object.find(key)) return {found};
  if (!object.is_object()) return {};
  for (const Value member : object)
    if (member.node().key_escaped ? equal_folded(member.key(), key)
                                  : equal_folded(member.raw_key(), key))
      return {member, false};
  return {};
}

bool repeats_key(Value object) {
  if (!object.is_object()) return false;
  std::unordered_set<std::string> keys;
  for (const Value member : object)
    if (!keys.insert(folded(member.key())).second) return true;
  return false;
}

bool repeats_key_within(Value root) {
  if (!root) return false;
  for (uint32_t at = root.index(); at < root.node().next; ++at)
    if (repeats_key({root.message(), at})) return true;
  return false;
}

}  // namespace callgate
