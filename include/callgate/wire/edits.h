// Changes to a message as a list of edits on its original bytes: every byte not named stays as it came.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "callgate/wire/message.h"

namespace callgate {

/// Edits of one message. They may be given in any order, must not overlap, and refer to values below `root`.
class Edits {
 public:
  /// The value's token becomes `raw` (JSON text).
  void replace(Value value, std::string raw);
  /// The member goes, with one comma. Dropping several members of one object is fine, all of them too.
  void drop(Value member);
  /// A new last member. `raw` is JSON text; the key must not stand there yet unless dropped.
  void add(Value object, std::string_view key, std::string raw);
  bool empty() const { return edits_.empty(); }
  /// The text of `root` with the edits applied. Capacity for one more byte is reserved.
  std::string apply(Value root) const;

 private:
  struct Edit {
    uint32_t begin, end;
    std::string text;
    uint32_t member = 0, object = 0;  // for drops and adds: the nodes concerned
    enum class Op { Replace, Drop, Add } op;
  };
  std::vector<Edit> edits_;
};

}  // namespace callgate
