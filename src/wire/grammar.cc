#include "grammar.h"

#include "callgate/base/ascii.h"
#include "text.h"

namespace callgate {

namespace {

bool ends_scalar(char c) { return is_blank(c) || c == ',' || c == ']' || c == '}'; }

}  // namespace

bool Grammar::run() {
  while (next_ < count_) {
    if (!step(starts_[next_++])) return false;
    if (!open_.empty()) continue;
    if (next_ == count_) return true;
    return fail(starts_[next_], "there is text after the value");
  }
  return fail(text_.size(),
              open_.empty() ? "there is nothing but white space" : "the text ends too early");
}

bool Grammar::step(uint32_t at) {
  const char c = text_[at];
  switch (want_) {
    case Want::Value:
      return value(at);
    case Want::ElementOrEnd:
      return c == ']' ? end(at) : value(at);
    case Want::Key:
      return key(at);
    case Want::KeyOrEnd:
      return c == '}' ? end(at) : key(at);
    case Want::CommaOrEnd:
      return comma_or_end(at);
  }
  return false;
}

bool Grammar::value(uint32_t at) {
  switch (text_[at]) {
    case '"':
      return string(at);
    case '{':
      return begin(at, NodeKind::Object);
    case '[':
      return begin(at, NodeKind::Array);
    case 't':
      return literal(at, "true", NodeKind::True);
    case 'f':
      return literal(at, "false", NodeKind::False);
    case 'n':
      return literal(at, "null", NodeKind::Null);
    default:
      return number(at);
  }
}

bool Grammar::string(uint32_t at) {
  uint32_t end = 0;
  bool escaped = false;
  if (!string_token(at, end, escaped)) return false;
  return scalar(at, end, NodeKind::String, escaped);
}

bool Grammar::number(uint32_t at) {
  const size_t end = number_end(text_, at);
  if (end == at) return fail(at, "there is no value");
  if (end < text_.size() && !ends_scalar(text_[end])) return fail(end, "a number is malformed");
  return scalar(at, end, NodeKind::Number, false);
}

bool Grammar::literal(uint32_t at, std::string_view word, NodeKind kind) {
  const size_t end = at + word.size();
  if (text_.substr(at, word.size()) != word || (end < text_.size() && !ends_scalar(text_[end]))) {
    return fail(at, "a word is neither true, false nor null");
  }
  return scalar(at, end, kind, false);
}

bool Grammar::begin(uint32_t at, NodeKind kind) {
  if (open_.size() >= limits_.depth)
    return fail(at, "brackets are nested too deep", "wire.too_deep");
  const auto node = static_cast<uint32_t>(nodes_.size());
  if (!add(at, at, kind, false)) return false;
  const bool is_object = kind == NodeKind::Object;
  open_.push_back({node, 0, is_object});
  want_ = is_object ? Want::KeyOrEnd : Want::ElementOrEnd;
  return true;
}

bool Grammar::comma_or_end(uint32_t at) {
  const bool is_object = open_.back().is_object;
  const char c = text_[at];
  if (c == ',') {
    want_ = is_object ? Want::Key : Want::Value;
    return true;
  }
  if (c == (is_object ? '}' : ']')) return end(at);
  return fail(at, is_object ? "a comma or } is missing" : "a comma or ] is missing");
}

bool Grammar::end(uint32_t at) {
  const Open closed = open_.back();
  open_.pop_back();
  if (closed.is_object) {
    const uint32_t repeated = keys_.repeated(text_, nodes_, closed.node, closed.members);
    if (repeated > 0 && duplicates_ == 0) duplicate_ = keys_.first_pair(nodes_, closed.node);
    duplicates_ += repeated;
    if (closed.node == 0) root_duplicates_ = repeated;
  }
  Node& node = nodes_[closed.node];
  node.end = at + 1;
  node.next = static_cast<uint32_t>(nodes_.size());
  want_ = Want::CommaOrEnd;
  return true;
}

bool Grammar::key(uint32_t at) {
  if (text_[at] != '"') return fail(at, "a key is missing");
  if (!string_token(at, key_end_, key_escaped_)) return false;
  key_begin_ = at;
  if (next_ == count_ || text_[starts_[next_]] != ':') return fail(key_end_, "a colon is missing");
  ++next_;
  ++open_.back().members;
  want_ = Want::Value;
  return true;
}

bool Grammar::scalar(uint32_t begin, size_t end, NodeKind kind, bool escaped) {
  want_ = Want::CommaOrEnd;
  return add(begin, end, kind, escaped);
}

bool Grammar::add(uint32_t begin, size_t end, NodeKind kind, bool escaped) {
  if (nodes_.size() >= limits_.nodes)
    return fail(begin, "there are too many values", "wire.too_many_nodes");
  nodes_.push_back({begin, static_cast<uint32_t>(end), key_begin_, key_end_,
                    static_cast<uint32_t>(nodes_.size() + 1), kind, escaped, key_escaped_});
  key_begin_ = key_end_ = 0;
  key_escaped_ = false;
  return true;
}

/// The string's closing quote is the last byte before the next token that is not white space,
/// because every other byte would start a token.
bool Grammar::string_token(uint32_t at, uint32_t& end, bool& escaped) {
  size_t close = next_ < count_ ? starts_[next_] : text_.size();
  while (is_blank(text_[close - 1])) --close;
  --close;
  if (close <= at || text_[close] != '"') return fail(at, "a string is not closed");
  end = static_cast<uint32_t>(close + 1);
  escaped = backslash_ < close;
  if (!escaped) return true;
  const std::string_view inside = text_.substr(at + 1, close - at - 1);
  const size_t bad = bad_escape(inside, backslash_ - at - 1);
  if (bad != std::string_view::npos) return fail(at + 1 + bad, "a string has an unknown escape");
  backslash_ = next_backslash(end);
  return true;
}

}  // namespace callgate
