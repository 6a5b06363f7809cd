#include "values.h"

#include <algorithm>

#include "callgate/base/ascii.h"
#include "callgate/base/name_words.h"
#include "command.h"
#include "forms.h"
#include "shell.h"
#include "sql.h"

namespace callgate {

namespace {

constexpr size_t kLongestSql = size_t{256} << 10;

constexpr std::string_view kMoves[] = {"move", "mv", "rename"};
constexpr std::string_view kCopies[] = {"copy", "cp", "duplicate"};
constexpr std::string_view kBrowses[] = {"browse",   "crawl", "download", "fetch", "goto",
                                         "navigate", "open",  "scrape",   "visit"};
constexpr std::string_view kSaves[] = {"download", "export", "pdf", "screenshot", "snapshot"};
constexpr std::string_view kSearches[] = {"find", "google", "lookup", "search", "web"};
constexpr std::string_view kUploads[] = {"upload"};
constexpr std::string_view kIssues[] = {"issue", "issues", "pr", "pull", "ticket"};

DataOp op_of(Effect effect) {
  if (effect == Effect::Read) return DataOp::Read;
  return effect == Effect::Write ? DataOp::Write : DataOp::Unknown;
}

}  // namespace

TouchTool::TouchTool(std::string_view name, Effect effect) : op(op_of(effect)) {
  const Words words = words_of(name);
  moves = words.any_of(kMoves);
  copies = words.any_of(kCopies);
  browses = words.any_of(kBrowses);
  saves = words.any_of(kSaves);
  searches = words.any_of(kSearches);
  uploads = words.any_of(kUploads);
  issues = words.any_of(kIssues);
}

void TouchValues::add(DataKind kind, DataOp op, std::string what, bool cut) {
  if (what.empty() || found_.size() == kTouches) return;
  DataItem touch{kind, op, bounded(std::move(what), cut)};
  if (std::find(found_.begin(), found_.end(), touch) != found_.end()) return;
  const auto same = [&touch](const DataItem& each) {
    return each.kind == touch.kind && each.what == touch.what;
  };
  if (known_ && std::any_of(known_->begin(), known_->end(), same)) return;
  found_.push_back(std::move(touch));
}

void TouchValues::add_path(std::string_view text, bool cut, DataOp op, const TouchScope& scope,
                           bool resolve) {
  const PathRoots roots{resolve ? std::string_view(scope.cwd) : std::string_view{}, home_};
  add(DataKind::Path, op, path_text(text, roots), cut);
}

// Adds the value if its own form identifies what it is, and returns true then. `expected` means
// that the argument is for a URI or an address.
bool TouchValues::formed(std::string_view text, bool cut, DataOp op, const TouchScope& scope,
                         bool expected) {
  const DataOp read_there = tool_.browses && op == DataOp::Write ? DataOp::Read : op;
  switch (form_of(text)) {
    case Form::None:
      return false;
    case Form::Path:
      if (expected) add_path(text, cut, op, scope, true);
      return expected;
    case Form::File: {
      std::string path = file_path(text, {scope.cwd, home_});
      if (path.empty())
        add(DataKind::Other, op, uri_text(text), cut);
      else
        add(DataKind::Path, op, std::move(path), cut);
      return true;
    }
    case Form::Url:
      add(DataKind::Url, read_there, url_text(text), cut);
      return true;
    case Form::Repo:
      add(DataKind::Repo, op, repo_address(text), cut);
      return true;
    case Form::Uri:
      add(DataKind::Other, op, uri_text(text), cut);
      return true;
    case Form::Opaque:
      if (expected) add(DataKind::Other, op, uri_text(text), cut);
      return expected;
    case Form::Inline:
      return true;
  }
  return false;
}

DataOp TouchValues::op_by(Hint hint) const {
  switch (hint) {
    case Hint::Source:
      return tool_.moves ? DataOp::Write : DataOp::Read;
    case Hint::Destination:
    case Hint::Output:
      return DataOp::Write;
    case Hint::Path:
      if (tool_.uploads) return DataOp::Read;
      return tool_.saves ? DataOp::Write : tool_.op;
    default:
      return tool_.op;
  }
}

void TouchValues::path(const TouchText& text, Named name, const TouchScope& scope) {
  const std::string_view looked = text.looked();
  const DataOp op = op_by(name.hint);
  const Form form = form_of(looked);
  if (form != Form::None && form != Form::Path && form != Form::Opaque) {
    formed(looked, text.cut(), op, scope, true);
    return;
  }
  const bool transfer = tool_.moves || tool_.copies;
  const bool sure = name.sure || (transfer && name.hint != Hint::Path);
  // A value of several lines is a text, unless the argument's name means a path and the value
  // begins with "/".
  const bool lines = looked.find('\n') != std::string_view::npos;
  const bool none = looked.empty() || (lines && (!name.sure || looked.front() != '/')) ||
                    looked.substr(0, 2) == "$." || looked.substr(0, 2) == "$[";
  if (none || (!sure && form != Form::Path)) return;
  // The call names a repository, so the path is a file in it and not on this machine. Only a Base
  // is a folder on this machine.
  if (!scope.repo.empty() && name.hint != Hint::Base && form != Form::Path) {
    const std::string inside = path_text("/" + std::string(looked), {});
    add(DataKind::Repo, op, scope.repo + (inside == "/" ? "" : inside), text.cut());
    return;
  }
  if (name.hint != Hint::Base)
    add_path(looked, text.cut(), op, scope, true);
  else  // read_base() already resolved this folder into scope.cwd
    add(DataKind::Path, op, scope.cwd, text.cut());
}

void TouchValues::repository(const TouchText& text, Named name, const TouchScope& scope) {
  const std::string_view looked = text.looked();
  const Form form = form_of(looked);
  if (form == Form::Path && name.hint == Hint::Repo)
    return add_path(looked, text.cut(), tool_.op, scope, true);
  if (form == Form::Url && name.hint == Hint::Repo)
    return add(DataKind::Repo, tool_.op, url_text(looked), text.cut());
  if (form != Form::None) {
    formed(looked, text.cut(), tool_.op, scope, false);
    return;
  }
  // An argument named like a project holds a repository only if its value is written OWNER/NAME. A
  // name without an owner may be anything.
  const bool has_owner = looked.find('/') != std::string_view::npos;
  if (!is_repo_name(looked) || (!has_owner && name.hint == Hint::Project)) return;
  add(DataKind::Repo, tool_.op, has_owner || scope.repo.empty() ? std::string(looked) : scope.repo);
}

void TouchValues::issue(std::string_view text, const TouchScope& scope) {
  const bool number =
      !text.empty() && text.size() <= 19 && std::all_of(text.begin(), text.end(), is_digit);
  if (number)
    add(DataKind::Ticket, tool_.op, scope.repo + "#" + std::string(text));
  else if (is_repo_part(text))
    add(DataKind::Ticket, tool_.op, std::string(text));
}

void TouchValues::table(std::string_view text, const std::string& within) {
  if (!is_table_name(text)) return;
  const bool whole = within.empty() || text.find('.') != std::string_view::npos;
  add(DataKind::Table, tool_.op, whole ? std::string(text) : within + "." + std::string(text));
}

void TouchValues::tables(const TouchText& text, bool sure) {
  if (text.all().size() > kLongestSql || (!sure && tool_.searches) || !is_sql(text.all())) return;
  for_each_table(text.all(), [this](std::string table, DataOp op) {
    if (table.size() <= kDataItemBytes) add(DataKind::Table, op, std::move(table));
  });
}

void TouchValues::operand(std::string_view word, DataOp op, const TouchScope& scope) {
  const Form form = form_of(word);
  if (form == Form::None || form == Form::Path || form == Form::Opaque)
    add_path(word, false, op, scope, scope.own_cwd);
  else
    formed(word, false, op, scope, false);
}

void TouchValues::command(const std::vector<std::string_view>& words, const TouchScope& scope) {
  if (const std::string_view line = shell_line_in(words); !line.empty()) return shell(line, scope);
  for_each_operand(words, [&](std::string_view word, DataOp op) { operand(word, op, scope); });
}

void TouchValues::shell(std::string_view line, const TouchScope& scope) {
  for_each_in_shell(line, [&](std::string_view word, DataOp op, const ShellFolder& folder) {
    if (folder.known && folder.path.empty()) return operand(word, op, scope);
    TouchScope there = scope;
    there.own_cwd = folder.known;
    there.cwd = folder.known ? path_text(folder.path, {scope.own_cwd ? scope.cwd : "", home_})
                             : std::string();
    operand(word, op, there);
  });
}

void TouchValues::string(Value member, Named name, const TouchScope& scope) {
  if (name.hint == Hint::Content || name.hint == Hint::Data) return;
  const TouchText text(member);
  const std::string_view looked = text.looked();
  switch (name.hint) {
    case Hint::Path:
    case Hint::Base:
    case Hint::Source:
    case Hint::Destination:
    case Hint::Output:
      return path(text, name, scope);
    case Hint::Url:
    case Hint::Host:
    case Hint::Uri:
      if (formed(looked, text.cut(), tool_.op, scope, true) || name.hint == Hint::Uri) return;
      return add(DataKind::Url, tool_.browses ? DataOp::Read : tool_.op, host_text(looked),
                 text.cut());
    case Hint::Repo:
    case Hint::Project:
      return repository(text, name, scope);
    case Hint::Table:
      return table(looked, scope.schema);
    case Hint::Collection:  // not split at dots, because a collection's name may contain them
      return add(DataKind::Table, tool_.op,
                 !is_table_name(looked)   ? std::string()
                 : scope.database.empty() ? std::string(looked)
                                          : scope.database + "." + std::string(looked));
    case Hint::Database:
      return scope.database_alone ? table(looked, {}) : void();
    case Hint::Query:
    case Hint::Sql:
      return tables(text, name.hint == Hint::Sql);
    case Hint::Command:
      return shell(text.all(), scope);
    case Hint::Issue:
    case Hint::IssueNumber:
      return issue(looked, scope);
    case Hint::Number:
      if (tool_.issues) issue(looked, scope);
      return;
    case Hint::Reference:
      if (is_ticket(looked)) return add(DataKind::Ticket, tool_.op, std::string(looked));
      break;
    default:
      break;
  }
  formed(looked, text.cut(), tool_.op, scope, false);
}

void TouchValues::number(Value member, Named name, const TouchScope& scope) {
  const bool counts = name.hint == Hint::Issue || name.hint == Hint::IssueNumber ||
                      (name.hint == Hint::Number && tool_.issues);
  if (counts) issue(member.raw(), scope);
}

void TouchValues::address(const TouchText& text, DataOp op, const TouchScope& scope) {
  formed(text.looked(), text.cut(), op, scope, true);
}

}  // namespace callgate
