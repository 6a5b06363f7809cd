// Splits SQL into words, names and marks, as far as finding its tables needs. It follows no single
// dialect: it knows the quotes of all of them and the comments of the standard.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "callgate/base/ascii.h"

namespace callgate {

struct SqlToken {
  // A Word is a keyword or an unquoted name, a Name is a quoted name, and a Text is a string.
  enum class Kind : uint8_t { End, Word, Name, Text, Mark } kind = Kind::End;
  std::string_view text;  // without its quotes; doubled quotes inside stay doubled
  char quote = 0;         // the quote that ends a Name
  bool is(std::string_view keyword) const {
    return kind == Kind::Word && text.size() == keyword.size() &&
           begins_ignoring_case(text, keyword);
  }
  bool is_mark(char c) const { return kind == Kind::Mark && text.front() == c; }
};

/// Returns words, names, texts and marks one by one; skips comments.
class SqlScanner {
 public:
  explicit SqlScanner(std::string_view sql) : rest_(sql) {}

  SqlToken next() {
    skip_blanks();
    if (rest_.empty()) return {};
    const char c = rest_.front();
    if (c == '\'') return {SqlToken::Kind::Text, quoted('\'')};
    if (c == '"' || c == '`') return {SqlToken::Kind::Name, quoted(c), c};
    if (c == '[') return {SqlToken::Kind::Name, quoted(']'), ']'};
    if (c == '$')
      if (const size_t tag = dollar_tag(); tag > 0)
        return {SqlToken::Kind::Text, dollar_quoted(tag)};
    size_t size = 0;
    while (size < rest_.size() && is_name(rest_[size])) ++size;
    return {size > 0 ? SqlToken::Kind::Word : SqlToken::Kind::Mark,
            take(std::max<size_t>(size, 1))};
  }
  /// Reads a dot that follows directly after a name and returns true; then the name continues after
  /// the dot.
  bool take_dot() {
    if (rest_.empty() || rest_.front() != '.') return false;
    take(1);
    return true;
  }
  bool at_bracket() {
    skip_blanks();
    return !rest_.empty() && rest_.front() == '(';
  }

 private:
  static bool is_name(char c) {
    return is_letter_or_digit(c) || c == '_' || c == '$' || static_cast<unsigned char>(c) >= 0x80;
  }
  std::string_view take(size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  void skip_blanks() {
    while (!rest_.empty()) {
      if (is_blank(rest_.front()) || rest_.front() == '\f' || rest_.front() == '\v')
        take(1);
      else if (rest_.substr(0, 2) == "--")
        take(rest_.find('\n'));
      else if (rest_.substr(0, 2) == "/*")
        take_through("*/", 2);
      else
        return;
    }
  }
  void take_through(std::string_view end, size_t from) {
    const size_t at = rest_.find(end, from);
    take(at == std::string_view::npos ? rest_.size() : at + end.size());
  }
  std::string_view quoted(char end) {
    take(1);
    size_t size = rest_.find(end);
    while (size != std::string_view::npos && size + 1 < rest_.size() && rest_[size + 1] == end)
      size = rest_.find(end, size + 2);
    const std::string_view inside = take(size);
    take(1);
    return inside;
  }
  // The length of "$$" or "$tag$"; 0 if the text begins with neither.
  size_t dollar_tag() const {
    size_t size = 1;
    while (size < rest_.size() && size < 32 &&
           (is_letter_or_digit(rest_[size]) || rest_[size] == '_'))
      ++size;
    const bool number = size > 1 && is_digit(rest_[1]);
    return !number && size < rest_.size() && rest_[size] == '$' ? size + 1 : 0;
  }
  std::string_view dollar_quoted(size_t tag) {
    const std::string_view end = rest_.substr(0, tag);
    take_through(end, tag);
    return {};
  }

  std::string_view rest_;
};

}  // namespace callgate
