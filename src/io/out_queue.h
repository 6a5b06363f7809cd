// The queue of bytes that a stream has to write. Small writes are copied into one buffer, which is
// reused. Large strings are moved into the queue, not copied.
#pragma once

#include <sys/uio.h>

#include <string>
#include <utility>
#include <vector>

namespace callgate {

class OutQueue {
 public:
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }

  void add(std::string bytes) {
    size_ += bytes.size();
    if (bytes.size() >= kMove) {
      chunks_.push_back(std::move(bytes));
      open_ = false;
      return;
    }
    if (!open_ || chunks_.empty() || chunks_.back().size() > kChunk) {
      chunks_.push_back(std::exchange(spare_, {}));
      open_ = true;
    }
    chunks_.back() += bytes;
  }

  /// Fills `to` with slices that refer to the first chunks of the queue, at most `most` of them.
  /// Returns the number of slices.
  size_t slices(iovec* to, size_t most) const {
    size_t count = 0;
    for (size_t i = first_; i < chunks_.size() && count < most; ++i, ++count) {
      const size_t skip = i == first_ ? offset_ : 0;
      to[count] = {const_cast<char*>(chunks_[i].data()) + skip, chunks_[i].size() - skip};
    }
    return count;
  }

  static size_t offered(const iovec* slices, size_t count) {
    size_t bytes = 0;
    for (size_t i = 0; i < count; ++i) bytes += slices[i].iov_len;
    return bytes;
  }

  /// Removes `count` bytes, which the kernel has accepted.
  void drop(size_t count) {
    size_ -= count;
    if (size_ == 0) {
      if (open_) keep_spare(chunks_.back());
      clear();
      return;
    }
    while (count > 0) {
      const size_t left = chunks_[first_].size() - offset_;
      if (count < left) {
        offset_ += count;
        break;
      }
      count -= left;
      offset_ = 0;
      chunks_[first_++] = {};
    }
    if (first_ > 64 && first_ > chunks_.size() / 2) {
      chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
  }

  void clear() {
    chunks_.clear();
    first_ = offset_ = size_ = 0;
    open_ = false;
  }

 private:
  // Strings from kMove on are not copied. Smaller ones share chunks of about kChunk bytes.
  static constexpr size_t kMove = 4 * 1024, kChunk = 16 * 1024;

  void keep_spare(std::string& buffer) {
    spare_ = std::move(buffer);
    spare_.clear();
  }

  std::vector<std::string> chunks_;
  size_t first_ = 0, offset_ = 0, size_ = 0;
  bool open_ = false;  ///< more small writes can be appended to the last chunk
  std::string spare_;
};

}  // namespace callgate
