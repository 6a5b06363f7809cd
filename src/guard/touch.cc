#include "callgate/guard/touch.h"

#include <algorithm>

#include "callgate/base/text.h"
#include "text.h"
#include "touch_command.h"
#include "touch_forms.h"
#include "touch_hints.h"
#include "touch_sql.h"
#include "words.h"

namespace callgate {

namespace {

constexpr size_t kNodes = 4096, kDepth = 32;
/// Of a value: no path and no address needs more. An address has its host in there.
constexpr size_t kLooked = 8192;
constexpr size_t kLongestSql = size_t{256} << 10;
constexpr size_t kUriArguments = 16, kUriArgument = 64;

constexpr std::string_view kMoves[] = {"move", "mv", "rename"};
constexpr std::string_view kCopies[] = {"copy", "cp", "duplicate"};
constexpr std::string_view kBrowses[] = {"browse",   "crawl", "download", "fetch", "goto",
                                         "navigate", "open",  "scrape",   "visit"};
constexpr std::string_view kSaves[] = {"download", "export", "pdf", "screenshot", "snapshot"};
constexpr std::string_view kSearches[] = {"find", "google", "lookup", "search", "web"};
constexpr std::string_view kUploads[] = {"upload"};
constexpr std::string_view kIssues[] = {"issue", "issues", "pr", "pull", "ticket"};

TouchOp op_of(Effect effect) {
  if (effect == Effect::Read) return TouchOp::Read;
  return effect == Effect::Write ? TouchOp::Write : TouchOp::Unknown;
}

/// What the tool's name says of single arguments.
struct Tool {
  explicit Tool(std::string_view name, Effect effect) : op(op_of(effect)) {
    const Words words = words_of(name);
    moves = words.any_of(kMoves);
    copies = words.any_of(kCopies);
    browses = words.any_of(kBrowses);
    saves = words.any_of(kSaves);
    searches = words.any_of(kSearches);
    uploads = words.any_of(kUploads);
    issues = words.any_of(kIssues);
  }
  TouchOp op;
  bool moves = false, copies = false, browses = false, saves = false, searches = false,
       uploads = false, issues = false;
};

/// What stands beside an argument, or around it, and says where it belongs.
struct Scope {
  std::string cwd;   // of the server, or as an argument says
  std::string repo;  // "owner/name"; empty: there is none
  std::string schema;
  bool own_cwd = false;  // an argument's
};

/// A String's characters; those of most values lie in the message.
class Characters {
 public:
  explicit Characters(Value value) {
    if (value.node().escaped) {
      own_ = value.text();
      all_ = own_;
    } else {
      all_ = value.raw().substr(1, value.raw().size() - 2);
    }
  }
  Characters(const Characters&) = delete;
  Characters& operator=(const Characters&) = delete;
  std::string_view all() const { return all_; }
  std::string_view looked() const { return trimmed(all_.substr(0, kLooked)); }
  bool cut() const { return all_.size() > kLooked; }

 private:
  std::string own_;
  std::string_view all_;
};

class Finder {
 public:
  Finder(std::string_view tool, Effect effect, const PathRoots& roots,
         const std::vector<Touch>* known = nullptr)
      : tool_(tool, effect), home_(roots.home), known_(known) {
    scope_.cwd = roots.cwd;
  }

  void arguments(Value args, std::span<const std::string> uris) {
    if (args.is_object()) object(args, scope_, 0, uris);
  }
  void structured(Value content) {
    if (content.is_object()) object(content, scope_, 0, {});
    if (content.is_array()) value(content, {}, scope_, 0);
  }
  void address(std::string_view text, TouchOp op) {
    const bool cut = text.size() > kLooked;
    formed(trimmed(text.substr(0, kLooked)), cut, op, scope_, true);
  }
  void address(Value uri, TouchOp op) {
    if (uri.is_string()) address(Characters(uri).all(), op);
  }
  bool visit() { return ++visited_ <= kNodes; }
  TouchOp op() const { return tool_.op; }
  std::vector<Touch> take() { return std::move(found_); }

 private:
  void add(TouchKind kind, TouchOp op, std::string what, bool cut = false) {
    if (what.empty() || found_.size() == kTouches) return;
    Touch touch{kind, op, bounded(std::move(what), cut)};
    if (std::find(found_.begin(), found_.end(), touch) != found_.end()) return;
    const auto same = [&touch](const Touch& each) {
      return each.kind == touch.kind && each.what == touch.what;
    };
    if (known_ && std::any_of(known_->begin(), known_->end(), same)) return;
    found_.push_back(std::move(touch));
  }

  void add_path(std::string_view text, bool cut, TouchOp op, const Scope& scope, bool resolve) {
    const PathRoots roots{resolve ? std::string_view(scope.cwd) : std::string_view{}, home_};
    add(TouchKind::Path, op, path_text(text, roots), cut);
  }

  /// What says itself what it is; true if it did. `expected`: a URI or an address stands here.
  bool formed(std::string_view text, bool cut, TouchOp op, const Scope& scope, bool expected) {
    const TouchOp read_there = tool_.browses && op == TouchOp::Write ? TouchOp::Read : op;
    switch (form_of(text)) {
      case Form::None:
        return false;
      case Form::Path:
        if (expected) add_path(text, cut, op, scope, true);
        return expected;
      case Form::File: {
        std::string path = file_path(text, {scope.cwd, home_});
        if (path.empty())
          add(TouchKind::Other, op, uri_text(text), cut);
        else
          add(TouchKind::Path, op, std::move(path), cut);
        return true;
      }
      case Form::Url:
        add(TouchKind::Url, read_there, url_text(text), cut);
        return true;
      case Form::Repo:
        add(TouchKind::Repo, op, repo_address(text), cut);
        return true;
      case Form::Uri:
        add(TouchKind::Other, op, uri_text(text), cut);
        return true;
      case Form::Opaque:
        if (expected) add(TouchKind::Other, op, uri_text(text), cut);
        return expected;
      case Form::Inline:
        return true;
    }
    return false;
  }

  TouchOp op_by(Hint hint) const {
    switch (hint) {
      case Hint::Source:
        return tool_.moves ? TouchOp::Write : TouchOp::Read;
      case Hint::Destination:
      case Hint::Output:
        return TouchOp::Write;
      case Hint::Path:
        if (tool_.uploads) return TouchOp::Read;
        return tool_.saves ? TouchOp::Write : tool_.op;
      default:
        return tool_.op;
    }
  }

  void path(const Characters& text, Named name, const Scope& scope) {
    const std::string_view looked = text.looked();
    const TouchOp op = op_by(name.hint);
    const Form form = form_of(looked);
    if (form != Form::None && form != Form::Path && form != Form::Opaque) {
      formed(looked, text.cut(), op, scope, true);
      return;
    }
    const bool transfer = tool_.moves || tool_.copies;
    const bool sure = name.sure || (transfer && name.hint != Hint::Path);
    const bool none = looked.empty() || looked.find('\n') != std::string_view::npos ||
                      looked.substr(0, 2) == "$." || looked.substr(0, 2) == "$[";
    if (none || (!sure && form != Form::Path)) return;
    // A file within a repository, not on this machine. (A base is a folder here.)
    if (!scope.repo.empty() && name.hint != Hint::Base && form != Form::Path) {
      const std::string inside = path_text("/" + std::string(looked), {});
      add(TouchKind::Repo, op, scope.repo + (inside == "/" ? "" : inside), text.cut());
      return;
    }
    if (name.hint != Hint::Base)
      add_path(looked, text.cut(), op, scope, true);
    else  // resolved already
      add(TouchKind::Path, op, scope.cwd, text.cut());
  }

  void repository(const Characters& text, Named name, const Scope& scope) {
    const std::string_view looked = text.looked();
    const Form form = form_of(looked);
    if (form == Form::Path && name.hint == Hint::Repo)
      return add_path(looked, text.cut(), tool_.op, scope, true);
    if (form == Form::Url && name.hint == Hint::Repo)
      return add(TouchKind::Repo, tool_.op, url_text(looked), text.cut());
    if (form != Form::None) {
      formed(looked, text.cut(), tool_.op, scope, false);
      return;
    }
    // A project's may be anything, unless it has an owner.
    const bool has_owner = looked.find('/') != std::string_view::npos;
    if (!is_repo_name(looked) || (!has_owner && name.hint == Hint::Project)) return;
    add(TouchKind::Repo, tool_.op,
        has_owner || scope.repo.empty() ? std::string(looked) : scope.repo);
  }

  void issue(std::string_view text, const Scope& scope) {
    const bool number =
        !text.empty() && text.size() <= 19 && std::all_of(text.begin(), text.end(), is_digit);
    if (number)
      add(TouchKind::Ticket, tool_.op, scope.repo + "#" + std::string(text));
    else if (is_repo_part(text))
      add(TouchKind::Ticket, tool_.op, std::string(text));
  }

  void tables(const Characters& text, bool sure) {
    if (text.all().size() > kLongestSql || (!sure && tool_.searches) || !is_sql(text.all())) return;
    for_each_table(text.all(), [this](std::string table, TouchOp op) {
      if (table.size() <= kTouchBytes) add(TouchKind::Table, op, std::move(table));
    });
  }

  // Where a shell stands is known only if the call says so.
  void command(const std::vector<std::string_view>& words, const Scope& scope) {
    for_each_operand(words, [&](std::string_view word, TouchOp op) {
      const Form form = form_of(word);
      if (form == Form::None || form == Form::Path || form == Form::Opaque)
        add_path(word, false, op, scope, scope.own_cwd);
      else
        formed(word, false, op, scope, false);
    });
  }

  void string(Value member, Named name, const Scope& scope) {
    if (name.hint == Hint::Content || name.hint == Hint::Data) return;
    const Characters text(member);
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
        return add(TouchKind::Url, tool_.browses ? TouchOp::Read : tool_.op, host_text(looked),
                   text.cut());
      case Hint::Repo:
      case Hint::Project:
        return repository(text, name, scope);
      case Hint::Table:
      case Hint::Collection:
        if (!is_table_name(looked)) return;
        return add(TouchKind::Table, tool_.op,
                   scope.schema.empty() || looked.find('.') != std::string_view::npos
                       ? std::string(looked)
                       : scope.schema + "." + std::string(looked));
      case Hint::Query:
      case Hint::Sql:
        return tables(text, name.hint == Hint::Sql);
      case Hint::Command:
        return command(plain_words(text.all()), scope);
      case Hint::Issue:
      case Hint::IssueNumber:
        return issue(looked, scope);
      case Hint::Number:
        if (tool_.issues) issue(looked, scope);
        return;
      case Hint::Reference:
        if (is_ticket(looked)) return add(TouchKind::Ticket, tool_.op, std::string(looked));
        break;
      default:
        break;
    }
    formed(looked, text.cut(), tool_.op, scope, false);
  }

  void value(Value member, Named name, const Scope& scope, size_t depth) {
    if (!visit() || depth > kDepth || name.hint == Hint::Content) return;
    if (member.is_string()) {
      string(member, name, scope);
    } else if (member.is_number()) {
      const bool counts = name.hint == Hint::Issue || name.hint == Hint::IssueNumber ||
                          (name.hint == Hint::Number && tool_.issues);
      if (counts) issue(member.raw(), scope);
    } else if (member.is_object()) {
      object(member, scope, depth + 1, {});
    } else if (member.is_array() && name.hint == Hint::Command) {
      argv(member, {}, scope);
    } else if (member.is_array()) {
      for (Value element : member) {
        if (visited_ > kNodes) return;
        value(element, name, scope, depth + 1);
      }
    }
  }

  /// A command as words: what it would be in a shell doesn't matter.
  void argv(Value words, Value first, const Scope& scope) {
    std::vector<std::string> texts;
    if (first) texts.push_back(first.text());
    for (Value word : words) {
      if (!word.is_string() || word.raw().size() > kLooked || texts.size() == kTouches) return;
      texts.push_back(word.text());
    }
    command({texts.begin(), texts.end()}, scope);
  }

  /// Beside the arguments of `members`; true if there is anything new.
  bool read_scope(Value members, Scope& scope) {
    Value owner, repo, schema, base;
    for (Value member : members) {
      if (!member.is_string()) continue;
      const Named name = named(member);
      if (name.hint == Hint::Owner) owner = member;
      if (name.hint == Hint::Repo && name.sure) repo = member;
      if (name.hint == Hint::Schema) schema = member;
      if (name.hint == Hint::Base && !base) base = member;
    }
    if (repo) read_repo(owner, repo, scope);
    if (schema && is_table_name(Characters(schema).looked()))
      scope.schema = Characters(schema).looked();
    if (base && form_of(Characters(base).looked()) != Form::Url) read_base(base, scope);
    return repo || schema || base;
  }
  static void read_repo(Value owner, Value repo, Scope& scope) {
    const std::string name(Characters(repo).looked());
    if (!is_repo_name(name)) return;
    if (name.find('/') != std::string::npos)
      scope.repo = name;
    else if (owner && is_repo_part(Characters(owner).looked()))
      scope.repo = std::string(Characters(owner).looked()) + "/" + name;
  }
  void read_base(Value base, Scope& scope) const {
    const Characters text(base);
    const std::string_view looked = text.looked();
    if (looked.empty() || looked.find('\n') != std::string_view::npos) return;
    std::string path = form_of(looked) == Form::File ? file_path(looked, {scope.cwd, home_})
                                                     : path_text(looked, {scope.cwd, home_});
    if (path.empty()) return;
    scope.cwd = std::move(path);
    scope.own_cwd = true;
  }

  void object(Value members, const Scope& around, size_t depth, std::span<const std::string> uris) {
    Scope own;
    const Scope* scope = &around;
    if (depth <= kDepth && says_scope(members)) {
      own = around;
      if (read_scope(members, own)) scope = &own;
    }
    const Value args = members.find("args");
    for (Value member : members) {
      if (visited_ > kNodes) return;
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

  static bool says_scope(Value members) {
    size_t looked = 0;
    for (Value member : members) {
      if (++looked > kNodes) return false;
      if (!member.is_string()) continue;
      const Hint hint = named(member).hint;
      if (hint == Hint::Repo || hint == Hint::Schema || hint == Hint::Base) return true;
    }
    return false;
  }

  const Tool tool_;
  const std::string_view home_;
  const std::vector<Touch>* known_;
  Scope scope_;
  std::vector<Touch> found_;
  size_t visited_ = 0;
};

/// Content of a result or of a prompt's message: one block, or many.
void content(Value blocks, Finder& finder) {
  const auto block = [&finder](Value each) {
    if (!each.is_object() || !finder.visit()) return;
    const Value type = each.find("type");
    // A link names, what is embedded was read.
    if (type.is_string() && type.text_is("resource_link"))
      finder.address(each.find("uri"), TouchOp::Unknown);
    if (type.is_string() && type.text_is("resource"))
      finder.address(each.find("resource").find("uri"),
                     finder.op() == TouchOp::Write ? TouchOp::Write : TouchOp::Read);
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

std::vector<Touch> touches_of(const TouchingCall& call) {
  Finder finder(call.tool, call.effect, call.roots);
  finder.arguments(call.args, call.uris);
  return finder.take();
}

std::vector<Touch> touches_of_resource(std::string_view uri, const PathRoots& roots) {
  Finder finder({}, Effect::Read, roots);
  finder.address(uri, TouchOp::Read);
  return finder.take();
}

std::vector<Touch> touches_of_result(Value result, Effect effect, const PathRoots& roots,
                                     const std::vector<Touch>& known) {
  Finder finder({}, effect, roots, &known);
  if (!result.is_object()) return {};
  content(result.find("content"), finder);
  if (const Value contents = result.find("contents"); contents.is_array())
    for (Value each : contents) {
      if (!finder.visit()) break;
      finder.address(each.find("uri"), TouchOp::Read);
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
