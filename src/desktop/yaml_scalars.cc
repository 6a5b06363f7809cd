// Reads scalars, and collections in flow style.
#include <algorithm>

#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"
#include "document.h"
#include "toml.h"
#include "yaml_reader.h"

namespace callgate {

std::string YamlReader::plain_or_flow(size_t indent) {
  const char c = peek();
  if (c == '"' || c == '\'' || c == '[' || c == '{') {
    std::string out = flow(0);
    if (!error_) end_line();
    return out;
  }
  refuse_marks();
  return error_ ? std::string() : plain(indent);
}

std::string YamlReader::plain(size_t indent) {
  if (is_dash(at_)) return fail("a list can't begin here");
  std::string out;
  for (;;) {
    const size_t line = std::min(text_.find('\n', at_), text_.size());
    const size_t begin = at_;
    while (at_ < line && !(peek() == '#' && is_space(at_ - 1)) &&
           !(peek() == ':' && is_space(at_ + 1)))
      ++at_;
    if (peek() == ':' && at_ < line) return fail("a plain text can't hold ': '");
    std::string part(text_.substr(begin, at_ - begin));
    while (!part.empty() && is_blank(part.back())) part.pop_back();
    out += (out.empty() ? "" : " ") + part;
    const bool comment = peek() == '#';
    to_next_line();
    if (comment || at_ >= text_.size() || indent_of(at_) <= indent || document_end()) break;
  }
  return typed(out);
}

std::string YamlReader::typed(const std::string& text) {
  if (text == "true" || text == "True" || text == "TRUE") return "true";
  if (text == "false" || text == "False" || text == "FALSE") return "false";
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL")
    return "null";
  Walker walker;
  const auto whole = walker.walk(text);
  return whole && (*whole)->root().is_number() ? text : quote(text);
}

std::string YamlReader::block_scalar(size_t indent) {
  const bool folded = peek() == '>';
  char chomp = ' ';
  size_t given = 0;
  for (++at_; !is_space(at_); ++at_) {
    if (peek() == '-' || peek() == '+')
      chomp = peek();
    else if (peek() >= '1' && peek() <= '9')
      given = static_cast<size_t>(peek() - '0');
    else
      return fail("this can't follow | or >");
  }
  skip_spaces();
  if (!at_line_end()) return fail("the line should end here");
  content_end_ = at_ = line_after(text_, at_);
  size_t depth = given ? indent + given : 0;
  std::string out, empty;
  bool further = false;
  while (at_ < text_.size()) {
    const size_t end = line_after(text_, at_);
    std::string_view line = text_.substr(at_, end - at_);
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    const size_t blanks = std::min(line.find_first_not_of(' '), line.size());
    if (blanks == line.size()) {
      empty += '\n';
    } else {
      if (depth == 0 && blanks > indent) depth = blanks;
      if (blanks < depth || depth == 0) break;
      // In a folded scalar, a single line end is a blank, except around lines that are indented
      // further.
      const bool level = line[depth] != ' ' && !further && folded && out.ends_with('\n');
      if (level && empty.empty()) out.back() = ' ';
      if (level && !empty.empty()) out.pop_back();
      further = line[depth] == ' ';
      out += empty;
      empty.clear();
      out += std::string(line.substr(depth)) + "\n";
      content_end_ = end;
    }
    at_ = end;
  }
  if (chomp == '-' && out.ends_with('\n')) out.pop_back();
  if (chomp == '+') out += empty;
  next_content();
  return quote(out);
}

void YamlReader::fold(std::string& out) {
  while (!out.empty() && (out.back() == ' ' || out.back() == '\t')) out.pop_back();
  int ends = 0;
  while (at_ < text_.size() && is_blank(peek())) ends += text_[at_++] == '\n';
  out += ends > 1 ? std::string(static_cast<size_t>(ends - 1), '\n') : " ";
}

std::string YamlReader::single_quoted() {
  const size_t begin = at_;
  std::string out;
  for (++at_; at_ < text_.size();) {
    if (peek() == '\'' && peek(1) == '\'') {
      out += '\'';
      at_ += 2;
    } else if (peek() == '\'') {
      ++at_;
      return out;
    } else if (peek() == '\n' || peek() == '\r') {
      fold(out);
    } else {
      out += text_[at_++];
    }
  }
  at_ = begin;
  return fail("this string is not closed");
}

std::string YamlReader::double_quoted() {
  const size_t begin = at_;
  std::string out;
  for (++at_; at_ < text_.size() && !error_;) {
    if (peek() == '"') {
      ++at_;
      return out;
    }
    if (peek() == '\\') {
      escape(out);
    } else if (peek() == '\n' || peek() == '\r') {
      fold(out);
    } else {
      out += text_[at_++];
    }
  }
  if (!error_) at_ = begin;
  return fail("this string is not closed");
}

void YamlReader::escape(std::string& out) {
  constexpr std::string_view kFrom = "0abtnvfre \"/\\\t";
  constexpr std::string_view kTo("\0\a\b\t\n\v\f\r\x1b \"/\\\t", 14);
  const char c = peek(1);
  if (c == '\n' || c == '\r') {
    at_ = std::min(text_.find_first_not_of(" \t\r\n", at_ + 1), text_.size());
  } else if (const size_t found = kFrom.find(c); found != std::string_view::npos) {
    out += kTo[found];
    at_ += 2;
  } else if (c == 'x' || c == 'u' || c == 'U') {
    // Decodes the character as a JSON escape of four digits.
    const size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : 8;
    const std::string code(text_.substr(at_ + 2, digits));
    const bool wide = digits == 8 && !code.starts_with("0000");
    Walker walker;
    const auto json = walker.walk("\"\\u" + std::string(digits == 2 ? "00" : "") +
                                  (digits == 8 ? code.substr(4) : code) + "\"");
    if (wide || !json) {
      fail("this escape can't be read");
      return;
    }
    out += (*json)->root().text();
    at_ += 2 + digits;
  } else {
    fail("this escape is not valid");
  }
}

void YamlReader::skip_flow_blanks() {
  while (at_ < text_.size() && (is_blank(peek()) || peek() == '#')) {
    if (peek() == '#') {
      if (!is_space(at_ - 1)) return;
      at_ = line_after(text_, at_);
    } else {
      ++at_;
    }
  }
}

std::string YamlReader::flow(int depth) {
  if (depth > kMostYamlDepth) return fail("nested too deep");
  if (peek() == '"' || peek() == '\'') return quote(quoted());
  if (peek() == '[' || peek() == '{') return flow_collection(depth);
  refuse_marks();
  return error_ ? std::string() : typed(flow_plain());
}

std::string YamlReader::flow_plain() {
  const size_t begin = at_;
  while (at_ < text_.size() && std::string_view(",[]{}\n").find(peek()) == std::string_view::npos &&
         !(peek() == ':' && (is_space(at_ + 1) ||
                             std::string_view(",]}").find(peek(1)) != std::string_view::npos)) &&
         !(peek() == '#' && is_space(at_ - 1)))
    ++at_;
  std::string out(text_.substr(begin, at_ - begin));
  while (!out.empty() && is_blank(out.back())) out.pop_back();
  return out;
}

std::string YamlReader::flow_collection(int depth) {
  const size_t begin = at_;
  const bool map = peek() == '{';
  const char close = map ? '}' : ']';
  JsonTree tree;
  std::string list;
  for (++at_;;) {
    skip_flow_blanks();
    if (at_ >= text_.size()) {
      at_ = begin;
      return fail("this bracket is not closed");
    }
    if (peek() == close) break;
    if (map) {
      const size_t key_at = at_;
      const std::string name = peek() == '"' || peek() == '\'' ? quoted() : flow_plain();
      skip_flow_blanks();
      std::string json = "null";
      if (!error_ && peek() == ':') {
        ++at_;
        skip_flow_blanks();
        if (peek() != ',' && peek() != close) json = flow(depth + 1);
      }
      if (error_) return {};
      if (!tree.put({name}, 0, std::move(json))) {
        at_ = key_at;
        return fail("this key appears twice");
      }
    } else {
      const size_t item = at_;
      const std::string json = flow(depth + 1);
      if (error_) return {};
      if (at_ == item) return fail("',' or ']' is missing");
      list += (list.empty() ? "" : ",") + json;
    }
    skip_flow_blanks();
    if (peek() == ',')
      ++at_;
    else if (peek() != close)
      return fail(std::string("',' or '") + close + "' is missing");
  }
  ++at_;
  content_end_ = line_after(text_, at_);
  return map ? tree.json() : "[" + list + "]";
}

}  // namespace callgate
