// Changes a message by a list of edits on its original bytes. Every byte that no edit names stays
// as it was received.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "callgate/wire/message.h"

namespace callgate {

/// Collects edits of one message. The message must outlive this object. Edits may be added in any
/// order but must not overlap: after drop() of a member, no value inside this member may be edited.
/// All edited values must be inside the `root` that apply() gets; apply() checks this with ENSURE.
class Edits {
 public:
  /// Replaces the value by `raw` (JSON text).
  void replace(Value value, std::string raw);
  /// Removes the member, with one comma and the white space next to it. Several members of one
  /// object may be dropped, even all of them.
  void drop(Value member);
  /// Adds a member after the object's last member. `raw` is the new member's value as JSON text.
  /// The object must not already have a member with this key, unless drop() removes that member.
  void add(Value object, std::string_view key, std::string raw);
  /// Adds an element after the array's last element. `raw` is JSON text.
  void append(Value array, std::string raw);
  bool empty() const { return edits_.empty(); }
  /// Returns the text of `root` with the edits applied. The string has capacity for one more byte,
  /// so that the caller can add a line end without a copy.
  std::string apply(Value root) const;

 private:
  enum class Op { Replace, Drop, Add };
  struct Edit {
    Op op;
    // The value to replace, the member to drop, or the container that gets a child.
    uint32_t node;
    std::string key;   // key of an added member, unescaped
    std::string text;  // the new value or element; for an added member its key, colon and value
  };
  class Copier;
  void keep(Op op, Value at, std::string key, std::string text);

  const Message* message_ = nullptr;  // every edit refers to this message
  std::vector<Edit> edits_;
};

}  // namespace callgate
