// Finds members as a reader does that ignores the case of keys: see base/fold.h.
#pragma once

#include <string_view>

#include "callgate/wire/message.h"

namespace callgate {

struct FoundMember {
  Value value;
  bool exact = true;  ///< false: only a reader that folds keys finds it under that key
};
/// An Object's member with exactly that key, or else the first whose key is equal after folding.
FoundMember find_folded(Value object, std::string_view key);
/// Follows an RFC 6901 pointer and finds each step in that way.
FoundMember at_pointer_folded(Value from, std::string_view pointer);

/// True if two members of this object have keys that are equal after folding. Takes linear time but
/// allocates for each key, so it is meant for objects that are suspicious already.
bool repeats_key(Value object);
/// The same for any object at or below `root`.
bool repeats_key_within(Value root);

}  // namespace callgate
