// Reads request bodies: by length, or in chunks (RFC 9112 section 7.1).
#include <algorithm>
#include <charconv>

#include "callgate/wire/http.h"
#include "http_grammar.h"

namespace callgate {

namespace {

constexpr size_t kLongestChunkLine = 256;   // bytes of a chunk's size and its extension
constexpr size_t kMostTrailers = 4 * 1024;  // bytes of trailer fields; they are read and dropped
// At most this much memory is reserved at once, because a client may declare a length and then not
// send the bytes.
constexpr size_t kReservedAtOnce = 1 << 20;

}  // namespace

size_t HttpReader::push_body(std::string_view bytes) {
  if (head_.body_ == HttpHead::Body::Chunked) return push_chunked(bytes);
  if (body_.empty()) body_.reserve(std::min(static_cast<size_t>(head_.length_), kReservedAtOnce));
  const auto part = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size()));
  body_ += bytes.substr(0, part);
  left_ -= part;
  if (left_ == 0) state_ = State::Complete;
  return part;
}

size_t HttpReader::push_chunked(std::string_view bytes) {
  size_t consumed = 0;
  while (state_ == State::Body && consumed < bytes.size()) {
    const std::string_view rest = bytes.substr(consumed);
    if (chunk_ != Chunk::Data) {
      consumed += push_chunk_line(rest);
      continue;
    }
    const auto part = static_cast<size_t>(std::min<uint64_t>(left_, rest.size()));
    body_ += rest.substr(0, part);
    left_ -= part;
    consumed += part;
    if (left_ == 0) chunk_ = Chunk::DataEnd;
  }
  return consumed;
}

size_t HttpReader::push_chunk_line(std::string_view bytes) {
  const size_t newline = bytes.find('\n');
  const size_t part = newline == std::string_view::npos ? bytes.size() : newline + 1;
  const size_t longest = chunk_ == Chunk::Size ? kLongestChunkLine : kMostTrailers;
  if (line_.size() + part > longest) {
    refuse(400, "a line between chunks is too long");
    return 0;
  }
  line_ += bytes.substr(0, part);
  if (newline == std::string_view::npos) return part;
  if (!line_.ends_with("\r\n")) {
    refuse(400, "a line between chunks ends without CR");
    return part;
  }
  line_.resize(line_.size() - 2);
  if (is_field_text(line_)) {
    chunk_line(line_);
  } else {
    refuse(400, "a line between chunks holds a control character");
  }
  line_.clear();
  return part;
}

void HttpReader::chunk_line(std::string_view line) {
  if (chunk_ == Chunk::DataEnd) {
    if (!line.empty()) return refuse(400, "a chunk is longer than its size");
    chunk_ = Chunk::Size;
    return;
  }
  if (chunk_ == Chunk::Trailer) {
    trailers_ += line.size() + 2;
    if (line.empty()) {
      state_ = State::Complete;
    } else if (trailers_ > kMostTrailers || line.find(':') == 0 ||
               !is_token(line.substr(0, line.find(':')))) {
      refuse(400, "the trailer fields are too long or malformed");
    }
    return;
  }
  const char* end = line.data() + line.size();
  const auto [rest, error] = std::from_chars(line.data(), end, left_, 16);
  const bool extension = rest != end && *rest == ';';
  if (rest == line.data() || error != std::errc() || (rest != end && !extension))
    return refuse(400, "a chunk's size is not a number");
  if (left_ > limits_.body - body_.size())
    return refuse(
        413, "the body is longer than " + std::to_string(limits_.body) + " bytes (limits.line)");
  chunk_ = left_ == 0 ? Chunk::Trailer : Chunk::Data;
}

}  // namespace callgate
