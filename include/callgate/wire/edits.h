// Changes to a message as a list of edits on its original bytes: every byte not named stays as it
// came.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "callgate/wire/message.h"

namespace callgate {

/// Edits of one message, which must outlive them. They may be given in any order, must not overlap
/// (dropping a member and editing inside it does), and refer to values at or below the `root` that
/// apply() gets: CHECKed there.
class Edits {
 public:
  /// The value's token becomes `raw` (JSON text).
  void replace(Value value, std::string raw);
  /// The member goes, with one comma and the white space beside it. Dropping several members of one
  /// object is fine, all of them too.
  void drop(Value member);
  /// A new last member. `raw` is JSON text; the key must not stand there yet unless dropped.
  void add(Value object, std::string_view key, std::string raw);
  /// A new last element. `raw` is JSON text.
  void append(Value array, std::string raw);
  bool empty() const { return edits_.empty(); }
  /// The text of `root` with the edits applied. Capacity for one more byte is reserved.
  std::string apply(Value root) const;

 private:
  enum class Op { Replace, Drop, Add };
  struct Edit {
    Op op;
    uint32_t node;     // the value replaced, the member dropped or the container added to
    std::string key;   // of an added member, as text
    std::string text;  // what comes in: a value or element, or for an added member all of it
  };
  class Copier;
  void keep(Op op, Value at, std::string key, std::string text);

  const Message* message_ = nullptr;  // all edits are of this one
  std::vector<Edit> edits_;
};

}  // namespace callgate
