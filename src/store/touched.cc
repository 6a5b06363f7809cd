#include "touched.h"

namespace callgate {

namespace {

constexpr uint8_t kPending = 0x80;

// Seven bits a byte, lowest first; the highest bit says that more follow.
void append_varint(std::string& bytes, uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(0x80 | (value & 0x7f));
  bytes += static_cast<char>(value);
}

std::optional<uint64_t> take_varint(std::string_view& bytes) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

void append_word(std::string& bytes, uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(value >> shift & 0xff);
}

uint64_t take_word(std::string_view& bytes) {
  uint64_t value = 0;
  for (int at = 7; at >= 0; --at)
    value = value << 8 | static_cast<uint8_t>(bytes[static_cast<size_t>(at)]);
  bytes.remove_prefix(8);
  return value;
}

}  // namespace

void append_touched(std::string& bytes, TouchedItem touched) {
  append_varint(bytes,
                static_cast<uint64_t>(touched.item) << 2 | static_cast<uint64_t>(touched.op));
}

std::vector<TouchedItem> touched_items(std::string_view bytes) {
  std::vector<TouchedItem> items;
  while (!bytes.empty()) {
    const auto value = take_varint(bytes);
    if (!value || (*value & 3) > static_cast<uint64_t>(TouchOp::Write)) break;
    items.push_back(
        {.item = static_cast<int64_t>(*value >> 2), .op = static_cast<TouchOp>(*value & 3)});
  }
  return items;
}

std::string packed(const AnswerFacts& facts) {
  std::string bytes(1, static_cast<char>(static_cast<uint8_t>(facts.kind) |
                                         (facts.pending ? kPending : uint8_t{0})));
  for (const uint64_t each : {facts.hash, facts.exact, facts.shape}) append_word(bytes, each);
  append_varint(bytes, facts.bytes);
  return bytes;
}

std::optional<AnswerFacts> unpacked_facts(std::string_view bytes) {
  if (bytes.size() < 26) return std::nullopt;
  const auto first = static_cast<uint8_t>(bytes.front());
  const uint8_t kind = first & 0x7f;
  if (kind > static_cast<uint8_t>(AnswerKind::Error)) return std::nullopt;
  bytes.remove_prefix(1);
  AnswerFacts facts{.kind = static_cast<AnswerKind>(kind), .pending = (first & kPending) != 0};
  facts.hash = take_word(bytes);
  facts.exact = take_word(bytes);
  facts.shape = take_word(bytes);
  const auto size = take_varint(bytes);
  if (!size) return std::nullopt;
  facts.bytes = *size;
  return facts;
}

}  // namespace callgate
