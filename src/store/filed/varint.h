// Varints: whole numbers in as few bytes as they need. Each byte has seven bits of the number,
// lowest bits first. The highest bit of a byte is set if more bytes follow.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace callgate {

inline void append_varint(std::string& bytes, uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(0x80 | (value & 0x7f));
  bytes += static_cast<char>(value);
}

/// Decodes the number at the beginning of `bytes` and removes it from `bytes`. Returns nullopt if
/// the number is incomplete.
inline std::optional<uint64_t> take_varint(std::string_view& bytes) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

/// Decodes varints that follow each other. If one is incomplete or too long, it and all later ones
/// are 0, and failed() returns true.
class VarintReader {
 public:
  explicit VarintReader(std::string_view bytes)
      : at_(reinterpret_cast<const uint8_t*>(bytes.data())), end_(at_ + bytes.size()) {}
  uint64_t next() {
    if (at_ != end_ && *at_ < 0x80) return *at_++;
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && at_ != end_; shift += 7) {
      const uint8_t byte = *at_++;
      value |= uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return value;
    }
    failed_ = true;
    at_ = end_;
    return 0;
  }
  /// Returns the next byte. If there is none, returns 0, and failed() returns true.
  uint8_t byte() {
    if (at_ != end_) return *at_++;
    failed_ = true;
    return 0;
  }
  /// Returns the bytes that were not read.
  std::string_view rest() const {
    return {reinterpret_cast<const char*>(at_), static_cast<size_t>(end_ - at_)};
  }
  bool at_end() const { return at_ == end_; }
  bool failed() const { return failed_; }

 private:
  const uint8_t* at_;
  const uint8_t* end_;
  bool failed_ = false;
};

/// Maps a signed number to an unsigned one (0, -1, 1, -2 … to 0, 1, 2, 3 …), so that numbers close
/// to zero become short varints.
constexpr uint64_t folded(int64_t value) {
  return static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63);
}
constexpr int64_t unfolded(uint64_t value) {
  return static_cast<int64_t>(value >> 1 ^ (~(value & 1) + 1));
}

}  // namespace callgate
