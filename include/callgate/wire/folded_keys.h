// Finds members of objects like a reader that folds keys, for example one that ignores the case of
// keys. base/fold.h defines folding.
#pragma once

#include <string_view>

#include "callgate/wire/message.h"

namespace callgate {

struct FoundMember {
  Value value;
  bool exact = true;  ///< false if the keys are equal only after folding
};
/// Returns an Object's member with exactly that key. If there is none, returns the first member
/// whose key is equal after folding.
FoundMember find_folded(Value object, std::string_view key);
/// Follows an RFC 6901 pointer, and finds the member of each step like find_folded().
FoundMember at_pointer_folded(Value from, std::string_view pointer);

/// True if two members of this object have keys that are equal after folding. Takes linear time but
/// allocates memory for each key, so call it only for objects that a faster check found suspicious.
bool repeats_key(Value object);
/// True if repeats_key() is true for `root` or for any object inside it.
bool repeats_key_within(Value root);

}  // namespace callgate
