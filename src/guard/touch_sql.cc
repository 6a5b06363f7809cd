#include "touch_sql.h"

#include <algorithm>
#include <array>
#include <vector>

#include "text.h"

namespace callgate {

namespace {

constexpr size_t kLevels = 32, kNames = 256;

struct Token {
  enum class Kind : uint8_t { End, Word, Name, Text, Mark } kind = Kind::End;  // Name: quoted
  std::string_view text;                                                       // without its quotes
  bool is(std::string_view keyword) const {
    return kind == Kind::Word && text.size() == keyword.size() && begins(text, keyword);
  }
  bool is_mark(char c) const { return kind == Kind::Mark && text.front() == c; }
};

/// Words, names and marks; strings and comments are passed over whole.
class Scanner {
 public:
  explicit Scanner(std::string_view sql) : rest_(sql) {}

  Token next() {
    skip_blanks();
    if (rest_.empty()) return {};
    const char c = rest_.front();
    if (c == '\'') return {Token::Kind::Text, quoted('\'')};
    if (c == '"') return {Token::Kind::Name, quoted('"')};
    if (c == '`') return {Token::Kind::Name, quoted('`')};
    if (c == '[') return {Token::Kind::Name, quoted(']')};
    if (c == '$')
      if (const size_t tag = dollar_tag(); tag > 0) return {Token::Kind::Text, dollar_quoted(tag)};
    size_t size = 0;
    while (size < rest_.size() && is_name(rest_[size])) ++size;
    return {size > 0 ? Token::Kind::Word : Token::Kind::Mark, take(std::max<size_t>(size, 1))};
  }
  /// A dot follows at once: the name goes on.
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
    return is_word(c) || c == '_' || c == '$' || static_cast<unsigned char>(c) >= 0x80;
  }
  std::string_view take(size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  void skip_blanks() {
    while (!rest_.empty()) {
      if (is_space(rest_.front()) || rest_.front() == '\f' || rest_.front() == '\v')
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
  // A doubled quote is one of the text: what follows is a text beside it, which changes nothing.
  std::string_view quoted(char end) {
    take(1);
    const std::string_view inside = take(rest_.find(end));
    take(1);
    return inside;
  }
  // Of "$$" or "$tag$"; 0: it is neither.
  size_t dollar_tag() const {
    size_t size = 1;
    while (size < rest_.size() && size < 32 && (is_word(rest_[size]) || rest_[size] == '_')) ++size;
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

/// What stands before the next name, and whether commas go on with a list of them.
struct Level {
  bool selects = false;  // FROM within it is a query's, not a function's
  bool list = false;
  TouchOp op = TouchOp::Read;  // of FROM's names
  std::string_view last;       // word or name
};

class Reader {
 public:
  Reader(std::string_view sql, const std::function<void(std::string, TouchOp)>& visit)
      : scanner_(sql), visit_(visit) {}

  void read() {
    for (Token token = scanner_.next(); token.kind != Token::Kind::End && names_ < kNames;
         token = scanner_.next()) {
      if (token.kind == Token::Kind::Mark)
        mark(token);
      else if (token.kind == Token::Kind::Word)
        word(token);
      before_ = token;
      if (token.kind == Token::Kind::Word || token.kind == Token::Kind::Name)
        level().last = token.text;
    }
  }

 private:
  Level& level() { return levels_[std::min(depth_, kLevels - 1)]; }

  void mark(const Token& token) {
    if (token.is_mark('(')) {
      ++depth_;
      if (depth_ < kLevels) level() = {};
    } else if (token.is_mark(')')) {
      if (depth_ > 0) --depth_;
    } else if (token.is_mark(';')) {
      depth_ = 0;
      level() = {};
      with_ = false;
    } else if (token.is_mark(',') && depth_ < kLevels && level().list) {
      table(level().op, true);
    }
  }

  void word(const Token& token) {
    if (depth_ >= kLevels) return;
    if (token.is("with")) with_ = true;
    if (token.is("as") && with_) remember_cte();
    if (token.is("select")) {
      level() = {.selects = true};
    } else if (token.is("delete") && !after_action()) {
      level() = {.selects = true, .op = TouchOp::Write};
    } else if (token.is("from") && level().selects && !before_.is("distinct")) {
      level().list = true;
      table(level().op, true);
      level().op = TouchOp::Read;
    } else if (token.is("join") ||
               (token.is("using") && before_.kind != Token::Kind::Mark && !scanner_.at_bracket())) {
      table(TouchOp::Read, true);
    } else if (token.is("into")) {
      table(TouchOp::Write, false);
      level().selects = true;  // INSERT INTO a SELECT …, SELECT … INTO a FROM b
    } else if (token.is("update") && !after_action()) {
      table(TouchOp::Write, false);
      level().selects = true;
    } else if (token.is("table") || token.is("truncate")) {
      table(TouchOp::Write, false);  // CREATE, ALTER, DROP, TRUNCATE
    } else if (ends_list(token)) {
      level().list = false;
    }
  }

  /// FOR UPDATE, DO UPDATE, ON UPDATE, ON DELETE, KEY UPDATE.
  bool after_action() const {
    return before_.is("for") || before_.is("do") || before_.is("on") || before_.is("key");
  }
  static bool ends_list(const Token& token) {
    constexpr std::string_view kEnds[] = {"where",  "group", "order",  "having",    "limit",
                                          "union",  "set",   "on",     "using",     "window",
                                          "values", "fetch", "except", "intersect", "returning"};
    return std::any_of(std::begin(kEnds), std::end(kEnds),
                       [&token](std::string_view end) { return token.is(end); });
  }
  static bool is_filler(const Token& token) {
    constexpr std::string_view kFillers[] = {"only",   "lateral", "if",    "not",
                                             "exists", "table",   "ignore"};
    return std::any_of(std::begin(kFillers), std::end(kFillers),
                       [&token](std::string_view filler) { return token.is(filler); });
  }
  static bool is_keyword(const Token& token) {
    constexpr std::string_view kKeywords[] = {"select",  "set", "values", "where", "from",
                                              "outfile", "on",  "of",     "or"};
    return std::any_of(std::begin(kKeywords), std::end(kKeywords),
                       [&token](std::string_view keyword) { return token.is(keyword); });
  }

  // FROM's may be a function, INTO's has its columns behind it.
  void table(TouchOp op, bool function_possible) {
    if (scanner_.at_bracket()) return;  // a query of its own
    Token token = scanner_.next();
    for (int i = 0; i < 4 && is_filler(token); ++i) {
      if (scanner_.at_bracket()) return;
      token = scanner_.next();
    }
    before_ = token;
    std::string name;
    for (int parts = 0; parts < 4; ++parts) {
      const bool named = token.kind == Token::Kind::Word || token.kind == Token::Kind::Name;
      if (!named || token.text.empty() || is_keyword(token)) break;
      if (!name.empty()) name += '.';
      name += token.text;
      if (!scanner_.take_dot()) break;
      token = scanner_.next();
    }
    if (token.kind == Token::Kind::Mark) mark(token);
    if (name.empty() || is_digit(name.front()) || (function_possible && scanner_.at_bracket()))
      return;
    if (std::find(ctes_.begin(), ctes_.end(), name) != ctes_.end()) return;
    ++names_;
    visit_(std::move(name), op);
  }

  // WITH recent AS (…), WITH recent(a, b) AS (…): not a table.
  void remember_cte() {
    if (ctes_.size() < kLevels && scanner_.at_bracket()) ctes_.emplace_back(level().last);
  }

  Scanner scanner_;
  const std::function<void(std::string, TouchOp)>& visit_;
  std::array<Level, kLevels> levels_{};
  size_t depth_ = 0, names_ = 0;
  bool with_ = false;
  Token before_;
  std::vector<std::string> ctes_;
};

}  // namespace

bool is_sql(std::string_view text) {
  const Token first = Scanner(text).next();
  constexpr std::string_view kVerbs[] = {"select",   "insert", "update",  "delete",
                                         "with",     "create", "alter",   "drop",
                                         "truncate", "merge",  "replace", "explain"};
  return std::any_of(std::begin(kVerbs), std::end(kVerbs),
                     [&first](std::string_view verb) { return first.is(verb); });
}

void for_each_table(std::string_view sql, const std::function<void(std::string, TouchOp)>& visit) {
  Reader(sql, visit).read();
}

}  // namespace callgate
