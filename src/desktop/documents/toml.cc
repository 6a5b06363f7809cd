#include "toml.h"

#include <algorithm>
#include <optional>

#include "callgate/base/ascii.h"
#include "callgate/base/text.h"
#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"
#include "document.h"

namespace callgate {

namespace {

constexpr int kTomlDepth = 64;
// A dotted key has at most this many parts; each part is one level of nesting.
constexpr size_t kMostParts = 32;

bool all_of(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

/// True for scalars that JSON doesn't have: numbers in other bases, infinities, NaN, dates and
/// times.
bool is_other_scalar(std::string_view word) {
  if (word.starts_with("0x")) return all_of(word.substr(2), "0123456789abcdefABCDEF_");
  if (word.starts_with("0o")) return all_of(word.substr(2), "01234567_");
  if (word.starts_with("0b")) return all_of(word.substr(2), "01_");
  const std::string_view plain =
      word.substr(word.starts_with('+') || word.starts_with('-') ? 1 : 0);
  if (plain == "inf" || plain == "nan") return true;
  const bool date = word.size() >= 10 && word[4] == '-' && word[7] == '-';
  const bool time = word.size() >= 5 && word[2] == ':';
  return (date || time) && all_of(word, "0123456789-:.+TtZz ");
}

/// Reads the text from the beginning to the end. Keeps the first error; after an error, every
/// function fails.
class TomlReader {
 public:
  explicit TomlReader(std::string_view text) : text_(text) {}

  Result<std::vector<TomlStatement>> run() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    while (!error_) {
      skip_blank_lines();
      if (error_ || at_ == text_.size()) break;
      statement();
    }
    if (error_) return *error_;
    return std::move(statements_);
  }

 private:
  char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool at_end() const { return at_ >= text_.size(); }
  bool starts(std::string_view word) const { return text_.substr(at_).starts_with(word); }
  std::string fail(const std::string& what) {
    if (!error_) error_ = not_valid(text_, at_, what);
    return {};
  }
  void skip_spaces() {
    while (peek() == ' ' || peek() == '\t') ++at_;
  }
  void skip_comment() {
    if (peek() == '#') at_ = std::min(text_.find('\n', at_), text_.size());
  }
  bool line_end() {
    if (peek() == '\r' && peek(1) == '\n') ++at_;
    if (peek() == '\n') {
      ++at_;
      return true;
    }
    return at_end();
  }
  void skip_blank_lines() {
    while (!at_end()) {
      skip_spaces();
      skip_comment();
      if (at_end()) return;
      if (peek() != '\n' && peek() != '\r') return;
      if (!line_end()) fail("a carriage return without a line feed");
      if (error_) return;
    }
  }
  /// Skips white space, comments and line ends, which may all be between an array's elements.
  void skip_any() { skip_blank_lines(); }

  void statement() {
    TomlStatement out;
    out.begin = line_begin(text_, at_);
    if (out.begin == 0 && text_.starts_with("\xEF\xBB\xBF")) out.begin = 3;
    if (peek() == '[') {
      header(out);
    } else {
      out.path = table_;
      for (std::string& part : keys()) out.path.push_back(std::move(part));
      skip_spaces();
      if (!error_ && peek() != '=') fail("'=' is missing");
      if (error_) return;
      ++at_;
      skip_spaces();
      out.json = value(0);
    }
    skip_spaces();
    skip_comment();
    if (!error_ && !line_end()) fail("only a comment may follow on this line");
    if (error_) return;
    out.end = at_;
    statements_.push_back(std::move(out));
  }

  void header(TomlStatement& out) {
    const bool many = starts("[[");
    at_ += many ? 2 : 1;
    skip_spaces();
    out.kind = many ? TomlStatement::Kind::ArrayOfTables : TomlStatement::Kind::Table;
    out.path = table_ = keys();
    skip_spaces();
    if (!error_ && !starts(many ? "]]" : "]")) fail("']' is missing");
    at_ += many ? 2 : 1;
  }

  std::vector<std::string> keys() {
    std::vector<std::string> path;
    for (;;) {
      if (peek() == '"' || peek() == '\'') {
        path.push_back(peek() == '"' ? basic() : literal());
      } else {
        const size_t begin = at_;
        while (is_bare_key_char(peek())) ++at_;
        if (at_ == begin) fail("a key is missing");
        path.emplace_back(text_.substr(begin, at_ - begin));
      }
      if (path.size() > kMostParts) fail("a key has more than 32 parts");
      skip_spaces();
      if (error_ || peek() != '.') return path;
      ++at_;
      skip_spaces();
    }
  }

  std::string basic() {
    std::string out;
    for (++at_; !at_end() && peek() != '"';) {
      if (peek() == '\n') return fail("this string is not closed");
      if (peek() == '\\') {
        escape(out);
        if (error_) return {};
      } else {
        out += text_[at_++];
      }
    }
    if (at_end()) return fail("this string is not closed");
    ++at_;
    return out;
  }

  std::string literal() {
    const size_t begin = ++at_;
    while (!at_end() && peek() != '\'' && peek() != '\n') ++at_;
    if (peek() != '\'') return fail("this string is not closed");
    return std::string(text_.substr(begin, at_++ - begin));
  }

  std::string multi_line(std::string_view mark) {
    at_ += 3;
    if (starts("\r\n"))
      at_ += 2;
    else if (peek() == '\n')
      ++at_;
    std::string out;
    while (!at_end()) {
      if (starts(mark)) {
        at_ += 3;
        // The string ends with three quotes. Up to two quotes before them belong to the text.
        for (int i = 0; i < 2 && peek() == mark[0]; ++i) out += text_[at_++];
        return out;
      }
      if (mark[0] == '"' && peek() == '\\') {
        if (!folded()) escape(out);
        if (error_) return {};
      } else {
        out += text_[at_++];
      }
    }
    return fail("this string is not closed");
  }

  /// A backslash at a line's end removes all white space after it.
  bool folded() {
    const size_t next = text_.find_first_not_of(" \t\r", at_ + 1);
    if (next == std::string_view::npos || text_[next] != '\n') return false;
    at_ = std::min(text_.find_first_not_of(" \t\r\n", next), text_.size());
    return true;
  }

  void escape(std::string& out) {
    constexpr std::string_view kFrom = "btnfre\"\\", kTo = "\b\t\n\f\r\x1b\"\\";
    const char c = peek(1);
    if (const size_t found = kFrom.find(c); found != std::string_view::npos && c != '\0') {
      out += kTo[found];
      at_ += 2;
      return;
    }
    const size_t digits = c == 'u' ? 4 : c == 'U' ? 8 : c == 'x' ? 2 : 0;
    uint32_t code = 0;
    for (size_t i = 0; i < digits; ++i) {
      const int worth = hex_digit(peek(2 + i));
      if (worth < 0) {
        fail("this escape is not valid");
        return;
      }
      code = code << 4 | static_cast<uint32_t>(worth);
    }
    if (digits == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
      fail("this escape is not valid");
      return;
    }
    append_utf8(out, code);
    at_ += 2 + digits;
  }

  std::string value(int depth) {
    if (depth > kTomlDepth) return fail("nested too deep");
    if (starts("\"\"\"")) return quote(multi_line("\"\"\""));
    if (starts("'''")) return quote(multi_line("'''"));
    if (peek() == '"') return quote(basic());
    if (peek() == '\'') return quote(literal());
    if (peek() == '[') return array(depth);
    if (peek() == '{') return inline_table(depth);
    return scalar();
  }

  std::string array(int depth) {
    std::string out = "[";
    for (++at_;;) {
      skip_any();
      if (error_) return {};
      if (at_end()) return fail("']' is missing");
      if (peek() == ']') break;
      if (out.size() > 1) out += ',';
      out += value(depth + 1);
      skip_any();
      if (error_) return {};
      if (peek() == ',') {
        ++at_;
      } else if (peek() != ']') {
        return fail("',' or ']' is missing");
      }
    }
    ++at_;
    return out + "]";
  }

  std::string inline_table(int depth) {
    JsonTree tree;
    for (++at_;;) {
      skip_any();
      if (error_) return {};
      if (peek() == '}') break;
      const std::vector<std::string> path = keys();
      skip_spaces();
      if (!error_ && peek() != '=') fail("'=' is missing");
      if (error_) return {};
      ++at_;
      skip_spaces();
      const size_t begin = at_;
      std::string json = value(depth + 1);
      if (error_) return {};
      if (!tree.put(path, 0, std::move(json))) {
        at_ = begin;
        return fail("this key appears twice");
      }
      skip_any();
      if (error_) return {};
      if (peek() == ',') {
        ++at_;
      } else if (peek() != '}') {
        return fail("',' or '}' is missing");
      }
    }
    ++at_;
    return tree.json();
  }

  std::string scalar() {
    const size_t begin = at_;
    while (is_bare_key_char(peek()) || peek() == '+' || peek() == '.' || peek() == ':') ++at_;
    // A space may separate a date and its time: 1979-05-27 07:32:00
    if (at_ - begin == 10 && text_[begin + 4] == '-' && peek() == ' ' && is_digit(peek(1)))
      for (++at_; is_bare_key_char(peek()) || peek() == '+' || peek() == '.' || peek() == ':';)
        ++at_;
    const std::string word(text_.substr(begin, at_ - begin));
    if (word == "true" || word == "false") return word;
    std::string number = word;
    number.erase(std::remove(number.begin(), number.end(), '_'), number.end());
    if (number.starts_with('+')) number.erase(0, 1);
    Walker walker;
    if (const auto whole = walker.walk(number); whole && (*whole)->root().is_number())
      return number;
    if (is_other_scalar(word)) return quote(word);
    at_ = begin;
    return fail("this is not a value");
  }

  const std::string_view text_;
  size_t at_ = 0;
  std::optional<Error> error_;
  std::vector<std::string> table_;
  std::vector<TomlStatement> statements_;
};

}  // namespace

Result<std::vector<TomlStatement>> read_toml(std::string_view text) {
  return TomlReader(text).run();
}

}  // namespace callgate
