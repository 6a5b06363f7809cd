#include "text_blocks.h"

#include <algorithm>

#include "varint.h"

namespace callgate {

namespace {

// A block with calls that still run is written without them once this many newer blocks exist.
constexpr size_t kOpenBlocks = 4;

// Calls `visit` with the number of the bit for each trigram of the text. Setting bit 5 of each byte
// maps both cases of a letter to the same value; that it also maps other pairs of characters to the
// same value does no harm.
template <class Visit>
void for_each_trigram(std::string_view text, Visit visit) {
  if (text.size() < 3) return;
  uint32_t trigram = 0;
  const auto shift_in = [&trigram](char c) {
    trigram = trigram >> 8 | (static_cast<uint32_t>(static_cast<uint8_t>(c)) | 0x20u) << 24;
  };
  shift_in(text[0]);
  shift_in(text[1]);
  for (const char c : text.substr(2)) {
    shift_in(c);
    visit(((trigram >> 8) * 0x9e3779b1u) >> 16);
  }
}

}  // namespace

void TrigramSet::add(std::string_view text) {
  for_each_trigram(text, [this](uint32_t place) {
    uint8_t& bits = bits_[place / 8];
    bits = static_cast<uint8_t>(bits | 1u << place % 8);
  });
}

TrigramPattern::TrigramPattern(std::string_view text) {
  for_each_trigram(text, [this](uint32_t place) { places_.push_back(place); });
}

bool TrigramPattern::may_be_in(std::string_view bytes) const {
  if (bytes.size() != TrigramSet::kBytes) return true;
  return std::all_of(places_.begin(), places_.end(), [bytes](uint32_t place) {
    return (static_cast<uint8_t>(bytes[place / 8]) >> place % 8 & 1) != 0;
  });
}

std::string pack_calls(CallNumber first, const std::vector<CallNumber>& calls) {
  std::string bytes;
  CallNumber before = first;
  for (const CallNumber call : calls) {
    append_varint(bytes, call - before);
    before = call;
  }
  return bytes;
}

bool unpack_calls(CallNumber first, std::string_view bytes, std::vector<CallNumber>& calls) {
  calls.clear();
  uint64_t call = first;
  while (!bytes.empty()) {
    const auto step = take_varint(bytes);
    if (!step || *step > TextBlocks::kBlockCalls) return false;
    call += *step;
    calls.push_back(static_cast<CallNumber>(call));
  }
  return true;
}

TextBlocks::Block* TextBlocks::block_of(CallNumber call) {
  for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block)
    if (call >= block->first && call <= block->last) return &*block;
  return nullptr;
}

bool TextBlocks::add(Block& block, Micros at, std::string_view text) {
  block.at = std::max(block.at, at);
  if (text.size() > kLongestText) return false;
  block.trigrams.add(text);
  block.bytes += text.size();
  return true;
}

void TextBlocks::started(CallNumber call, Micros at, std::string_view args) {
  // Calls start in the order of their numbers, but a start with long arguments is written later. It
  // begins no block, so that blocks do not overlap.
  if (call >= next_) {
    if (blocks_.empty() || blocks_.back().ended || call >= blocks_.back().first + kBlockCalls) {
      end_block();
      blocks_.emplace_back().first = call;
    }
    blocks_.back().last = call;
    next_ = call + 1;
  }
  Block* const block = block_of(call);
  if (block == nullptr) return;
  State& state = block->calls[call - block->first];
  if (state != State::Absent) return;
  ++block->running;
  state = add(*block, at, args) ? State::Running : State::RunningLong;
}

void TextBlocks::ended(CallNumber call, Micros at, std::string_view result,
                       std::string_view error) {
  Block* const block = block_of(call);
  if (block == nullptr) return;
  State& state = block->calls[call - block->first];
  if (state != State::Running && state != State::RunningLong) return;
  --block->running;
  const bool all = add(*block, at, result) && add(*block, at, error);
  state = all && state == State::Running ? State::Whole : State::Long;
  if (block->bytes >= kBlockBytes) block->ended = true;
}

void TextBlocks::end_block() {
  if (!blocks_.empty()) blocks_.back().ended = true;
}

void TextBlocks::end_all() {
  end_block();
  run_ended_ = true;
}

bool TextBlocks::is_ready(const Block& block) const {
  if (!block.ended) return false;
  return block.running == 0 || run_ended_ ||
         (&block == &blocks_.front() && blocks_.size() > kOpenBlocks);
}

bool TextBlocks::any_ready() const {
  return std::any_of(blocks_.begin(), blocks_.end(),
                     [this](const Block& block) { return is_ready(block); });
}

std::vector<TextBlock> TextBlocks::ready() const {
  std::vector<TextBlock> rows;
  for (const Block& block : blocks_) {
    if (!is_ready(block)) continue;
    std::vector<CallNumber> others;
    for (CallNumber call = block.first; call <= block.last; ++call)
      if (block.calls[call - block.first] != State::Whole) others.push_back(call);
    rows.push_back({.first = block.first,
                    .last = block.last,
                    .at = block.at,
                    .trigrams = block.trigrams.bytes(),
                    .others = pack_calls(block.first, others)});
  }
  return rows;
}

void TextBlocks::remove_ready() {
  std::vector<bool> written;
  for (const Block& block : blocks_) written.push_back(is_ready(block));
  for (size_t at = blocks_.size(); at-- > 0;)
    if (written[at]) blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace callgate
