#include "callgate/touched/touch.h"

#include <algorithm>

#include "callgate/base/ascii.h"
#include "callgate/base/path_text.h"
#include "forms.h"
#include "values.h"

namespace callgate {

namespace {

constexpr size_t kTouchNodes = 4096, kTouchDepth = 32;
constexpr size_t kUriArguments = 16, kUriArgument = 64;

/// Walks through arguments and results.
class Finder {
 public:
  Finder(std::string_view tool, Effect effect, const PathRoots& roots,
         const std::vector<DataItem>* known = nullptr)
      : values_({tool, effect}, roots.home, known), home_(roots.home) {
    scope_.cwd = roots.cwd;
  }

  void arguments(Value args, std::span<const std::string> uris) {
    if (args.is_object()) object(args, scope_, 0, uris);
  }
  /// Reads the structured content of a result. If the call writes, the names in its result are the
  /// items that it made. If the call reads, its result often lists items whose content it has not
  /// read. So for a call that reads, only an object that also holds a text counts.
  void structured(Value content) {
    only_with_text_ = values_.op() != DataOp::Write;
    if (content.is_object()) object(content, scope_, 0, {});
    if (content.is_array()) value(content, {}, scope_, 0);
    only_with_text_ = false;
  }
  void address(const TouchText& text, DataOp op) { values_.address(text, op, scope_); }
  void address(Value uri, DataOp op) {
    if (uri.is_string()) address(TouchText(uri), op);
  }
  bool visit() { return ++visited_ <= kTouchNodes; }
  DataOp op() const { return values_.op(); }
  std::vector<DataItem> take() { return values_.take(); }

 private:
  void value(Value member, Named name, const TouchScope& scope, size_t depth) {
    if (!visit() || depth > kTouchDepth || name.hint == Hint::Content) return;
    if (member.is_string()) {
      values_.string(member, name, scope);
    } else if (member.is_number()) {
      values_.number(member, name, scope);
    } else if (member.is_object()) {
      object(member, scope, depth, {});
    } else if (member.is_array() && name.hint == Hint::Command) {
      argv(member, {}, scope);
    } else if (member.is_array()) {
      for (Value element : member) {
        if (visited_ > kTouchNodes) return;
        value(element, name, scope, depth + 1);
      }
    }
  }

  /// Adds the operands of a command that is given as a list of words. No shell parses these words,
  /// so its special characters have no meaning.
  void argv(Value words, Value first, const TouchScope& scope) {
    std::vector<std::string> texts;
    if (first) texts.push_back(first.text());
    for (Value word : words) {
      if (!word.is_string() || word.raw().size() > kTouchLooked || texts.size() == kTouches) return;
      texts.push_back(word.text());
    }
    values_.command({texts.begin(), texts.end()}, scope);
  }

  /// Fills `scope` from `members`; returns true if it found anything.
  bool read_scope(Value members, TouchScope& scope) {
    Value owner, repo, schema, base, project, folder, database;
    bool relative = false, within_database = false;
    for (Value member : members) {
      const Named name = named(member);
      if (name.hint == Hint::Project && !project) project = member;
      if (name.hint == Hint::Path && is_folder(name, member) && !folder)
        folder = member;
      else if (name.hint == Hint::Path && name.sure)
        relative = relative || is_relative(member);
      within_database = within_database || name.hint == Hint::Table || name.hint == Hint::Schema ||
                        name.hint == Hint::Collection || name.hint == Hint::Query ||
                        name.hint == Hint::Sql;
      if (!member.is_string()) continue;
      if (name.hint == Hint::Database && !database) database = member;
      if (name.hint == Hint::Owner) owner = member;
      if (name.hint == Hint::Repo && name.sure) repo = member;
      if (name.hint == Hint::Schema) schema = member;
      if (name.hint == Hint::Base && !base) base = member;
    }
    if (repo) read_repo(owner, repo, scope);
    if (!repo && project) read_project(project, scope);
    if (database && is_table_name(TouchText(database).looked())) {
      scope.database = TouchText(database).looked();
      scope.database_alone = !within_database;
    }
    if (schema && is_table_name(TouchText(schema).looked()))
      scope.schema = TouchText(schema).looked();
    if (base && form_of(TouchText(base).looked()) != Form::Url) read_base(base, scope);
    if (!base && folder && relative) {
      const bool own = scope.own_cwd;
      read_base(folder, scope);
      // This folder is only a base for the paths next to it; commands do not run in it.
      scope.own_cwd = own;
    }
    return repo || schema || base || project || database || (folder && relative);
  }
  /// True if the member's name may mean a folder and its value is an absolute path.
  static bool is_folder(Named name, Value member) {
    return name.folder && member.is_string() && !is_relative(member);
  }
  /// True for a relative path, or a list that begins with one.
  static bool is_relative(Value member) {
    if (member.is_array())
      return member.begin() != member.end() && (*member.begin()).is_string() &&
             is_relative(*member.begin());
    if (!member.is_string()) return false;
    const TouchText text(member);
    const std::string_view looked = text.looked();
    const Form form = form_of(looked);
    return !looked.empty() && (form == Form::None || (form == Form::Path && looked.front() == '.'));
  }
  /// Reads a GitLab project: "group/name" (the slash may be percent-encoded), or a number.
  static void read_project(Value project, TouchScope& scope) {
    if (project.is_number()) {
      scope.repo = project.raw();
      return;
    }
    if (!project.is_string()) return;
    const std::string name = percent_decoded(TouchText(project).looked());
    const bool number =
        !name.empty() && name.size() <= 19 && std::all_of(name.begin(), name.end(), is_digit);
    if (number || (name.find('/') != std::string::npos && is_repo_name(name))) scope.repo = name;
  }
  static void read_repo(Value owner, Value repo, TouchScope& scope) {
    const std::string name(TouchText(repo).looked());
    if (!is_repo_name(name)) return;
    if (name.find('/') != std::string::npos)
      scope.repo = name;
    else if (owner && is_repo_part(TouchText(owner).looked()))
      scope.repo = std::string(TouchText(owner).looked()) + "/" + name;
  }
  void read_base(Value base, TouchScope& scope) const {
    const TouchText text(base);
    const std::string_view looked = text.looked();
    if (looked.empty() || looked.find('\n') != std::string_view::npos) return;
    std::string path = form_of(looked) == Form::File ? file_path(looked, {scope.cwd, home_})
                                                     : path_text(looked, {scope.cwd, home_});
    if (path.empty()) return;
    scope.cwd = std::move(path);
    scope.own_cwd = true;
  }

  void object(Value members, const TouchScope& around, size_t depth,
              std::span<const std::string> uris) {
    TouchScope own;
    const TouchScope* scope = &around;
    if (depth <= kTouchDepth && says_scope(members)) {
      own = around;
      if (read_scope(members, own)) scope = &own;
    }
    const Value args = members.find("args");
    const bool only_named = only_with_text_ && !holds_text(members);
    for (Value member : members) {
      if (visited_ > kTouchNodes) return;
      if (only_named && !holds_objects(member)) continue;
      Named name = named(member);
      const bool uri = std::any_of(uris.begin(), uris.end(),
                                   [member](const std::string& key) { return member.key_is(key); });
      if (uri && name.hint == Hint::None) name = {Hint::Uri, true};
      if (name.hint == Hint::Command && member.is_string() && args.is_array()) {
        argv(args, member, *scope);
        continue;
      }
      value(member, name, *scope, depth + 1);
    }
  }

  static bool holds_text(Value members) {
    size_t looked = 0;
    for (Value member : members) {
      if (++looked > kTouchNodes) return false;
      if (member.is_string() && named(member).hint == Hint::Content) return true;
    }
    return false;
  }
  static bool holds_objects(Value member) {
    return member.is_object() || (member.is_array() && member.begin() != member.end() &&
                                  ((*member.begin()).is_object() || (*member.begin()).is_array()));
  }

  static bool says_scope(Value members) {
    size_t looked = 0;
    size_t paths = 0;
    for (Value member : members) {
      if (++looked > kTouchNodes) return false;
      const Hint hint = named(member).hint;
      if (hint == Hint::Path && ++paths > 1) return true;
      if (hint == Hint::Project) return true;
      if (!member.is_string()) continue;
      if (hint == Hint::Repo || hint == Hint::Schema || hint == Hint::Base ||
          hint == Hint::Database)
        return true;
    }
    return false;
  }

  TouchValues values_;
  const std::string_view home_;
  TouchScope scope_;
  size_t visited_ = 0;
  bool only_with_text_ = false;
};

/// Reads the content of a result or of a prompt's message: a single block or a list of blocks.
void content(Value blocks, Finder& finder) {
  const auto block = [&finder](Value each) {
    if (!each.is_object() || !finder.visit()) return;
    const Value type = each.find("type");
    // A resource link only names a resource, whose content was not read. An embedded resource was
    // read.
    if (type.is_string() && type.text_is("resource_link"))
      finder.address(each.find("uri"), DataOp::Unknown);
    if (type.is_string() && type.text_is("resource"))
      finder.address(each.find("resource").find("uri"),
                     finder.op() == DataOp::Write ? DataOp::Write : DataOp::Read);
  };
  if (blocks.is_object()) return block(blocks);
  if (!blocks.is_array()) return;
  for (Value each : blocks) {
    if (!finder.visit()) return;
    block(each);
  }
}

}  // namespace

std::vector<std::string> uri_arguments(Value input_schema) {
  std::vector<std::string> names;
  const Value properties = input_schema.find("properties");
  if (!properties.is_object()) return names;
  for (Value property : properties) {
    if (names.size() == kUriArguments) break;
    const Value format = property.find("format");
    if (!format.is_string() || property.raw_key().size() > kUriArgument) continue;
    if (format.text_is("uri") || format.text_is("uri-reference")) names.push_back(property.key());
  }
  return names;
}

std::vector<DataItem> touches_of(const TouchingCall& call) {
  Finder finder(call.tool, call.effect, call.roots);
  finder.arguments(call.args, call.uris);
  return finder.take();
}

std::vector<DataItem> touches_of_resource(std::string_view uri, const PathRoots& roots) {
  Finder finder({}, Effect::Read, roots);
  finder.address(TouchText(uri), DataOp::Read);
  return finder.take();
}

std::vector<DataItem> touches_of_result(Value result, Effect effect, const PathRoots& roots,
                                        const std::vector<DataItem>& known) {
  Finder finder({}, effect, roots, &known);
  if (!result.is_object()) return {};
  content(result.find("content"), finder);
  if (const Value contents = result.find("contents"); contents.is_array())
    for (Value each : contents) {
      if (!finder.visit()) break;
      finder.address(each.find("uri"), DataOp::Read);
    }
  if (const Value messages = result.find("messages"); messages.is_array())
    for (Value each : messages) {
      if (!finder.visit()) break;
      content(each.find("content"), finder);
    }
  finder.structured(result.find("structuredContent"));
  return finder.take();
}

}  // namespace callgate
