#include "callgate/wire/framer.h"

#include <algorithm>
#include <utility>

#include "callgate/base/ascii.h"
#include "text.h"

namespace callgate {

namespace {

constexpr size_t kHead = size_t{64} << 10;
constexpr size_t kLarge = size_t{64} << 10;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_blank_line(std::string_view line) {
  return std::all_of(line.begin(), line.end(), is_blank);
}

/// Returns the size of the line without a carriage return at its end, because this carriage return
/// may be the first byte of a "\r\n".
size_t least_size(std::string_view line) { return line.size() - (line.ends_with('\r') ? 1 : 0); }

}  // namespace

Framer::Framer(size_t limit, std::function<void(std::string&&)> on_line,
               std::function<void(std::string_view head)> on_too_long)
    : limit_(limit), on_line_(std::move(on_line)), on_too_long_(std::move(on_too_long)) {}

void Framer::push(std::string_view bytes) {
  while (!bytes.empty() && !stopped_) {
    const size_t newline = bytes.find('\n');
    if (newline == std::string_view::npos) return take(bytes);
    take(bytes.substr(0, newline));
    if (!stopped_) finish_line();
    bytes.remove_prefix(newline + 1);
  }
}

std::string Framer::rest() const { return line_; }

void Framer::take(std::string_view part) {
  if (skipping_) return;
  // At most limit + 5 bytes are buffered: a byte order mark (3 bytes), a trailing '\r', and one
  // byte that proves that the line is longer than the limit.
  const size_t most = limit_ + kByteOrderMark.size() + 2;
  // Large lines often follow each other. If the buffer grew step by step, each step would copy the
  // line again.
  if (line_.empty() && part.size() >= kLarge) line_.reserve(last_large_);
  line_.append(part.substr(0, most - std::min(most, line_.size())));
  if (first_ && line_.size() >= kByteOrderMark.size()) {
    if (line_.starts_with(kByteOrderMark)) line_.erase(0, kByteOrderMark.size());
    first_ = false;
  }
  if (least_size(line_) <= limit_) return;
  skipping_ = true;
  const std::string too_long = std::exchange(line_, {});
  on_too_long_(std::string_view(too_long).substr(0, std::min(kHead, limit_)));
}

void Framer::finish_line() {
  first_ = false;
  if (std::exchange(skipping_, false)) return;
  std::string line = std::exchange(line_, {});
  if (line.size() >= kLarge) {
    last_large_ = line.size();
    if (line.capacity() > 2 * line.size()) line.shrink_to_fit();
  }
  if (line.ends_with('\r')) line.pop_back();
  if (!is_blank_line(line)) on_line_(std::move(line));
}

}  // namespace callgate
