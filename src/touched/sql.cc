#include "sql.h"

#include <algorithm>
#include <array>
#include <vector>

#include "callgate/base/ascii.h"
#include "sql_scanner.h"

namespace callgate {

namespace {

constexpr size_t kLevels = 32, kSqlNames = 256;

/// One level of brackets: how to read the next name, and whether a comma continues a list of names.
struct Nesting {
  bool selects = false;  // a FROM belongs to a query; otherwise it is part of a function call
  bool list = false;
  DataOp op = DataOp::Read;  // for the names after FROM
  std::string_view last;     // the last word or name
};

/// What is known of the statement so far.
struct Statement {
  bool with = false;
  bool defines = false;  // CREATE or DROP
  bool drops = false, renames = false, indexes = false;
  // The table of COPY, kept until FROM or TO shows whether it is written or read.
  std::string copied;
};

class Reader {
 public:
  Reader(std::string_view sql, const std::function<void(std::string, DataOp)>& visit)
      : scanner_(sql), visit_(visit) {}

  void read() {
    for (SqlToken token = scanner_.next(); token.kind != SqlToken::Kind::End && names_ < kSqlNames;
         token = scanner_.next()) {
      if (token.kind == SqlToken::Kind::Mark)
        mark(token);
      else if (token.kind == SqlToken::Kind::Word)
        word(token);
      before_ = token;
      if (token.kind == SqlToken::Kind::Word || token.kind == SqlToken::Kind::Name)
        level().last = token.text;
    }
  }

 private:
  Nesting& level() { return levels_[std::min(depth_, kLevels - 1)]; }

  void mark(const SqlToken& token) {
    if (token.is_mark('(')) {
      ++depth_;
      if (depth_ < kLevels) level() = {};
    } else if (token.is_mark(')')) {
      if (depth_ > 0) --depth_;
    } else if (token.is_mark(';')) {
      depth_ = 0;
      level() = {};
      said_ = {};
    } else if (token.is_mark(',') && depth_ < kLevels && level().list) {
      table(level().op, true);
    }
  }

  void word(const SqlToken& token) {
    if (depth_ >= kLevels) return;
    if (token.is("with")) said_.with = true;
    if (token.is("as") && said_.with) remember_cte();
    if (begins_statement() && take_definition(token)) return;
    if (!said_.copied.empty() && (token.is("from") || token.is("to"))) {
      copy_ends(token.is("from") ? DataOp::Write : DataOp::Read);
    } else if (token.is("select")) {
      level() = {.selects = true};
    } else if (token.is("delete") && !after_action()) {
      level() = {.selects = true, .op = DataOp::Write};
    } else if (token.is("from") && level().selects && !before_.is("distinct")) {
      level().list = true;
      table(level().op, true);
      level().op = DataOp::Read;
    } else if (token.is("join") || (token.is("using") && before_.kind != SqlToken::Kind::Mark &&
                                    !scanner_.at_bracket())) {
      table(DataOp::Read, true);
    } else if (token.is("into")) {
      table(DataOp::Write, false);
      level().selects = true;  // INSERT INTO a SELECT …, SELECT … INTO a FROM b
    } else if (token.is("update") && !after_action()) {
      table(DataOp::Write, false);
      level().selects = true;
    } else if (token.is("table") || token.is("truncate")) {
      const bool list = said_.drops || said_.renames || token.is("truncate");
      if (list && !scanner_.at_bracket()) level().list = true, level().op = DataOp::Write;
      table(DataOp::Write, false);  // CREATE, ALTER, DROP, RENAME, TRUNCATE
    } else if (said_.defines && token.is("index")) {
      said_.indexes = true;
    } else if (said_.indexes && token.is("on")) {
      said_.indexes = false;
      table(DataOp::Write, false);
    } else if (token.is("to") && (said_.renames || before_.is("rename"))) {
      table(DataOp::Write, false);
    } else if (ends_list(token)) {
      level().list = false;
    }
  }

  bool begins_statement() const {
    return before_.kind == SqlToken::Kind::End || before_.is_mark(';');
  }
  /// Handles the first word of a statement that defines, copies or renames tables. Returns false if
  /// the word begins another statement.
  bool take_definition(const SqlToken& token) {
    said_.drops = token.is("drop");
    said_.renames = token.is("rename");
    said_.defines = said_.drops || token.is("create");
    if (!token.is("copy")) return said_.renames || said_.defines;
    if (!scanner_.at_bracket()) said_.copied = name(scanner_.next());
    return true;
  }
  /// Adds the table of a COPY if a file or a stream follows FROM or TO. If something else follows,
  /// the text was not a COPY.
  void copy_ends(DataOp op) {
    const SqlToken where = scanner_.next();
    const bool copies = where.kind == SqlToken::Kind::Text || where.is("stdin") ||
                        where.is("stdout") || where.is("program");
    if (copies) ++names_, visit_(std::move(said_.copied), op);
    said_.copied.clear();
  }

  /// True within FOR UPDATE, DO UPDATE, ON UPDATE, ON DELETE and KEY UPDATE.
  bool after_action() const {
    return before_.is("for") || before_.is("do") || before_.is("on") || before_.is("key");
  }
  static bool ends_list(const SqlToken& token) {
    constexpr std::string_view kEnds[] = {"where",  "group", "order",  "having",    "limit",
                                          "union",  "set",   "on",     "using",     "window",
                                          "values", "fetch", "except", "intersect", "returning"};
    return std::any_of(std::begin(kEnds), std::end(kEnds),
                       [&token](std::string_view end) { return token.is(end); });
  }
  static bool is_filler(const SqlToken& token) {
    constexpr std::string_view kFillers[] = {"only",   "lateral", "if",    "not",
                                             "exists", "table",   "ignore"};
    return std::any_of(std::begin(kFillers), std::end(kFillers),
                       [&token](std::string_view filler) { return token.is(filler); });
  }
  static bool is_keyword(const SqlToken& token) {
    constexpr std::string_view kKeywords[] = {"select",  "set", "values", "where", "from",
                                              "outfile", "on",  "of",     "or"};
    return std::any_of(std::begin(kKeywords), std::end(kKeywords),
                       [&token](std::string_view keyword) { return token.is(keyword); });
  }

  // Reads a table's name. Brackets after the name mean a function if it follows FROM
  // (`function_possible`), but a list of columns if it follows INTO.
  void table(DataOp op, bool function_possible) {
    if (scanner_.at_bracket()) return;  // a subquery
    SqlToken token = scanner_.next();
    for (int i = 0; i < 4 && is_filler(token); ++i) {
      if (scanner_.at_bracket()) return;
      token = scanner_.next();
    }
    std::string found = name(token);
    if (found.empty() || is_digit(found.front()) || (function_possible && scanner_.at_bracket()))
      return;
    if (std::find(ctes_.begin(), ctes_.end(), found) != ctes_.end()) return;
    ++names_;
    visit_(std::move(found), op);
  }

  /// Returns a name such as "a" or "a.b.c"; empty if `token` begins none.
  std::string name(SqlToken token) {
    std::string name;
    for (int parts = 0; parts < 4; ++parts) {
      const bool named = token.kind == SqlToken::Kind::Word || token.kind == SqlToken::Kind::Name;
      if (!named || token.text.empty() || is_keyword(token)) break;
      if (!name.empty()) name += '.';
      append(name, token);
      if (!scanner_.take_dot()) break;
      token = scanner_.next();
    }
    if (token.kind == SqlToken::Kind::Mark) mark(token);
    return name;
  }
  /// Writes a doubled quote as one quote of the name.
  static void append(std::string& name, const SqlToken& token) {
    for (size_t i = 0; i < token.text.size(); ++i) {
      name += token.text[i];
      if (token.quote != 0 && token.text[i] == token.quote) ++i;
    }
  }

  // Remembers the name of WITH recent AS (…) or WITH recent(a, b) AS (…), which is not a table.
  void remember_cte() {
    if (ctes_.size() < kLevels && scanner_.at_bracket()) ctes_.emplace_back(level().last);
  }

  SqlScanner scanner_;
  const std::function<void(std::string, DataOp)>& visit_;
  std::array<Nesting, kLevels> levels_{};
  size_t depth_ = 0, names_ = 0;
  Statement said_;
  SqlToken before_;
  std::vector<std::string> ctes_;
};

}  // namespace

bool is_sql(std::string_view text) {
  const SqlToken first = SqlScanner(text).next();
  constexpr std::string_view kVerbs[] = {"select",   "insert", "update",  "delete", "with",
                                         "create",   "alter",  "drop",    "rename", "copy",
                                         "truncate", "merge",  "replace", "explain"};
  return std::any_of(std::begin(kVerbs), std::end(kVerbs),
                     [&first](std::string_view verb) { return first.is(verb); });
}

void for_each_table(std::string_view sql, const std::function<void(std::string, DataOp)>& visit) {
  Reader(sql, visit).read();
}

}  // namespace callgate
