#include "packed_columns.h"

namespace callgate {

namespace {

constexpr uint8_t kPending = 0x80;

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
