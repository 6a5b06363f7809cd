// A JSON text as its bytes and a flat index of its nodes, and the one walk that makes the index.
// All code that decides on, forwards or records a message reads this index, so no message is parsed
// twice.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "callgate/base/check.h"
#include "callgate/base/result.h"

namespace callgate {

enum class NodeKind : uint8_t { Object, Array, String, Number, True, False, Null };

/// One value, in document order. Offsets are bytes from the start of the message.
struct Node {
  /// The token with its quotes, brackets or braces, without white space around it.
  uint32_t begin, end;
  /// The member's key token with its quotes; both are equal if there is no key.
  uint32_t key_begin, key_end;
  uint32_t next;  ///< index of the first node after this one's subtree
  NodeKind kind;
  bool escaped;  ///< a String whose token has a backslash
  bool key_escaped;
};

class Message;

/// One node of a message: two machine words that are copied freely. Valid as long as the message
/// is, which must not move. A default Value is "absent": every question to it returns false, empty
/// or absent.
class Value {
 public:
  Value() = default;
  Value(const Message& message, uint32_t index) : message_(&message), index_(index) {}

  explicit operator bool() const { return message_ != nullptr; }
  const Message& message() const { return *message_; }
  uint32_t index() const { return index_; }
  inline const Node& node() const;

  bool is(NodeKind kind) const { return message_ != nullptr && node().kind == kind; }
  bool is_object() const { return is(NodeKind::Object); }
  bool is_array() const { return is(NodeKind::Array); }
  bool is_string() const { return is(NodeKind::String); }
  bool is_number() const { return is(NodeKind::Number); }

  /// The token's bytes as they were received.
  inline std::string_view raw() const;
  /// The bytes between the quotes of the member's key, with escapes as they were received.
  inline std::string_view raw_key() const;
  /// A String's characters, unescaped (a lone surrogate becomes U+FFFD); empty for any other kind.
  std::string text() const;
  std::string key() const;
  /// True if the unescaped characters equal `s`. Allocates only if something is escaped.
  bool text_is(std::string_view s) const;
  bool key_is(std::string_view s) const {
    if (message_ == nullptr || node().key_begin == node().key_end) return false;
    return node().key_escaped ? escaped_key_is(s) : raw_key() == s;
  }
  /// A Number's value if it is whole and fits: 7, -0, 7.0 and 70e-1 do, 7.5 and 1e19 do not.
  std::optional<int64_t> integer() const;
  /// The nearest double; empty for a Number beyond every double (1e999).
  std::optional<double> number() const;
  std::optional<bool> boolean() const;

  /// An Object's member with that unescaped key, the first if the key is repeated; absent if there
  /// is none.
  Value find(std::string_view key) const;
  /// Follows an RFC 6901 pointer from this value: "" is the value itself, "/a/0/b" goes down.
  Value at_pointer(std::string_view pointer) const;

  /// `for (Value child : value)` visits an Object's members or an Array's elements in order.
  class Iterator {
   public:
    Iterator(const Message* m, uint32_t at) : message_(m), at_(at) {}
    Value operator*() const { return {*message_, at_}; }
    inline Iterator& operator++();
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    const Message* message_;
    uint32_t at_;
  };
  // For a scalar begin() equals end(), since its subtree is only itself.
  Iterator begin() const { return {message_, message_ == nullptr ? 0 : index_ + 1}; }
  Iterator end() const { return {message_, message_ == nullptr ? 0 : node().next}; }

 private:
  bool escaped_key_is(std::string_view s) const;

  const Message* message_ = nullptr;
  uint32_t index_ = 0;
};

/// Owns its line. Immutable once walked, so several threads may read it.
class Message {
 public:
  std::string_view bytes() const { return bytes_; }
  const std::vector<Node>& nodes() const { return nodes_; }
  Value root() const { return {*this, 0}; }
  /// The number of members, anywhere in the message, whose unescaped key appeared earlier in the
  /// same object. For a peer's message also members whose key equals an earlier one after folding:
  /// equal_folded() of base/fold.h.
  uint32_t duplicates() const { return duplicates_; }
  /// The same, among the members of the root object only.
  uint32_t root_duplicates() const { return root_duplicates_; }
  /// The first two members found with the same key; absent if there are no duplicates.
  std::pair<Value, Value> first_duplicate() const {
    if (duplicates_ == 0) return {};
    return {{*this, duplicate_[0]}, {*this, duplicate_[1]}};
  }

 private:
  friend class Walker;
  std::string bytes_;
  std::vector<Node> nodes_;
  uint32_t duplicates_ = 0, root_duplicates_ = 0;
  std::array<uint32_t, 2> duplicate_{};
};

inline const Node& Value::node() const {
  ENSURE(message_ != nullptr);
  return message_->nodes()[index_];
}

inline std::string_view Value::raw() const {
  if (message_ == nullptr) return {};
  const Node& at = node();
  return message_->bytes().substr(at.begin, at.end - at.begin);
}

inline std::string_view Value::raw_key() const {
  if (message_ == nullptr) return {};
  const Node& at = node();
  if (at.key_begin == at.key_end) return {};
  return message_->bytes().substr(at.key_begin + 1, at.key_end - at.key_begin - 2);
}

inline Value::Iterator& Value::Iterator::operator++() {
  at_ = message_->nodes()[at_].next;
  return *this;
}

/// Shared, because the store's thread may still write a call's record after the call is over.
using MessagePtr = std::shared_ptr<const Message>;

/// A message of a peer is forwarded to other peers, whose readers differ from ours and from each
/// other. Therefore the walk removes what some of them would read differently:
/// - A line break outside strings becomes a space: a reader of text lines treats \r, too, as the
///   end of a message.
/// - U+2028, U+2029 and U+0085 inside strings become escapes, because such readers cut lines there
///   as well (Node.js's readline, Python's splitlines).
/// - Keys that are equal after folding count as duplicates.
/// A file is indexed byte for byte, and its keys are compared byte for byte.
enum class TextOf : uint8_t { File, Peer };

struct WalkLimits {
  size_t bytes = size_t{16} << 20;
  size_t depth = 256;  ///< brackets that are open at the same time
  size_t nodes = 1'000'000;
  TextOf text = TextOf::File;
};

/// The one walk. Checks that a line is one JSON text by RFC 8259 (every scalar, every escape,
/// UTF-8, nothing after the value) and indexes it. Lone surrogates (\ud800) and numbers of any size
/// are legal and kept. Keeps buffers between walks, so each thread needs its own. Takes linear
/// time, also for many keys in one object.
class Walker {
 public:
  explicit Walker(WalkLimits limits = {});
  ~Walker();
  /// The line is moved into the message, never copied, except where a peer's line needs the changes
  /// that TextOf describes. Errors: "wire.not_json", "wire.not_utf8", "wire.too_deep",
  /// "wire.too_many_nodes", "wire.too_long". The error's message names the offset.
  Result<MessagePtr> walk(std::string line);
  /// Where the last refused line is wrong, in bytes from its start.
  size_t error_offset() const;
  /// The last refused line, so that an id can be salvaged from it. Returns it once: the walker
  /// keeps no copy.
  std::string take_refused();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Returns the bytes of the top-level "id" of a line that failed the walk or was too long, if it
/// can be read with certainty: a valid string or integer token that appears once. This is best
/// effort, and good only for an error answer.
std::optional<std::string> salvage_id(std::string_view line);

}  // namespace callgate
