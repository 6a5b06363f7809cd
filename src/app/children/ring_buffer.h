// Keeps the last bytes of an endless text in bounded memory.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace callgate {

class RingBuffer {
 public:
  explicit RingBuffer(size_t most) : most_(most) {}

  void add(std::string_view bytes) {
    if (most_ == 0) return;
    cut_ = cut_ || bytes.size() > most_ - ring_.size();
    if (bytes.size() > most_) bytes.remove_prefix(bytes.size() - most_);
    const size_t grows = std::min(bytes.size(), most_ - ring_.size());
    ring_.append(bytes.substr(0, grows));
    bytes.remove_prefix(grows);
    // If some of `bytes` are left here, ring_ is full. The rest replaces the oldest bytes, which
    // begin at next_.
    while (!bytes.empty()) {
      const size_t part = std::min(bytes.size(), most_ - next_);
      bytes.copy(ring_.data() + next_, part);
      next_ = (next_ + part) % most_;
      bytes.remove_prefix(part);
    }
  }

  /// True if the beginning of the text has been dropped.
  bool is_cut() const { return cut_; }
  std::string text() const { return ring_.substr(next_) + ring_.substr(0, next_); }

 private:
  size_t most_;
  std::string ring_;
  size_t next_ = 0;
  bool cut_ = false;
};

/// Returns the last `lines` lines of `all`, or fewer lines, so that the result has at most `bytes`
/// bytes. Only whole lines are returned, except if the last line alone is longer than `bytes`. Then
/// the end of the last line is returned.
inline std::string last_lines(std::string all, size_t lines, size_t bytes) {
  while (!all.empty() && (all.back() == '\n' || all.back() == '\r')) all.pop_back();
  size_t from = all.size();
  for (size_t i = 0; i < lines && from != std::string::npos && from > 0; ++i)
    from = all.rfind('\n', from - 1);
  from = from == std::string::npos || all.empty() ? 0 : from + (all[from] == '\n' ? 1 : 0);
  if (all.size() - from > bytes) {
    from = all.size() - bytes;
    const size_t newline = all.find('\n', from);
    if (newline != std::string::npos) from = newline + 1;
  }
  return all.substr(from);
}

}  // namespace callgate
