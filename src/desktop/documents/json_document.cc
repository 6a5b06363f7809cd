// Edits JSON with comments and trailing commas.
#include <fmt/core.h>

#include <algorithm>

#include "callgate/base/text.h"
#include "callgate/wire/jsonc.h"
#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"
#include "document.h"
#include "layout.h"

namespace callgate {

namespace {

constexpr size_t kMostDepth = 128;
// This is enough for a file of the largest allowed size (4 MiB) and the text that callgate adds to
// the file.
constexpr size_t kMostBytes = size_t{5} << 20;

/// Comments are replaced by blanks in a copy of the text, and the message is parsed from this copy.
/// So offsets are the same in the text and in the message.
class JsonDocument final : public Document {
 public:
  static Result<std::unique_ptr<Document>> read(std::string_view text,
                                                const std::vector<std::string>& servers);

  bool has_servers() const override { return bool(servers_); }
  std::string servers_raw() const override {
    return servers_ ? std::string(original(servers_)) : std::string();
  }
  std::string with_servers_raw(const std::string& raw) const override {
    return spliced(text_, {{servers_.node().begin, servers_.node().end, raw}});
  }
  std::string changed(const std::vector<std::string>& removed,
                      const std::vector<DocumentEntry>& added) const override;
  std::string without_servers() const override;

 private:
  explicit JsonDocument(std::string_view text) : text_(text) {}
  std::optional<Error> descend(const std::vector<std::string>& keys);
  std::optional<Error> read_entries();
  std::string_view original(Value value) const {
    return std::string_view(text_).substr(value.node().begin,
                                          value.node().end - value.node().begin);
  }
  std::string whole(const std::vector<DocumentEntry>& added) const;
  std::string members(const std::vector<DocumentEntry>& added, const Layout& layout) const;
  std::string object_of(const std::vector<std::string>& keys,
                        const std::vector<DocumentEntry>& added, const Layout& layout) const;
  Layout layout_in(Value object) const;
  void append(std::vector<Splice>& splices, Value object, std::optional<size_t> after,
              const std::string& member) const;
  void remove(std::vector<Splice>& splices, const std::vector<Value>& all,
              const std::vector<bool>& gone) const;
  std::optional<size_t> trailing_comma(size_t from) const;
  size_t after_last_mark(Value object) const;

  const std::string text_;
  MessagePtr message_;  // nullptr if the file has only comments or nothing
  Value deepest_;       // the last existing object on the way to the servers
  // The keys on the way to the servers that do not exist yet: the first one is missing in
  // `deepest_`, and the last one is the key of the servers.
  std::vector<std::string> missing_;
  Value servers_;
};

size_t key_begin(Value member) { return member.node().key_begin; }

std::vector<Value> members_of(Value object) {
  std::vector<Value> all;
  for (Value member : object) all.push_back(member);
  return all;
}

Result<std::unique_ptr<Document>> JsonDocument::read(std::string_view text,
                                                     const std::vector<std::string>& servers) {
  std::unique_ptr<JsonDocument> document(new JsonDocument(text));
  std::string plain(text);
  if (const Status blanked = blank_comments(plain); !blanked)
    return not_valid(text, text.rfind("/*"), "this comment is not closed");
  document->missing_ = servers;
  if (only_blanks(plain)) return std::unique_ptr<Document>(std::move(document));
  Walker walker({.bytes = kMostBytes, .depth = kMostDepth, .nodes = 1'000'000});
  const Result<MessagePtr> message = walker.walk(std::move(plain));
  if (!message) return not_valid(text, walker.error_offset(), message.error().message);
  document->message_ = *message;
  if (!document->message_->root().is_object())
    return not_valid(text, document->message_->root().node().begin, "this is not an object");
  if (const auto error = document->descend(servers)) return *error;
  if (const auto error = document->read_entries()) return *error;
  return std::unique_ptr<Document>(std::move(document));
}

std::optional<Error> JsonDocument::descend(const std::vector<std::string>& keys) {
  deepest_ = message_->root();
  for (size_t i = 0; i < keys.size(); ++i) {
    const std::vector<Value> all = members_of(deepest_);
    const auto named = [&](Value member) { return member.key_is(keys[i]); };
    const auto found = std::find_if(all.begin(), all.end(), named);
    if (found == all.end()) return std::nullopt;
    if (const auto again = std::find_if(found + 1, all.end(), named); again != all.end())
      return not_valid(text_, key_begin(*again),
                       fmt::format("the key {} appears twice", quote(keys[i])));
    if (!found->is_object())
      return not_valid(text_, found->node().begin,
                       fmt::format("{} is not an object", quote(keys[i])));
    missing_.erase(missing_.begin());
    (missing_.empty() ? servers_ : deepest_) = *found;
  }
  return std::nullopt;
}

std::optional<Error> JsonDocument::read_entries() {
  if (!servers_) return std::nullopt;
  for (Value member : servers_) {
    std::string name = member.key();
    if (entries_.size() == kMostEntries) return too_many_entries();
    if (entry(name))
      return not_valid(text_, key_begin(member),
                       fmt::format("the server {} appears twice", quote(name)));
    entries_.push_back({std::move(name), std::string(member.raw()), std::string(original(member))});
  }
  return std::nullopt;
}

/// Returns the layout for members of this object. It is the layout of the object's first member or,
/// if the object is empty, the layout of the file.
Layout JsonDocument::layout_in(Value object) const {
  const auto indent_of = [this](size_t at) -> std::optional<std::string> {
    const size_t begin = line_begin(text_, at);
    const std::string_view before = std::string_view(text_).substr(begin, at - begin);
    return begin > 0 && only_blanks(before) ? std::optional<std::string>(before) : std::nullopt;
  };
  Layout layout;
  layout.line_end = line_end_of(text_);
  const Value root = message_->root();
  const std::vector<Value> top = members_of(root);
  layout.unit = top.empty() ? "  " : indent_of(key_begin(top.front())).value_or("  ");
  if (layout.unit.empty()) layout.unit = "  ";
  const std::string_view inside =
      std::string_view(text_).substr(root.node().begin, root.node().end - root.node().begin);
  layout.one_line = inside.find('\n') == std::string_view::npos && !top.empty();
  const std::vector<Value> own = members_of(object);
  if (!own.empty()) {
    const auto indent = indent_of(key_begin(own.front()));
    layout.one_line = !indent;
    layout.indent = indent.value_or("");
    return layout;
  }
  // Members of an empty object are one unit deeper than the line on which the object begins.
  const size_t begin = line_begin(text_, object.node().begin);
  const size_t text = text_.find_first_not_of(" \t", begin);
  const bool first_line = begin == 0 && object.index() == 0;
  layout.indent = (first_line ? std::string() : text_.substr(begin, text - begin)) + layout.unit;
  return layout;
}

std::string JsonDocument::members(const std::vector<DocumentEntry>& added,
                                  const Layout& layout) const {
  std::string out;
  for (const DocumentEntry& each : added) {
    if (!out.empty()) out += layout.one_line ? ", " : "," + layout.line_end + layout.indent;
    out += quote(each.name) + ": ";
    out += each.raw.empty() ? laid_out(each.json, layout) : each.raw;
  }
  return out;
}

/// Returns {"a": {"b": {…entries…}}} for the keys a and b.
std::string JsonDocument::object_of(const std::vector<std::string>& keys,
                                    const std::vector<DocumentEntry>& added,
                                    const Layout& layout) const {
  const Layout inner = layout.deeper();
  std::string inside;
  if (keys.empty()) {
    inside = members(added, inner);
  } else {
    inside = quote(keys.front()) + ": " + object_of({keys.begin() + 1, keys.end()}, added, inner);
  }
  if (inside.empty()) return "{}";
  if (layout.one_line) return "{" + inside + "}";
  return "{" + layout.line_end + inner.indent + inside + layout.line_end + layout.indent + "}";
}

std::string JsonDocument::whole(const std::vector<DocumentEntry>& added) const {
  Layout layout;
  layout.line_end = line_end_of(text_);
  std::string out = text_;
  const bool mark_only = out == "\xEF\xBB\xBF";
  if (!out.empty() && !mark_only && out.back() != '\n') out += layout.line_end;
  return out + object_of(missing_, added, layout) + layout.line_end;
}

/// Returns the offset of the comma after an object's last member, which ends at `from`; nullopt if
/// no comma follows the member.
std::optional<size_t> JsonDocument::trailing_comma(size_t from) const {
  const size_t close = message_->bytes().find_first_of("]}", from);
  std::string inside = text_.substr(from, close - from);
  // blank_comments() makes comments blank, so that only a real comma is found.
  const size_t comma = blank_comments(inside).ok() ? inside.find(',') : std::string::npos;
  return comma == std::string::npos ? std::nullopt : std::optional<size_t>(from + comma);
}

/// Returns the offset after the object's last byte that is neither white space nor the closing
/// bracket. This byte may be the end of a value, a comma or the end of a comment.
size_t JsonDocument::after_last_mark(Value object) const {
  const size_t close = object.node().end - 1;
  const size_t last = text_.find_last_not_of(" \t\r\n", close - 1);
  return last + 1;
}

/// Adds a member. `after` is the end of the last member that remove() does not remove; nullopt if
/// remove() removes all members.
void JsonDocument::append(std::vector<Splice>& splices, Value object, std::optional<size_t> after,
                          const std::string& member) const {
  const Layout layout = layout_in(object);
  const std::vector<Value> all = members_of(object);
  if (after && *after != all.back().node().end) {
    // The new member needs a comma before it. remove() removes the comma after `after`, unless the
    // object has a trailing comma. In that case, the trailing comma now follows the new member.
    splices.push_back(
        {*after, *after,
         layout.one_line ? ", " + member : "," + layout.line_end + layout.indent + member});
    return;
  }
  if (after && !trailing_comma(*after)) splices.push_back({*after, *after, ","});
  const size_t at = after_last_mark(object);
  if (layout.one_line) {
    const size_t close = object.node().end - 1;
    const bool padded = all.empty() ? false : text_[close - 1] == ' ';
    splices.push_back(
        {padded ? at : close, close, (after ? " " : "") + member + (padded ? " " : "")});
    return;
  }
  std::string closing;
  const bool closes_line = text_.find('\n', at) < object.node().end;
  if (!closes_line)
    closing = layout.line_end +
              layout.indent.substr(
                  0, layout.indent.size() - std::min(layout.unit.size(), layout.indent.size()));
  const size_t end = closes_line ? at : object.node().end - 1;
  splices.push_back({at, end, layout.line_end + layout.indent + member + closing});
}

/// Removes the members that `gone` marks. Each is removed with the comma after it, and with its
/// line if nothing else is on that line. If the last members are removed and no comma follows the
/// last one, the comma before them is removed, too.
void JsonDocument::remove(std::vector<Splice>& splices, const std::vector<Value>& all,
                          const std::vector<bool>& gone) const {
  size_t tail = all.size();
  while (tail > 0 && gone[tail - 1]) --tail;
  for (size_t i = 0; i < all.size(); ++i) {
    if (!gone[i]) continue;
    size_t begin = key_begin(all[i]), end = all[i].node().end;
    const std::string_view plain = message_->bytes();
    const bool last = i + 1 == all.size();
    const auto comma = last ? trailing_comma(end) : std::optional<size_t>(plain.find(',', end));
    if (comma) end = *comma + 1;
    if (i == tail && i > 0 && !trailing_comma(all.back().node().end)) {
      const size_t before = plain.rfind(',', begin);
      splices.push_back({before, before + 1, ""});
    }
    const size_t line = line_begin(text_, begin), after = line_after(text_, end);
    const bool alone = only_blanks(std::string_view(text_).substr(line, begin - line)) &&
                       only_blanks(std::string_view(text_).substr(end, after - end));
    if (alone && line > 0) {
      begin = line;
      end = after;
    } else if (i < tail && text_[end] == ' ') {
      ++end;
    }
    splices.push_back({begin, end, ""});
  }
}

std::string JsonDocument::changed(const std::vector<std::string>& removed,
                                  const std::vector<DocumentEntry>& added) const {
  if (!message_) return added.empty() ? text_ : whole(added);
  std::vector<Splice> splices;
  if (!servers_) {
    if (added.empty()) return text_;
    const Layout layout = layout_in(deepest_);
    const std::vector<Value> all = members_of(deepest_);
    const std::string member = quote(missing_.front()) + ": " +
                               object_of({missing_.begin() + 1, missing_.end()}, added, layout);
    append(splices, deepest_,
           all.empty() ? std::nullopt : std::optional<size_t>(all.back().node().end), member);
    return spliced(text_, std::move(splices));
  }
  const std::vector<Value> all = members_of(servers_);
  std::vector<bool> gone;
  std::optional<size_t> after;
  for (Value member : all) {
    gone.push_back(contains(removed, member.key()));
    if (!gone.back()) after = member.node().end;
  }
  if (!after && !all.empty()) {  // no member stays, so the object is written again
    Layout layout = layout_in(servers_);
    const size_t line = line_begin(text_, servers_.node().begin);
    layout.indent = text_.substr(line, text_.find_first_not_of(" \t", line) - line);
    return with_servers_raw(object_of({}, added, layout));
  }
  remove(splices, all, gone);
  if (!added.empty()) append(splices, servers_, after, members(added, layout_in(servers_)));
  return spliced(text_, std::move(splices));
}

std::string JsonDocument::without_servers() const {
  if (!servers_) return text_;
  const std::vector<Value> all = members_of(deepest_);
  std::vector<bool> gone;
  for (Value member : all) gone.push_back(member.index() == servers_.index());
  std::vector<Splice> splices;
  remove(splices, all, gone);
  return spliced(text_, std::move(splices));
}

}  // namespace

Result<std::unique_ptr<Document>> read_json_document(std::string_view text,
                                                     const std::vector<std::string>& servers) {
  return JsonDocument::read(text, servers);
}

}  // namespace callgate
