#include "shapes.h"

#include <algorithm>
#include <array>
#include <string>

#include "callgate/base/ascii.h"
#include "callgate/base/base64.h"

namespace callgate {

namespace {

constexpr size_t kLongestAuthority = 1024;
constexpr size_t kPemLine = 64;  // longest text between the dashes of a first or last line
// The base64 of a block must begin within this many bytes after the block's first line. Header
// lines may come before the base64.
constexpr size_t kPemHead = 512;
// A run of at least this many base64 characters counts as key material. Prose has no run of this
// length.
constexpr size_t kBase64Line = 24;
constexpr size_t kRandomnessBytes = 256;  // how many characters the test for randomness looks at
constexpr uint8_t kTokenCharacters = kBase64Url | kDot | kPlusSlash | kEquals;

bool is_of(char c, uint8_t characters) { return (character_class(c) & characters) != 0; }

// True if the run may be random characters. Random characters very rarely have only one case and no
// digits, as words do.
bool looks_random(std::string_view run) {
  uint8_t classes = 0;
  for (const char c : run.substr(0, kRandomnessBytes))
    classes = static_cast<uint8_t>(classes | character_class(c));
  return (classes & kDigit) || ((classes & kUpper) && (classes & kLower));
}

bool has_digit(std::string_view run) {
  run = run.substr(0, kRandomnessBytes);
  return std::any_of(run.begin(), run.end(), [](char c) { return is_of(c, kDigit); });
}

// True if the character before `at` does not belong to the same word. The last letter of an escape
// (`\n`, `%3D`) does not belong to the word either. Such escapes are common, because texts are
// often not decoded.
bool at_boundary(std::string_view text, size_t at) {
  if (at == 0 || !is_of(text[at - 1], kAlnum)) return true;
  if (at >= 2 && text[at - 2] == '\\') return true;
  if (at >= 3 && text[at - 3] == '%') return true;
  return at >= 6 && text[at - 6] == '\\' && text[at - 5] == 'u';
}

// True if the decoded base64 has only printable characters, and a colon among them.
bool is_credentials(std::string_view base64) {
  unsigned bits = 0;
  int count = 0;
  bool colon = false;
  for (const char c : base64) {
    bits = (bits << 6) | static_cast<unsigned>(base64_digit(c));
    if ((count += 6) < 8) continue;
    count -= 8;
    const auto byte = static_cast<unsigned char>(bits >> count);
    if (is_control(static_cast<char>(byte))) return false;
    if (byte >= 0x80 && !colon) return false;
    colon = colon || byte == ':';
  }
  return colon;
}

// True for words that documentation writes instead of a real password.
bool is_placeholder(std::string_view password) {
  static constexpr std::array<std::string_view, 8> kWords = {"password", "passwd", "pass", "pwd",
                                                             "secret",   "xxx",    "***",  "..."};
  const std::string word = lowered(password.substr(0, 32));
  if (std::find(kWords.begin(), kWords.end(), word) != kWords.end()) return true;
  if (word.find_first_not_of("*x.") == std::string::npos) return true;
  const char first = password.front(), last = password.back();
  const bool wrapped = (first == '{' && last == '}') || (first == '[' && last == ']');
  return wrapped ||
         (first == '$' && (last == '}' || password.find_first_of("abcdefghijklmnopqrstuvwxyz") ==
                                              std::string_view::npos));
}

bool is_pem_content(char c) {
  return is_of(c, kBase64 | kEquals) || c == ' ' || c == '\n' || c == '\r' || c == '\t' ||
         c == '\\';
}

// Returns the offset of "-----WORD …" if only words in capitals are between it and the label at
// `at`; else nullopt.
std::optional<size_t> pem_line_start(std::string_view text, size_t at, std::string_view word) {
  const size_t from = at > kPemLine ? at - kPemLine : 0;
  const std::string_view front = text.substr(from, at - from);
  const size_t start = front.rfind(word);
  if (start == std::string_view::npos) return std::nullopt;
  for (const char c : front.substr(start + word.size()))
    if (!is_of(c, kUpper | kDigit) && c != ' ') return std::nullopt;
  return from + start;
}

bool holds_pem_content(std::string_view body) {
  const std::string_view head = body.substr(0, kPemHead);
  size_t run = 0;
  for (const char c : head) {
    run = is_of(c, kBase64) ? run + 1 : 0;
    if (run >= kBase64Line) return true;
  }
  // The text may have been cut off inside the block. So a body shorter than kPemHead is accepted if
  // all its characters may belong to a key.
  return body.size() < kPemHead && std::all_of(body.begin(), body.end(), is_pem_content);
}

}  // namespace

std::optional<Range> ShapeMatcher::match(const Pattern& pattern, size_t at) {
  switch (pattern.shape) {
    case SecretShape::Value:
      return Range{at, at + pattern.keyword.size()};
    case SecretShape::Token:
      return token(pattern, at);
    case SecretShape::Jwt:
      return jwt(at);
    case SecretShape::PrivateKey:
      return private_key(at);
    case SecretShape::Bearer:
      return bearer(at + pattern.keyword.size());
    case SecretShape::Basic:
      return basic(at + pattern.keyword.size());
    case SecretShape::Url:
      return url(at + pattern.keyword.size());
  }
  return std::nullopt;
}

size_t ShapeMatcher::run_end(size_t from, uint8_t characters) {
  Range& known = runs_[characters];
  if (from >= known.first && from < known.second) return known.second;
  size_t end = from;
  while (end < text_.size() && is_of(text_[end], characters)) ++end;
  known = {from, end};
  return end;
}

std::optional<Range> ShapeMatcher::token(const Pattern& pattern, size_t at) {
  if (pattern.boundary && !at_boundary(text_, at)) return std::nullopt;
  const size_t from = at + pattern.keyword.size();
  const size_t end = run_end(from, pattern.characters);
  const size_t length = end - from;
  if (length < pattern.least || (pattern.most > 0 && length > pattern.most)) return std::nullopt;
  // A pattern with a longest length is not tested for randomness. Its length is enough evidence,
  // and a short run of capitals may have no digits by chance.
  if (pattern.most == 0 && !looks_random(text_.substr(from, length))) return std::nullopt;
  return Range{at, end};
}

std::optional<Range> ShapeMatcher::jwt(size_t at) {
  constexpr size_t kShortestPart = 10;
  const size_t header = run_end(at, kBase64Url);
  if (header - at < kShortestPart || header >= text_.size() || text_[header] != '.')
    return std::nullopt;
  size_t end = run_end(header + 1, kBase64Url);
  if (end - header - 1 < kShortestPart) return std::nullopt;
  const bool signed_claims = text_.substr(header + 1, 3) == "eyJ";
  size_t parts = 2;
  while (end < text_.size() && text_[end] == '.' && parts < 5) {
    end = run_end(end + 1, kBase64Url);
    ++parts;
  }
  // The second part of a signed token is a JSON object ("eyJ" encodes `{"`). An encrypted token has
  // five parts, and its second part is not JSON.
  if (!signed_claims && parts != 5) return std::nullopt;
  return Range{at, end};
}

size_t ShapeMatcher::pem_end(size_t from) {
  if (from < pem_end_.first || from > pem_end_.second)
    pem_end_ = {from, text_.find("-----END ", from)};
  return pem_end_.second;
}

std::optional<Range> ShapeMatcher::private_key(size_t at) {
  if (const std::optional<size_t> start = pem_line_start(text_, at, "-----BEGIN ")) {
    const size_t line_end = text_.find("-----", at);
    if (line_end == std::string_view::npos) return std::nullopt;
    const size_t last = pem_end(line_end + 5);
    const size_t body_end = std::min(last, text_.size());
    if (!holds_pem_content(text_.substr(line_end + 5, body_end - line_end - 5)))
      return std::nullopt;
    if (last == std::string_view::npos) return Range{*start, text_.size()};
    const size_t close = text_.substr(last + 9, kPemLine).find("-----");
    return Range{*start, close == std::string_view::npos ? last + 9 : last + 9 + close + 5};
  }
  // The text has no first line of the block, only its last line. So the key is before the last
  // line.
  const std::optional<size_t> last = pem_line_start(text_, at, "-----END ");
  if (!last) return std::nullopt;
  size_t begin = *last;
  while (begin > 0 && is_pem_content(text_[begin - 1])) --begin;
  if (*last - begin < kBase64Line) return std::nullopt;
  return Range{begin, *last};
}

size_t ShapeMatcher::behind_spaces(size_t at) const {
  size_t end = at;
  while (end < text_.size() && end - at < 8 && (text_[end] == ' ' || text_[end] == '\t')) ++end;
  if (end == at && text_.substr(at, 3) == "%20") end = at + 3;
  return end;
}

std::optional<Range> ShapeMatcher::bearer(size_t at) {
  constexpr size_t kShortest = 16;
  const size_t from = behind_spaces(at);
  if (from == at) return std::nullopt;
  const size_t end = run_end(from, kTokenCharacters);
  if (end - from < kShortest || !has_digit(text_.substr(from, end - from))) return std::nullopt;
  return Range{from, end};
}

std::optional<Range> ShapeMatcher::basic(size_t at) {
  constexpr size_t kShortest = 8, kLongest = 4096;
  const size_t from = behind_spaces(at);
  if (from == at) return std::nullopt;
  const size_t end = run_end(from, kBase64);
  if (end - from < kShortest || !is_credentials(text_.substr(from, std::min(end - from, kLongest))))
    return std::nullopt;
  return Range{from, end};
}

std::optional<Range> ShapeMatcher::url(size_t at) const {
  const std::string_view rest = text_.substr(at, kLongestAuthority);
  size_t colon = std::string_view::npos, sign = std::string_view::npos;
  for (size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    if (c == ':' && colon == std::string_view::npos) colon = i;
    if (c == '@') sign = i;
    const bool ends = static_cast<unsigned char>(c) <= 0x20 || c == '/' || c == '?' || c == '#' ||
                      c == '"' || c == '\'' || c == '`' || c == '<' || c == '>' || c == '\\';
    if (ends) break;
  }
  if (sign == std::string_view::npos || colon == std::string_view::npos || colon + 1 >= sign)
    return std::nullopt;
  const std::string_view password = rest.substr(colon + 1, sign - colon - 1);
  if (is_placeholder(password)) return std::nullopt;
  return Range{at + colon + 1, at + sign};
}

}  // namespace callgate
