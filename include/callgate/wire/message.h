// A JSON text, held as its bytes and a flat index of its values, and the Walker that makes this
// index. All code that decides on a message, forwards it or records it reads this index, so no
// message is parsed twice.
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
  /// The offsets of the token, with its quotes, brackets or braces but without white space around
  /// it.
  uint32_t begin, end;
  /// The offsets of the member's key token, with its quotes. `key_begin` equals `key_end` if the
  /// value is not a member of an object.
  uint32_t key_begin, key_end;
  uint32_t next;  ///< the index of the first node after this value and everything inside it
  NodeKind kind;
  bool escaped;  ///< true for a String whose token has a backslash
  bool key_escaped;
};

class Message;

/// A reference to one value of a message: two machine words, cheap to copy. Valid as long as the
/// message exists and is not moved. A default Value is "absent": its functions return false, empty
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
  /// A String's characters, with escapes decoded (a lone surrogate becomes U+FFFD); empty for any
  /// other kind.
  std::string text() const;
  std::string key() const;
  /// True if text() would equal `s`. Allocates memory only if the token has an escape.
  bool text_is(std::string_view s) const;
  bool key_is(std::string_view s) const {
    if (message_ == nullptr || node().key_begin == node().key_end) return false;
    return node().key_escaped ? escaped_key_is(s) : raw_key() == s;
  }
  /// Returns a Number's value if it is an integer in the range of int64_t; else nullopt. 7, -0, 7.0
  /// and 70e-1 are such integers; 7.5 and 1e19 are not.
  std::optional<int64_t> integer() const;
  /// Returns the double nearest to a Number; nullopt if the Number is too large for a double
  /// (1e999).
  std::optional<double> number() const;
  std::optional<bool> boolean() const;

  /// Returns the first member of an Object whose key, with escapes decoded, equals `key`; absent if
  /// no member has this key.
  Value find(std::string_view key) const;
  /// Follows an RFC 6901 pointer from this value: "" is the value itself, "/a/0/b" a value inside
  /// it.
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
  // For a scalar, begin() equals end(), because `next` of its node is the index of the following
  // node.
  Iterator begin() const { return {message_, message_ == nullptr ? 0 : index_ + 1}; }
  Iterator end() const { return {message_, message_ == nullptr ? 0 : node().next}; }

 private:
  bool escaped_key_is(std::string_view s) const;

  const Message* message_ = nullptr;
  uint32_t index_ = 0;
};

/// A parsed message with its bytes. Immutable, so several threads may read it.
class Message {
 public:
  std::string_view bytes() const { return bytes_; }
  const std::vector<Node>& nodes() const { return nodes_; }
  Value root() const { return {*this, 0}; }
  /// Counts the members, anywhere in the message, whose key (with escapes decoded) appeared earlier
  /// in the same object. In a peer's message, keys that are equal after folding (base/fold.h) count
  /// as the same key.
  uint32_t duplicates() const { return duplicates_; }
  /// Like duplicates(), but only for the members of the root object.
  uint32_t root_duplicates() const { return root_duplicates_; }
  /// The first two members of one object that were found to have the same key; absent if there are
  /// no duplicates.
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

/// The pointer is shared, because the store's thread may still write a call to the record after the
/// gate has finished the call.
using MessagePtr = std::shared_ptr<const Message>;

/// The source of the text that a Walker parses: a file or a text of our own, or a message of a peer
/// (a client or a server). The gate forwards a peer's message to other peers, whose JSON readers
/// differ from ours and from each other. So for Peer, the Walker changes the parts of the text that
/// some readers would read differently. The values stay the same:
/// - A line break outside strings becomes a space, because some programs that read lines treat \r,
///   too, as the end of a message.
/// - U+2028, U+2029 and U+0085 inside strings become escapes, because some programs also end a line
///   at these characters (Node.js's readline, Python's splitlines).
/// - Keys that are equal after folding (base/fold.h) count as duplicates.
/// For File, the text stays unchanged, and keys are compared byte for byte.
enum class TextOf : uint8_t { File, Peer };

struct WalkLimits {
  size_t bytes = size_t{16} << 20;
  size_t depth = 256;  ///< the most brackets that may be open at the same time
  size_t nodes = 1'000'000;
  TextOf text = TextOf::File;
};

/// Parses messages. Checks that a line is one JSON text by RFC 8259 (every scalar, every escape,
/// UTF-8, nothing after the value) and makes its index. Lone surrogates (\ud800) and numbers of any
/// size are valid and stay unchanged. A Walker keeps buffers between calls, so each thread needs
/// its own Walker. Takes linear time, even if an object has many keys.
class Walker {
 public:
  explicit Walker(WalkLimits limits = {});
  ~Walker();
  /// Parses a line and moves it into the message. The line is copied only if it is a peer's line
  /// that needs the changes of strings described at TextOf. Errors: "wire.not_json",
  /// "wire.not_utf8", "wire.too_deep", "wire.too_many_nodes", "wire.too_long". The error's message
  /// has the offset.
  Result<MessagePtr> walk(std::string line);
  /// The offset of the error in the last line that walk() refused, in bytes.
  size_t error_offset() const;
  /// Returns the last line that walk() refused, so that the caller can pass this line to
  /// salvage_id(). The line is returned only once, because the walker keeps no copy.
  std::string take_refused();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Returns the token of the top-level "id" of a line that walk() refused or that was too long. The
/// id is returned only if it is certain: a valid string or integer that appears once. Use the id
/// only for an error answer.
std::optional<std::string> salvage_id(std::string_view line);

}  // namespace callgate
