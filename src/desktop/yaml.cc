// Reads mappings and lists in block style.
#include <algorithm>

#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"
#include "document.h"
#include "toml.h"
#include "yaml_reader.h"

namespace callgate {

namespace {

std::string name_of_item(const std::string& json, size_t number) {
  Walker walker;
  const auto message = walker.walk(json);
  if (message && (*message)->root().is_object())
    for (const char* key : {"name", "uses"})
      if (const Value name = (*message)->root().find(key); name.is_string() && !name.text().empty())
        return name.text();
  return "item " + std::to_string(number);
}

}  // namespace

Result<YamlMapping> YamlReader::root(std::string_view wanted) {
  if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  next_content();
  if (text_.substr(at_).starts_with("---") && only_comment(at_ + 3)) {
    at_ = line_after(text_, at_);
    next_content();
  }
  YamlMapping out;
  while (!error_ && at_ < text_.size() && !document_end()) {
    if (indent_of(at_) != 0) fail("this line is indented too far");
    if (!error_) out.members.push_back(member(0, wanted));
  }
  if (!error_ && at_ < text_.size() && !only_blanks(text_.substr(line_after(text_, at_))))
    fail("more than one document");
  if (error_) return not_valid(text_, error_->first, error_->second);
  return out;
}

Result<YamlMapping> YamlReader::members_of(const YamlMember& parent) {
  at_ = parent.value;
  skip_spaces();
  YamlMapping out;
  if (!at_line_end()) return out;
  to_next_line();
  if (at_ >= parent.end || is_dash(at_)) return out;
  out.indent = indent_of(at_);
  while (!error_ && at_ < parent.end) out.members.push_back(member(out.indent, {}));
  if (error_) return not_valid(text_, error_->first, error_->second);
  return out;
}

Result<YamlMapping> YamlReader::items_of(const YamlMember& parent) {
  at_ = parent.value;
  skip_spaces();
  YamlMapping out;
  if (!at_line_end()) return out;
  to_next_line();
  if (at_ >= parent.end || !is_dash(at_)) return out;
  out.indent = indent_of(at_);
  while (!error_ && at_ < parent.end) {
    if (!is_dash(at_) || indent_of(at_) != out.indent) {
      fail("this line is indented differently from its neighbours");
      break;
    }
    YamlMember one;
    one.begin = line_begin(text_, at_);
    one.value = at_ + 1;
    one.json = item(out.indent, 0);
    one.end = std::min(content_end_, text_.size());
    if (!error_) one.key = name_of_item(one.json, out.members.size() + 1);
    out.members.push_back(std::move(one));
  }
  if (error_) return not_valid(text_, error_->first, error_->second);
  return out;
}

char YamlReader::peek(size_t ahead) const {
  return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
}

std::string YamlReader::fail(const std::string& what) {
  if (!error_) error_ = {at_, what};
  at_ = text_.size();
  return {};
}

size_t YamlReader::indent_of(size_t at) const {
  const size_t begin = line_begin(text_, at);
  return at - (begin == 0 && text_.starts_with("\xEF\xBB\xBF") ? 3 : begin);
}

bool YamlReader::is_space(size_t at) const {
  return at >= text_.size() || text_[at] == ' ' || text_[at] == '\t' || text_[at] == '\n' ||
         text_[at] == '\r';
}

bool YamlReader::is_dash(size_t at) const {
  return at < text_.size() && text_[at] == '-' && is_space(at + 1);
}

bool YamlReader::document_end() const {
  const std::string_view rest = text_.substr(at_);
  return indent_of(at_) == 0 && (rest.starts_with("---") || rest.starts_with("...")) &&
         is_space(at_ + 3);
}

bool YamlReader::only_comment(size_t at) const {
  while (at < text_.size() && (text_[at] == ' ' || text_[at] == '\t' || text_[at] == '\r')) ++at;
  return at >= text_.size() || text_[at] == '\n' ||
         (text_[at] == '#' && (at == 0 || is_space(at - 1)));
}

void YamlReader::skip_spaces() {
  while (peek() == ' ' || peek() == '\t') ++at_;
}

void YamlReader::next_content() {
  while (at_ < text_.size()) {
    size_t at = at_;
    while (at < text_.size() && text_[at] == ' ') ++at;
    if (!only_comment(at)) {
      at_ = at;
      if (text_[at] == '\t') fail("a tab can't indent");
      return;
    }
    at_ = line_after(text_, at);
  }
}

void YamlReader::to_next_line() {
  content_end_ = at_ = line_after(text_, at_);
  next_content();
}

void YamlReader::end_line() {
  skip_spaces();
  if (!at_line_end()) {
    fail("the line should end here");
    return;
  }
  to_next_line();
}

YamlMember YamlReader::member(size_t indent, std::string_view wanted) {
  YamlMember out;
  if (indent_of(at_) != indent) {
    fail("this line is indented differently from its neighbours");
    return out;
  }
  out.begin = line_begin(text_, at_);
  if (out.begin == 0 && text_.starts_with("\xEF\xBB\xBF")) out.begin = 3;
  out.key = key();
  out.value = at_;
  if (error_) return out;
  if (!wanted.empty() && out.key != wanted) {
    skip_value();
  } else {
    out.json = value(indent, 0);
  }
  out.end = std::min(content_end_, text_.size());
  return out;
}

std::string YamlReader::key() {
  std::string out;
  if (peek() == '"' || peek() == '\'') {
    out = quoted();
    skip_spaces();
  } else {
    refuse_marks();
    if (is_dash(at_) || (peek() == '?' && is_space(at_ + 1))) return fail("a key is missing");
    if (peek() == '[' || peek() == '{') return fail("a key can't be a collection here");
    const size_t begin = at_, line = line_after(text_, at_);
    while (at_ < line && !(peek() == ':' && is_space(at_ + 1)) &&
           !(peek() == '#' && is_space(at_ - 1)))
      ++at_;
    if (at_ >= line || peek() != ':') {
      at_ = begin;
      return fail("this is not a key with a colon");
    }
    out = std::string(text_.substr(begin, at_ - begin));
    while (out.ends_with(' ') || out.ends_with('\t')) out.pop_back();
  }
  if (!error_ && !(peek() == ':' && is_space(at_ + 1))) return fail("a colon is missing");
  ++at_;
  return out;
}

void YamlReader::refuse_marks() {
  if (peek() == '&' || peek() == '*' || peek() == '!' || peek() == '%' || peek() == '@' ||
      peek() == '`')
    fail(std::string("'") + peek() + "' can't be read here");
}

void YamlReader::skip_value() {
  skip_spaces();
  const bool token = peek() == '"' || peek() == '\'' || peek() == '[' || peek() == '{';
  if (token) {
    flow(0);
    return error_ ? void() : end_line();
  }
  const bool known =
      !at_line_end() && std::string_view("|>&*!").find(peek()) == std::string_view::npos;
  if (known) {
    plain(0);
    return;
  }
  to_next_line();
  while (at_ < text_.size() && (indent_of(at_) > 0 || is_dash(at_))) {
    content_end_ = at_ = line_after(text_, at_);
    // Inside a block scalar, every character counts, also tabs and "#".
    while (at_ < text_.size() && only_blanks(text_.substr(at_, line_after(text_, at_) - at_)))
      at_ = line_after(text_, at_);
    while (peek() == ' ') ++at_;
    if (peek() == '#' && indent_of(at_) == 0) next_content();
  }
}

std::string YamlReader::value(size_t indent, int depth) {
  if (depth > kMostYamlDepth) return fail("nested too deep");
  skip_spaces();
  if (at_line_end()) return below(indent, indent, depth);
  refuse_marks();
  if (error_) return {};
  if (peek() == '|' || peek() == '>') return block_scalar(indent);
  return plain_or_flow(indent);
}

std::string YamlReader::below(size_t indent, size_t dash_indent, int depth) {
  to_next_line();
  if (at_ >= text_.size() || document_end()) return "null";
  const size_t found = indent_of(at_);
  if (is_dash(at_) && found >= dash_indent) return sequence(found, depth);
  if (found <= indent) return "null";
  return is_key_ahead() ? mapping(found, depth) : plain_or_flow(indent);
}

bool YamlReader::is_key_ahead() const {
  YamlReader ahead(text_);
  ahead.at_ = at_;
  ahead.key();
  return !ahead.error_;
}

std::string YamlReader::mapping(size_t indent, int depth) {
  JsonTree tree;
  while (!error_ && at_ < text_.size() && !document_end() && indent_of(at_) >= indent) {
    const size_t begin = at_;
    if (indent_of(at_) != indent) return fail("this line is indented differently");
    const std::string name = key();
    if (error_) return {};
    std::string json = value(indent, depth + 1);
    if (error_) return {};
    if (!tree.put({name}, 0, std::move(json))) {
      at_ = begin;
      return fail("this key appears twice");
    }
  }
  return tree.json();
}

std::string YamlReader::sequence(size_t indent, int depth) {
  std::string out = "[";
  while (!error_ && at_ < text_.size() && indent_of(at_) == indent && is_dash(at_)) {
    if (out.size() > 1) out += ',';
    out += item(indent, depth + 1);
  }
  return out + "]";
}

std::string YamlReader::item(size_t indent, int depth) {
  ++at_;
  skip_spaces();
  if (at_line_end()) return below(indent, indent + 1, depth);
  if (peek() != '"' && peek() != '\'' && peek() != '[' && peek() != '{' && is_key_ahead())
    return mapping(indent_of(at_), depth);
  if (is_dash(at_)) return fail("a list directly in a list can't be read");
  return value(indent, depth);
}

Result<YamlMapping> read_yaml_root(std::string_view text, std::string_view wanted) {
  return YamlReader(text).root(wanted);
}

Result<YamlMapping> read_yaml_members(std::string_view text, const YamlMember& member) {
  return YamlReader(text).members_of(member);
}

Result<YamlMapping> read_yaml_items(std::string_view text, const YamlMember& member) {
  return YamlReader(text).items_of(member);
}

std::string yaml_key(std::string_view key) {
  const bool plain =
      !key.empty() &&
      std::all_of(key.begin(), key.end(),
                  [](char c) { return (c >= 'a' && c <= 'z') || c == '_' || c == '-'; }) &&
      key != "true" && key != "false" && key != "null" && key != "yes" && key != "no" &&
      key != "on" && key != "off" && key != "y" && key != "n" && key[0] != '-';
  return plain ? std::string(key) : quote(key);
}

std::string yaml_value(std::string_view json) {
  // Writes a blank after each colon and comma; with it, JSON is also valid YAML.
  Walker walker;
  const auto message = walker.walk(std::string(json));
  ENSURE(message.ok());  // we wrote this JSON ourselves
  const auto write = [](auto&& self, Value value) -> std::string {
    if (value.is_string()) return quote(value.text());
    if (!value.is_object() && !value.is_array()) return std::string(value.raw());
    std::string out;
    for (Value each : value) {
      if (!out.empty()) out += ", ";
      if (value.is_object()) out += quote(each.key()) + ": ";
      out += self(self, each);
    }
    return value.is_object() ? "{" + out + "}" : "[" + out + "]";
  };
  return write(write, (*message)->root());
}

}  // namespace callgate
