// Members as a reader finds them that ignores the case of keys: see base/fold.h.
#pragma once

#include <string_view>

#include "callgate/wire/message.h"

namespace callgate {

struct FoundMember {
  Value value;
  bool exact = true;  ///< found under that very key; false: only a reader that folds keys finds it
};
/// An Object's member of that key, or else the first whose key is equal after folding.
FoundMember find_folded(Value object, std::string_view key);
/// The same for each step of an RFC 6901 pointer.
FoundMember at_pointer_folded(Value from, std::string_view pointer);

/// Two members of this object have keys that are equal after folding. Linear; for what is odd
/// already.
bool repeats_key(Value object);
/// The same of any object at or below `root`.
bool repeats_key_within(Value root);

}  // namespace callgate
