// Finds the data that a single value names, by the name of its argument and by the value's form.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/text.h"
#include "callgate/touched/touch.h"
#include "hints.h"

namespace callgate {

/// What a tool's name implies for the values of its arguments.
struct TouchTool {
  TouchTool(std::string_view name, Effect effect);
  DataOp op;
  bool moves = false, copies = false, browses = false, saves = false, searches = false,
       uploads = false, issues = false;
};

/// The folder, repository or database to which an argument's value belongs, from the members next
/// to the argument or around it.
struct TouchScope {
  std::string cwd;   // the server's working folder, or that of an argument
  std::string repo;  // "owner/name", or the number of a project; may be empty
  std::string schema, database;
  bool database_alone = false;  // no other member names a table or another part of the database
  bool own_cwd = false;         // `cwd` comes from an argument
};

/// The characters of a string. Without escapes, they are a view into the message; otherwise they
/// are decoded.
class TouchText {
 public:
  explicit TouchText(Value value) {
    if (value.node().escaped) {
      own_ = value.text();
      all_ = own_;
    } else {
      all_ = value.raw().substr(1, value.raw().size() - 2);
    }
  }
  explicit TouchText(std::string_view text) : all_(text) {}
  TouchText(const TouchText&) = delete;
  TouchText& operator=(const TouchText&) = delete;
  std::string_view all() const { return all_; }
  std::string_view looked() const { return trimmed(all_.substr(0, kTouchLooked)); }
  bool cut() const { return all_.size() > kTouchLooked; }

 private:
  std::string own_;
  std::string_view all_;
};

/// Collects the accessed data, each item once and without the items in `known`. `known` must
/// outlive this object.
class TouchValues {
 public:
  TouchValues(TouchTool tool, std::string_view home, const std::vector<DataItem>* known)
      : tool_(tool), home_(home), known_(known) {}

  void string(Value member, Named name, const TouchScope& scope);
  void number(Value member, Named name, const TouchScope& scope);
  /// Adds the files and addresses that a command's words name. The folder in which a shell runs is
  /// known only if the call names it; without it, relative paths stay as they are written.
  void command(const std::vector<std::string_view>& words, const TouchScope& scope);
  /// Adds the value of an argument that is expected to be an address.
  void address(const TouchText& text, DataOp op, const TouchScope& scope);

  DataOp op() const { return tool_.op; }
  std::vector<DataItem> take() { return std::move(found_); }

 private:
  void add(DataKind kind, DataOp op, std::string what, bool cut = false);
  void add_path(std::string_view text, bool cut, DataOp op, const TouchScope& scope, bool resolve);
  bool formed(std::string_view text, bool cut, DataOp op, const TouchScope& scope, bool expected);
  DataOp op_by(Hint hint) const;
  void shell(std::string_view line, const TouchScope& scope);
  void operand(std::string_view word, DataOp op, const TouchScope& scope);
  void path(const TouchText& text, Named name, const TouchScope& scope);
  void repository(const TouchText& text, Named name, const TouchScope& scope);
  void issue(std::string_view text, const TouchScope& scope);
  void table(std::string_view text, const std::string& within);
  void tables(const TouchText& text, bool sure);

  const TouchTool tool_;
  const std::string_view home_;
  const std::vector<DataItem>* known_;
  std::vector<DataItem> found_;
};

}  // namespace callgate
