// Checks a line by RFC 8259's grammar, and makes the index of its values. The offsets at which the
// line's tokens start come from simdjson.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "callgate/wire/message.h"
#include "keys.h"

namespace callgate {

/// An object or array whose bracket is still open.
struct Open {
  uint32_t node;
  uint32_t members;
  bool is_object;
};

/// The buffers that one walk() fills. The Walker keeps these buffers for the next walk().
struct Scratch {
  std::vector<Node> nodes;
  std::vector<Open> open;
  KeyCounter keys;
};

struct Failure {
  const char* code = "wire.not_json";
  const char* what = nullptr;
  size_t at = 0;
};

/// Checks every byte of every token of one line, and fills `scratch`. simdjson's indexer guarantees
/// that `starts` has the offset of every bracket, colon, comma and opening quote, and of the first
/// byte of every other token.
class Grammar {
 public:
  Grammar(std::string_view text, const uint32_t* starts, size_t count, const WalkLimits& limits,
          Scratch& scratch)
      : text_(text),
        starts_(starts),
        count_(count),
        limits_(limits),
        nodes_(scratch.nodes),
        open_(scratch.open),
        keys_(scratch.keys),
        backslash_(next_backslash(0)) {
    nodes_.clear();
    open_.clear();
    keys_.set_folding(limits.text == TextOf::Peer);
  }

  bool run();
  const Failure& failure() const { return failure_; }
  uint32_t duplicates() const { return duplicates_; }
  uint32_t root_duplicates() const { return root_duplicates_; }
  std::array<uint32_t, 2> first_duplicate() const { return duplicate_; }

 private:
  enum class Want { Value, ElementOrEnd, Key, KeyOrEnd, CommaOrEnd };

  bool step(uint32_t at);
  bool value(uint32_t at);
  bool string(uint32_t at);
  bool number(uint32_t at);
  bool literal(uint32_t at, std::string_view word, NodeKind kind);
  bool begin(uint32_t at, NodeKind kind);
  bool comma_or_end(uint32_t at);
  bool end(uint32_t at);
  bool key(uint32_t at);
  bool scalar(uint32_t begin, size_t end, NodeKind kind, bool escaped);
  bool add(uint32_t begin, size_t end, NodeKind kind, bool escaped);
  bool string_token(uint32_t at, uint32_t& end, bool& escaped);
  size_t next_backslash(size_t from) const {
    return std::min(text_.find('\\', from), text_.size());
  }
  bool fail(size_t at, const char* what, const char* code = "wire.not_json") {
    failure_ = {code, what, at};
    return false;
  }

  const std::string_view text_;
  const uint32_t* const starts_;
  const size_t count_;
  const WalkLimits& limits_;
  std::vector<Node>& nodes_;
  std::vector<Open>& open_;
  KeyCounter& keys_;
  size_t next_ = 0;  // index of the next token
  // The offset of the first backslash after the last token that was read.
  size_t backslash_;
  // The begin and end of a member's key token. They are set when the key has been read and the
  // member's value comes next.
  uint32_t key_begin_ = 0, key_end_ = 0;
  bool key_escaped_ = false;
  uint32_t duplicates_ = 0, root_duplicates_ = 0;
  std::array<uint32_t, 2> duplicate_{};
  Want want_ = Want::Value;
  Failure failure_;
};

}  // namespace callgate
