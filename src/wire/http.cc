#include "callgate/wire/http.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "callgate/base/ascii.h"
#include "http_grammar.h"

namespace callgate {

namespace {

using namespace std::string_view_literals;

constexpr size_t kLongestMethod = 32;
// Between two requests, the buffer for bodies keeps at most this many bytes of memory.
constexpr size_t kMostKept = 64 * 1024;

// These fields identify the client or the request. A request with two fields of such a name is
// refused, because HTTP readers differ in which of the two values they use.
constexpr std::array kOnce = {"host"sv,          "content-length"sv, "transfer-encoding"sv,
                              "content-type"sv,  "authorization"sv,  "origin"sv,
                              "expect"sv,        "mcp-session-id"sv, "mcp-protocol-version"sv,
                              "last-event-id"sv, "mcp-method"sv,     "mcp-name"sv};

}  // namespace

std::optional<std::string_view> HttpHead::field(std::string_view name) const {
  for (const Field& field : fields_) {
    if (equal_ignoring_case(view(field.name), name)) return view(field.value);
  }
  return std::nullopt;
}

std::string HttpHead::list(std::string_view name) const {
  std::string all;
  for (const Field& field : fields_) {
    if (!equal_ignoring_case(view(field.name), name)) continue;
    if (!all.empty()) all += ',';
    all += view(field.value);
  }
  return all;
}

HttpReader::HttpReader(HttpLimits limits) : limits_(limits) {}

void HttpReader::next() {
  HttpHead fresh;
  fresh.text_ = std::move(head_.text_);
  fresh.text_.clear();
  fresh.fields_ = std::move(head_.fields_);
  fresh.fields_.clear();
  head_ = std::move(fresh);
  if (body_.capacity() > kMostKept) body_ = {};
  body_.clear();
  line_.clear();
  authority_ = {};
  line_begin_ = trailers_ = 0;
  left_ = 0;
  first_line_ = true;
  chunk_ = Chunk::Size;
  state_ = State::Head;
}

void HttpReader::refuse(int status, std::string why) {
  refusal_ = {status, std::move(why)};
  state_ = State::Refused;
}

size_t HttpReader::push(std::string_view bytes) {
  if (state_ == State::Head) return push_head(bytes);
  if (state_ == State::Body) return push_body(bytes);
  return 0;
}

size_t HttpReader::push_head(std::string_view bytes) {
  size_t consumed = 0;
  while (state_ == State::Head && consumed < bytes.size()) {
    const std::string_view rest = bytes.substr(consumed);
    const size_t newline = rest.find('\n');
    const size_t part = newline == std::string_view::npos ? rest.size() : newline + 1;
    if (head_.text_.size() + part > limits_.head) {
      refuse(first_line_ ? 414 : 431,
             "the request's head is longer than " + std::to_string(limits_.head) + " bytes");
      break;
    }
    head_.text_ += rest.substr(0, part);
    consumed += part;
    if (newline == std::string_view::npos) break;
    std::string_view line = std::string_view(head_.text_).substr(line_begin_);
    const auto at = static_cast<uint32_t>(line_begin_);
    line_begin_ = head_.text_.size();
    if (!line.ends_with("\r\n")) {
      refuse(400, "a line of the head ends without CR");
      break;
    }
    line.remove_suffix(2);
    head_line(line, at);
  }
  return consumed;
}

void HttpReader::head_line(std::string_view line, uint32_t at) {
  if (!is_field_text(line)) return refuse(400, "the head holds a control character");
  if (!first_line_) {
    if (line.empty()) return head_done();
    return field_line(line, at);
  }
  // An empty line may precede a request (RFC 9112 section 2.2).
  if (line.empty() && at == 0) return;
  first_line_ = false;
  request_line(line, at);
}

void HttpReader::request_line(std::string_view line, uint32_t at) {
  const size_t space = line.find(' ');
  const std::string_view method = line.substr(0, space);
  if (space == std::string_view::npos || !is_token(method))
    return refuse(400, "the request line does not begin with a method");
  if (method.size() > kLongestMethod) return refuse(501, "the method is not known");
  const size_t second = line.find(' ', space + 1);
  if (second == std::string_view::npos) return refuse(400, "the request line has no version");
  const std::string_view version = line.substr(second + 1);
  if (version == "HTTP/1.0") {
    head_.old_ = true;
    head_.keep_alive_ = false;
  } else if (version != "HTTP/1.1") {
    const bool other = version.size() == 8 && version.starts_with("HTTP/");
    return refuse(other ? 505 : 400, other ? "only HTTP/1.1 and HTTP/1.0 are supported"
                                           : "the request line does not end with a version");
  }
  head_.method_ = {at, static_cast<uint32_t>(at + space)};
  target(line.substr(space + 1, second - space - 1), static_cast<uint32_t>(at + space + 1));
}

void HttpReader::target(std::string_view text, uint32_t at) {
  if (text.size() > limits_.target)
    return refuse(414, "the target is longer than " + std::to_string(limits_.target) + " bytes");
  if (text.empty() || !std::all_of(text.begin(), text.end(),
                                   [](char c) { return c > ' ' && c < 0x7f && c != '#'; }))
    return refuse(400, "the target has characters that a URI must not contain");
  const auto end = static_cast<uint32_t>(at + text.size());
  uint32_t begin = at;
  if (text.size() > 7 && equal_ignoring_case(text.substr(0, 7), "http://")) {
    const size_t slash = text.find('/', 7);
    if (slash == std::string_view::npos) return refuse(400, "the target has no path");
    begin = static_cast<uint32_t>(at + slash);
    authority_ = {at + 7, begin};
  } else if (text[0] != '/') {
    return refuse(400, "the target is not a path");
  }
  const size_t question = std::string_view(head_.text_).substr(0, end).find('?', begin);
  const auto path_end = question == std::string_view::npos ? end : static_cast<uint32_t>(question);
  head_.path_ = {begin, path_end};
  head_.query_ = {std::min(path_end + 1, end), end};
}

void HttpReader::field_line(std::string_view line, uint32_t at) {
  if (line[0] == ' ' || line[0] == '\t')
    return refuse(400, "a field continues on a second line (obsolete folding)");
  const size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (colon == std::string_view::npos || !is_token(name))
    return refuse(400, "a header line has no valid name, or no colon after the name");
  if (head_.fields_.size() == limits_.fields)
    return refuse(431, "the head has more than " + std::to_string(limits_.fields) + " fields");
  for (const std::string_view once : kOnce) {
    if (equal_ignoring_case(once, name) && head_.field(name))
      return refuse(400, "the field " + std::string(once) + " appears twice");
  }
  size_t begin = colon + 1, end = line.size();
  while (begin < end && is_space_or_tab(line[begin])) ++begin;
  while (begin < end && is_space_or_tab(line[end - 1])) --end;
  head_.fields_.push_back(
      {.name = {at, static_cast<uint32_t>(at + colon)},
       .value = {static_cast<uint32_t>(at + begin), static_cast<uint32_t>(at + end)}});
}

void HttpReader::head_done() {
  if (!check_host()) return;
  read_connection();
  if (!find_body()) return;
  if (const auto expect = head_.field("expect"); expect && !head_.old_) {
    if (!equal_ignoring_case(*expect, "100-continue"))
      return refuse(417, "the only supported expectation is 100-continue");
    head_.expects_continue_ = head_.body_ != HttpHead::Body::None;
  }
  state_ = head_.body_ == HttpHead::Body::None ? State::Complete : State::Body;
}

bool HttpReader::check_host() {
  const auto host = head_.field("host");
  if (!host && !head_.old_) {
    refuse(400, "the field host is missing");
    return false;
  }
  if (authority_.end > 0 && host && !equal_ignoring_case(head_.view(authority_), *host)) {
    refuse(400, "the target and the field host name different hosts");
    return false;
  }
  return true;
}

void HttpReader::read_connection() {
  std::string_view rest;
  const std::string all = head_.list("connection");
  for (rest = all; !rest.empty();) {
    const std::string_view word = next_of_list(rest);
    if (equal_ignoring_case(word, "close")) {
      head_.keep_alive_ = false;
      return;
    }
  }
}

bool HttpReader::find_body() {
  const auto coding = head_.field("transfer-encoding");
  if (!coding) return find_length();
  if (head_.old_ || head_.field("content-length")) {
    refuse(400, head_.old_ ? "HTTP/1.0 has no transfer-encoding"
                           : "transfer-encoding and content-length appear together");
    return false;
  }
  if (!equal_ignoring_case(*coding, "chunked")) {
    refuse(501, "the only supported transfer-encoding is chunked");
    return false;
  }
  head_.body_ = HttpHead::Body::Chunked;
  return true;
}

bool HttpReader::find_length() {
  const auto text = head_.field("content-length");
  if (!text) return true;
  const char* end = text->data() + text->size();
  const bool digits = !text->empty() && std::all_of(text->begin(), text->end(), is_digit);
  const auto [rest, error] = std::from_chars(text->data(), end, head_.length_);
  if (!digits || (error != std::errc() && error != std::errc::result_out_of_range)) {
    refuse(400, "content-length is not a number");
    return false;
  }
  if (error != std::errc() || head_.length_ > limits_.body) {
    refuse(413, "the body is longer than " + std::to_string(limits_.body) + " bytes (limits.line)");
    return false;
  }
  if (head_.length_ == 0) return true;
  head_.body_ = HttpHead::Body::Length;
  left_ = head_.length_;
  return true;
}

}  // namespace callgate
