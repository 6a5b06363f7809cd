// The one walk. simdjson's first stage validates UTF-8, refuses control characters inside strings and finds where every
// token starts; the grammar above that, and every byte of every token, is checked here. Neither of simdjson's own readers will
// do: On-Demand accepts `tru`, `01`, `\q` and trailing text in what it skips, the DOM refuses legal numbers and surrogates.
#include <fmt/core.h>
#include <simdjson.h>

#include <algorithm>
#include <bit>

#include "callgate/wire/message.h"
#include "keys.h"
#include "text.h"

namespace callgate {

namespace {

using Indexer = simdjson::internal::dom_parser_implementation;

// Buffers for lines up to here stay between walks: 4 bytes of token starts for each byte of the line.
constexpr size_t kKeepBytes = size_t{1} << 20;
constexpr size_t kKeepNodes = size_t{1} << 16;
constexpr size_t kLeastCapacity = 4096;

/// An object or array whose bracket is still open.
struct Open {
  uint32_t node;
  uint32_t members;
  bool is_object;
};

/// What a walk fills and the walker keeps for the next one.
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

bool ends_scalar(char c) { return is_blank(c) || c == ',' || c == ']' || c == '}'; }

/// The grammar over one line's token starts.
class Pass {
 public:
  Pass(std::string_view text, const uint32_t* starts, size_t count, const WalkLimits& limits, Scratch& scratch)
      : text_(text), starts_(starts), count_(count), limits_(limits), nodes_(scratch.nodes), open_(scratch.open),
        keys_(scratch.keys), backslash_(next_backslash(0)) {
    nodes_.clear();
    open_.clear();
  }

  bool run();
  const Failure& failure() const { return failure_; }
  uint32_t duplicates() const { return duplicates_; }
  uint32_t root_duplicates() const { return root_duplicates_; }

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
  size_t next_backslash(size_t from) const { return std::min(text_.find('\\', from), text_.size()); }
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
  size_t next_ = 0;       // the next token's index
  size_t backslash_;      // the first one not yet behind us
  uint32_t key_begin_ = 0, key_end_ = 0;  // of the member whose value comes next
  bool key_escaped_ = false;
  uint32_t duplicates_ = 0, root_duplicates_ = 0;
  Want want_ = Want::Value;
  Failure failure_;
};

bool Pass::run() {
  while (next_ < count_) {
    if (!step(starts_[next_++])) return false;
    if (!open_.empty()) continue;
    if (next_ == count_) return true;
    return fail(starts_[next_], "there is something behind the value");
  }
  return fail(text_.size(), open_.empty() ? "there is nothing but white space" : "the text ends too early");
}

bool Pass::step(uint32_t at) {
  const char c = text_[at];
  switch (want_) {
    case Want::Value: return value(at);
    case Want::ElementOrEnd: return c == ']' ? end(at) : value(at);
    case Want::Key: return key(at);
    case Want::KeyOrEnd: return c == '}' ? end(at) : key(at);
    case Want::CommaOrEnd: return comma_or_end(at);
  }
  return false;
}

bool Pass::value(uint32_t at) {
  switch (text_[at]) {
    case '"': return string(at);
    case '{': return begin(at, NodeKind::Object);
    case '[': return begin(at, NodeKind::Array);
    case 't': return literal(at, "true", NodeKind::True);
    case 'f': return literal(at, "false", NodeKind::False);
    case 'n': return literal(at, "null", NodeKind::Null);
    default: return number(at);
  }
}

bool Pass::string(uint32_t at) {
  uint32_t end = 0;
  bool escaped = false;
  if (!string_token(at, end, escaped)) return false;
  return scalar(at, end, NodeKind::String, escaped);
}

bool Pass::number(uint32_t at) {
  const size_t end = number_end(text_, at);
  if (end == at) return fail(at, "there is no value");
  if (end < text_.size() && !ends_scalar(text_[end])) return fail(end, "a number is malformed");
  return scalar(at, end, NodeKind::Number, false);
}

bool Pass::literal(uint32_t at, std::string_view word, NodeKind kind) {
  const size_t end = at + word.size();
  if (text_.substr(at, word.size()) != word || (end < text_.size() && !ends_scalar(text_[end]))) {
    return fail(at, "a word is neither true, false nor null");
  }
  return scalar(at, end, kind, false);
}

bool Pass::begin(uint32_t at, NodeKind kind) {
  if (open_.size() >= limits_.depth) return fail(at, "brackets are nested too deep", "wire.too_deep");
  const auto node = static_cast<uint32_t>(nodes_.size());
  if (!add(at, at, kind, false)) return false;
  const bool is_object = kind == NodeKind::Object;
  open_.push_back({node, 0, is_object});
  want_ = is_object ? Want::KeyOrEnd : Want::ElementOrEnd;
  return true;
}

bool Pass::comma_or_end(uint32_t at) {
  const bool is_object = open_.back().is_object;
  const char c = text_[at];
  if (c == ',') {
    want_ = is_object ? Want::Key : Want::Value;
    return true;
  }
  if (c == (is_object ? '}' : ']')) return end(at);
  return fail(at, is_object ? "a comma or } is missing" : "a comma or ] is missing");
}

bool Pass::end(uint32_t at) {
  const Open closed = open_.back();
  open_.pop_back();
  if (closed.is_object) {
    const uint32_t repeated = keys_.repeated(text_, nodes_, closed.node, closed.members);
    duplicates_ += repeated;
    if (closed.node == 0) root_duplicates_ = repeated;
  }
  Node& node = nodes_[closed.node];
  node.end = at + 1;
  node.next = static_cast<uint32_t>(nodes_.size());
  want_ = Want::CommaOrEnd;
  return true;
}

bool Pass::key(uint32_t at) {
  if (text_[at] != '"') return fail(at, "a key is missing");
  if (!string_token(at, key_end_, key_escaped_)) return false;
  key_begin_ = at;
  if (next_ == count_ || text_[starts_[next_]] != ':') return fail(key_end_, "a colon is missing");
  ++next_;
  ++open_.back().members;
  want_ = Want::Value;
  return true;
}

bool Pass::scalar(uint32_t begin, size_t end, NodeKind kind, bool escaped) {
  want_ = Want::CommaOrEnd;
  return add(begin, end, kind, escaped);
}

bool Pass::add(uint32_t begin, size_t end, NodeKind kind, bool escaped) {
  if (nodes_.size() >= limits_.nodes) return fail(begin, "there are too many values", "wire.too_many_nodes");
  nodes_.push_back({begin, static_cast<uint32_t>(end), key_begin_, key_end_,
                    static_cast<uint32_t>(nodes_.size() + 1), kind, escaped, key_escaped_});
  key_begin_ = key_end_ = 0;
  key_escaped_ = false;
  return true;
}

/// A string reaches up to the white space before the next token: the indexer starts a token at whatever else follows.
bool Pass::string_token(uint32_t at, uint32_t& end, bool& escaped) {
  size_t close = next_ < count_ ? starts_[next_] : text_.size();
  while (is_blank(text_[close - 1])) --close;
  --close;
  if (close <= at || text_[close] != '"') return fail(at, "a string is not closed");
  end = static_cast<uint32_t>(close + 1);
  escaped = backslash_ < close;
  if (!escaped) return true;
  const std::string_view inside = text_.substr(at + 1, close - at - 1);
  const size_t bad = bad_escape(inside, backslash_ - at - 1);
  if (bad != std::string_view::npos) return fail(at + 1 + bad, "a string holds an unknown escape");
  backslash_ = next_backslash(end);
  return true;
}

/// Why the indexer refused a text that is UTF-8: slowly, but with the place.
Failure unindexed(std::string_view text) {
  size_t quote = std::string_view::npos;
  for (size_t at = 0; at < text.size(); ++at) {
    const bool inside = quote != std::string_view::npos;
    if (text[at] == '"') {
      quote = inside ? std::string_view::npos : at;
    } else if (inside && text[at] == '\\') {
      ++at;
    } else if (inside && static_cast<unsigned char>(text[at]) < 0x20) {
      return {"wire.not_json", "a string holds a control character", at};
    }
  }
  if (quote != std::string_view::npos) return {"wire.not_json", "a string is not closed", quote};
  return {"wire.not_json", "there is nothing but white space", text.size()};
}

}  // namespace

struct Walker::Impl {
  explicit Impl(WalkLimits l) : limits(l) {
    CHECK(limits.bytes < size_t{1} << 31);  // offsets are 32 bits, and simdjson refuses 4 GiB
  }

  WalkLimits limits;
  std::unique_ptr<Indexer> indexer;
  Scratch scratch;
  Failure failure;
  std::string refused;

  bool index(std::string_view line);
  void shrink(size_t bytes);
  Error refuse(Failure why, std::string&& line);
};

bool Walker::Impl::index(std::string_view line) {
  if (!indexer || indexer->capacity() < line.size()) {
    const size_t capacity = std::bit_ceil(std::max(line.size(), kLeastCapacity));
    indexer.reset();
    const auto made = simdjson::get_active_implementation()->create_dom_parser_implementation(
        capacity, simdjson::DEFAULT_MAX_DEPTH, indexer);
    CHECK(made == simdjson::SUCCESS);  // else memory is out
  }
  const auto error = indexer->stage1(reinterpret_cast<const uint8_t*>(line.data()), line.size(),
                                     simdjson::stage1_mode::regular);
  if (error == simdjson::SUCCESS) return true;
  const size_t bad = bad_utf8(line);
  failure = bad == std::string_view::npos ? unindexed(line)
                                          : Failure{"wire.not_utf8", "a byte is not UTF-8", bad};
  return false;
}

void Walker::Impl::shrink(size_t bytes) {
  if (bytes > kKeepBytes) indexer.reset();
  if (scratch.nodes.capacity() > kKeepNodes) scratch.nodes = {};
  scratch.keys.shrink();
}

Error Walker::Impl::refuse(Failure why, std::string&& line) {
  failure = why;
  shrink(line.size());
  refused = std::move(line);
  return {why.code, fmt::format("{} at byte {}", why.what, why.at), ""};
}

Walker::Walker(WalkLimits limits) : impl_(std::make_unique<Impl>(limits)) {}
Walker::~Walker() = default;

Result<MessagePtr> Walker::walk(std::string line) {
  Impl& my = *impl_;
  my.refused.clear();
  if (line.size() > my.limits.bytes) {
    return my.refuse({"wire.too_long", "the line is over its limit", my.limits.bytes}, std::move(line));
  }
  if (!my.index(line)) return my.refuse(my.failure, std::move(line));
  Pass pass(line, my.indexer->structural_indexes.get(), my.indexer->n_structural_indexes, my.limits, my.scratch);
  if (!pass.run()) return my.refuse(pass.failure(), std::move(line));
  auto message = std::make_shared<Message>();
  message->nodes_.assign(my.scratch.nodes.begin(), my.scratch.nodes.end());
  message->duplicates_ = pass.duplicates();
  message->root_duplicates_ = pass.root_duplicates();
  my.shrink(line.size());
  message->bytes_ = std::move(line);
  return MessagePtr(std::move(message));
}

size_t Walker::error_offset() const { return impl_->failure.at; }
std::string Walker::take_refused() { return std::move(impl_->refused); }

}  // namespace callgate
