#include "callgate/wire/sse_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "callgate/base/ascii.h"

namespace callgate {

namespace {

constexpr size_t kKeptOfLong = size_t{64} << 10;
/// Room for the name of a field, for an id and for a type, in addition to the data.
constexpr size_t kBesideData = SseReader::kLongestId + 16;
constexpr std::string_view kStreamMark = "\xEF\xBB\xBF";  // UTF-8 byte order mark

size_t end_of_line(std::string_view bytes) {
  const size_t feed = bytes.find('\n');
  return std::min(feed, bytes.substr(0, feed).find('\r'));
}

std::optional<int64_t> digits(std::string_view text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc() ? std::optional(value) : std::nullopt;
}

struct SseField {
  std::string_view name, value;
};

/// A comment has an empty name.
SseField field_of(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return {.name = line, .value = {}};
  SseField field{.name = line.substr(0, colon), .value = line.substr(colon + 1)};
  if (field.value.starts_with(' ')) field.value.remove_prefix(1);
  return field;
}

}  // namespace

std::vector<SseEvent> SseReader::read(std::string_view bytes) {
  while (!bytes.empty()) {
    if (std::exchange(after_cr_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const size_t end = end_of_line(bytes);
    take(bytes.substr(0, end));
    if (end == std::string_view::npos) break;
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    finish_line();
  }
  return std::exchange(complete_, {});
}

void SseReader::take(std::string_view part) {
  if (part.empty() || skips_line_) return;
  // A comment, or a line of an event that is too long. It only matters that the line is not empty.
  if (skips_event_ || (line_.empty() && part.front() == ':')) {
    skips_line_ = true;
    return;
  }
  const size_t most = limit_ - data_.size() + kBesideData;
  line_.append(part.substr(0, most + 1 - line_.size()));
  if (line_.size() <= most) return;
  const SseField field = field_of(line_);
  refuse_event(field.name == "data" ? field.value : std::string_view());
  line_.clear();
  skips_line_ = true;
}

void SseReader::finish_line() {
  std::string line = std::exchange(line_, {});
  if (std::exchange(first_line_, false) && line.starts_with(kStreamMark))
    line.erase(0, kStreamMark.size());
  if (std::exchange(skips_line_, false)) return;
  if (line.empty()) return finish_event();
  const auto [name, value] = field_of(line);
  if (name == "data") {
    add_data(value);
  } else if (name == "event") {
    type_ = value.substr(0, kLongestId);
  } else if (name == "id") {
    if (value.find('\0') == std::string_view::npos)
      id_ = value.size() > kLongestId ? std::string_view() : value;
  } else if (name == "retry") {
    if (const auto millis = digits(value)) retry_ = millis;
  }
}

void SseReader::add_data(std::string_view value) {
  if (data_.size() + (has_data_ ? 1 : 0) + value.size() > limit_) return refuse_event(value);
  if (has_data_) data_ += '\n';
  has_data_ = true;
  data_ += value;
}

/// Reports the current event, with which `value` is the next line of data, as too long.
void SseReader::refuse_event(std::string_view value) {
  const size_t most = std::min(kKeptOfLong, limit_);
  std::string head = data_.substr(0, most);
  if (has_data_) head += '\n';
  head += value.substr(0, most);
  head.resize(std::min(most, head.size()));
  complete_.push_back(
      {.type = type_.empty() ? "message" : type_, .data = std::move(head), .too_long = true});
  data_ = {};
  has_data_ = false;
  skips_event_ = true;
}

void SseReader::finish_event() {
  last_id_ = id_;
  if (!data_.empty())
    complete_.push_back({.type = type_.empty() ? "message" : type_, .data = std::move(data_)});
  type_.clear();
  data_.clear();
  has_data_ = skips_event_ = false;
}

}  // namespace callgate
