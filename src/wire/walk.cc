// Implements Walker. simdjson's first stage validates UTF-8, refuses control characters inside
// strings and finds where every token starts. Grammar then checks the grammar and every byte of
// every token. Neither of simdjson's own readers is suitable: On-Demand accepts `tru`, `01`, `\q`
// and trailing text in values that it skips, and the DOM refuses valid numbers and surrogates.
#include <fmt/core.h>
#include <simdjson.h>

#include <algorithm>
#include <bit>

#include "callgate/wire/message.h"
#include "grammar.h"
#include "peer_text.h"
#include "text.h"

namespace callgate {

namespace {

using Indexer = simdjson::internal::dom_parser_implementation;

// Between two walks, a Walker keeps buffers that are large enough for lines of this size. The
// buffer of token starts takes 4 bytes for each byte of a line.
constexpr size_t kKeepBytes = size_t{1} << 20;
constexpr size_t kKeepNodes = size_t{1} << 16;
constexpr size_t kLeastCapacity = 4096;

/// For a text that is UTF-8 but that simdjson's indexer refused: finds the reason and the offset.
/// Slow.
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
    // Offsets have 32 bits, and simdjson refuses texts of 4 GiB or more. Half of that leaves room
    // for sums of two offsets.
    ENSURE(limits.bytes < size_t{1} << 31);
  }

  WalkLimits limits;
  std::unique_ptr<Indexer> indexer;
  Scratch scratch;
  Failure failure;
  std::string refused;

  bool index(std::string_view line);
  Result<MessagePtr> walk(std::string line);
  void shrink(size_t bytes);
  Error refuse(Failure why, std::string&& line);
};

bool Walker::Impl::index(std::string_view line) {
  if (!indexer || indexer->capacity() < line.size()) {
    const size_t capacity = line.size() > kKeepBytes
                                ? line.size()
                                : std::bit_ceil(std::max(line.size(), kLeastCapacity));
    indexer.reset();
    const auto made = simdjson::get_active_implementation()->create_dom_parser_implementation(
        capacity, simdjson::DEFAULT_MAX_DEPTH, indexer);
    ENSURE(made == simdjson::SUCCESS);  // it only fails when there is no memory left
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

Result<MessagePtr> Walker::Impl::walk(std::string line) {
  if (!index(line)) return refuse(failure, std::move(line));
  Grammar grammar(line, indexer->structural_indexes.get(), indexer->n_structural_indexes, limits,
                  scratch);
  if (!grammar.run()) return refuse(grammar.failure(), std::move(line));
  if (limits.text == TextOf::Peer) {
    blank_line_ends(line);
    if (has_separators(line)) return walk(escaped_separators(line));
  }
  auto message = std::make_shared<Message>();
  message->nodes_.assign(scratch.nodes.begin(), scratch.nodes.end());
  message->duplicates_ = grammar.duplicates();
  message->root_duplicates_ = grammar.root_duplicates();
  message->duplicate_ = grammar.first_duplicate();
  shrink(line.size());
  message->bytes_ = std::move(line);
  return MessagePtr(std::move(message));
}

Walker::Walker(WalkLimits limits) : impl_(std::make_unique<Impl>(limits)) {}
Walker::~Walker() = default;

Result<MessagePtr> Walker::walk(std::string line) {
  Impl& my = *impl_;
  std::string().swap(my.refused);
  if (line.size() > my.limits.bytes) {
    return my.refuse(
        {"wire.too_long", "the line has more bytes than a line may have", my.limits.bytes},
        std::move(line));
  }
  return my.walk(std::move(line));
}

size_t Walker::error_offset() const { return impl_->failure.at; }
std::string Walker::take_refused() { return std::move(impl_->refused); }

}  // namespace callgate
